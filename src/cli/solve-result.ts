/** The results of `relock solve`, as contract.md promises them. */
import type { IndexFile, IndexProblem } from "#packaging/index-records.ts";
import type { CondaRecord } from "#packaging/conda-record.ts";
import type { CondaOutcome } from "#solver/conda/solve-conda.ts";
import type { Effort } from "#solver/core/solve.ts";
import type { JointOutcome } from "#solver/joint/solve-joint.ts";
import type { Resolution, ResolvedPackage } from "#solver/pypi/resolution.ts";
import type { PypiOutcome } from "#solver/pypi/solve-target.ts";
import type { UniversalOutcome } from "#solver/pypi/universal/solve-universal.ts";
import type { UniversalResolution } from "#solver/pypi/universal/universal-resolution.ts";

export interface SolvedFile {
  readonly filename: string;
  readonly url: string;
  readonly sha256: string | null;
}

export interface SolvedPackage {
  readonly ecosystem: "pypi";
  readonly name: string;
  readonly version: string;
  readonly marker: string | null;
  /** The file that the target would install; null where there is no one target. */
  readonly url: string | null;
  readonly sha256: string | null;
  readonly files: readonly SolvedFile[];
}

export interface SolvedRecord {
  readonly ecosystem: "conda";
  readonly name: string;
  readonly version: string;
  readonly build: string;
  readonly subdir: string;
  readonly url: string;
  readonly sha256: string | null;
  readonly md5: string | null;
}

/** A project that pip finds installed. */
export interface SolvedProject {
  readonly name: string;
  readonly version: string;
  /** Name of the conda package. */
  readonly conda: string;
  /** Extras that are asked for and whose requirements no index tells. */
  readonly unknownExtras: readonly string[];
}

export type SolveResult =
  | {
      readonly status: "solved";
      readonly packages: readonly (SolvedPackage | SolvedRecord)[];
      readonly undated: readonly string[];
      /** Projects that PyPI requirements ask for and conda packages provide; absent where there is one kind of packages. */
      readonly provided?: readonly SolvedProject[];
    }
  | { readonly status: "unsatisfiable"; readonly explanation: string }
  | { readonly status: "undecided"; readonly explanation: string }
  | { readonly status: "error"; readonly message: string };

type Finished = Exclude<PypiOutcome | UniversalOutcome, { readonly kind: "needs" }>;

/** What to print; an index that could not answer is an error, not an answer. */
export function solveResult(outcome: Finished): SolveResult {
  switch (outcome.kind) {
    case "solved":
      return solved(outcome.resolution);
    case "undecided":
      return undecided(outcome.effort);
    case "conflict": {
      const problem = indexProblem(outcome);
      if (problem !== null) return { status: "error", message: problem.message };
      const where = "where" in outcome && outcome.where !== null ? `Where ${outcome.where}:\n` : "";
      return { status: "unsatisfiable", explanation: where + outcome.conflict.explanation.text };
    }
  }
}

/** The same for conda: records are sorted by name, and each name occurs once. */
export function condaResult(outcome: Exclude<CondaOutcome, { readonly kind: "needs" }>): SolveResult {
  if (outcome.kind !== "solved") return unsolved(outcome);
  const { packages, undated } = outcome.resolution;
  return { status: "solved", packages: packages.map(solvedRecord), undated };
}

/** The same for both kinds together: conda's records, then what pip installs. */
export function jointResult(outcome: Exclude<JointOutcome, { readonly kind: "needs" }>): SolveResult {
  if (outcome.kind !== "solved") return unsolved(outcome);
  const { conda, pypi, provided } = outcome.resolution;
  const releases = pypi.packages.map(solvedPackage).sort(comparePackages);
  return {
    status: "solved",
    packages: [...conda.packages.map(solvedRecord), ...releases],
    undated: [...conda.undated, ...pypi.undated.map(({ filename }) => filename)],
    provided: provided.map(({ project, version, conda: name, unknownExtras }) => ({
      name: project,
      version,
      conda: name,
      unknownExtras,
    })),
  };
}

function unsolved(outcome: Exclude<CondaOutcome | JointOutcome, { readonly kind: "needs" | "solved" }>): SolveResult {
  switch (outcome.kind) {
    case "undecided":
      return undecided(outcome.effort);
    case "conflict":
      return { status: "unsatisfiable", explanation: outcome.explanation.text };
    case "failed":
      return { status: "error", message: outcome.problem.message };
  }
}

function solvedRecord({ name, version, build, subdir, url, sha256, md5 }: CondaRecord): SolvedRecord {
  return { ecosystem: "conda", name, version, build, subdir, url, sha256, md5 };
}

function undecided({ decisions, conflicts }: Effort): SolveResult {
  const spent = `the budget was spent after ${decisions} decisions and ${conflicts} conflicts`;
  return { status: "undecided", explanation: `${spent}; narrow the requirements, or pin what is known` };
}

function indexProblem(outcome: Extract<Finished, { readonly kind: "conflict" }>): IndexProblem | null {
  const fact = outcome.conflict.explanation.facts.find(({ kind }) => kind === "index-problem");
  return fact?.kind === "index-problem" ? fact.problem : null;
}

function solved(resolution: Resolution | UniversalResolution): SolveResult {
  const packages = resolution.packages.map(solvedPackage).sort(comparePackages);
  return { status: "solved", packages, undated: resolution.undated.map(({ filename }) => filename) };
}

function solvedPackage(package_: ResolvedPackage & { readonly markerText?: string | null }): SolvedPackage {
  return {
    ecosystem: "pypi",
    name: package_.name,
    version: package_.version.text,
    marker: package_.markerText ?? null,
    url: package_.file?.url ?? null,
    sha256: package_.file === null ? null : sha256Of(package_.file),
    files: package_.files.map((file) => ({ filename: file.filename, url: file.url, sha256: sha256Of(file) })),
  };
}

function sha256Of(file: IndexFile): string | null {
  return file.hashes["sha256"] ?? null;
}

function comparePackages(left: SolvedPackage, right: SolvedPackage): number {
  return (
    compareTexts(left.name, right.name) ||
    compareTexts(left.version, right.version) ||
    compareTexts(left.marker ?? "", right.marker ?? "")
  );
}

function compareTexts(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** For people: one package a line, as requirements files and match specs write it. */
export function describeSolve(result: SolveResult): string {
  switch (result.status) {
    case "solved":
      return [
        ...result.packages.map(describePackage),
        ...result.undated.map((filename) => `# ${filename} has no upload date and was kept`),
        ...(result.provided ?? []).flatMap(describeUnknown),
      ].join("\n");
    case "unsatisfiable":
    case "undecided":
      return result.explanation;
    case "error":
      return result.message;
  }
}

function describeUnknown({ name, version, conda, unknownExtras }: SolvedProject): readonly string[] {
  if (unknownExtras.length === 0) return [];
  const asked = `${name}[${unknownExtras.join(",")}]`;
  return [`# what ${asked} asks for is not known: conda provides ${conda} ${version}, and no index has its metadata`];
}

function describePackage(package_: SolvedPackage | SolvedRecord): string {
  const { name, version } = package_;
  if (package_.ecosystem === "conda") return `${name}=${version}=${package_.build}`;
  return package_.marker === null ? `${name}==${version}` : `${name}==${version} ; ${package_.marker}`;
}
