/** Are the pip packages of a conda lock what the manifests ask for, beside what conda installs? */
import type { EnvironmentRequirement } from "#formats/conda-environment.ts";
import type { Finding } from "#formats/finding.ts";
import type { CondaPypiNames } from "#packaging/conda-pypi-names.ts";
import { parseWheelFilename } from "#packaging/filenames.ts";
import { evaluateMarker } from "#packaging/marker-syntax.ts";
import { normalizeName } from "#packaging/names.ts";
import { parseVersion } from "#packaging/pep440-version.ts";
import { constraintAllows, parsePoetryConstraint } from "#packaging/poetry-constraint.ts";
import { isRequirementProblem, parseRequirement } from "#packaging/requirement.ts";
import { setContains } from "#packaging/specifier.ts";
import { shownUrl } from "#packaging/safe-url.ts";
import { fullPythonVersion, makeTarget, type Target } from "#packaging/target.ts";
import { wheelRank } from "#packaging/wheel-tags.ts";
import { lockedAddress } from "#planning/addressed-pips.ts";
import type { CheckedRecord } from "#planning/conda-lock-check.ts";
import type { PackageIndex } from "#ports.ts";
import { INDEX_UNREACHABLE } from "../check-pip.ts";
import type { CondaTarget, LockedPackage } from "./conda-workspace.ts";
import { isLockFresh } from "./lock-hash.ts";
import type { OpenedCondaProject } from "./open-conda-workspace.ts";

export interface LockedTarget {
  readonly lockFile: string;
  readonly locked: readonly LockedPackage[];
  /** The conda packages of it. */
  readonly records: readonly CheckedRecord[];
}

/** Nothing is asked where neither the lock nor the manifests have pip packages. */
export async function checkLockedPips(
  { names, workspace, project }: OpenedCondaProject,
  target: CondaTarget,
  { lockFile, locked, records }: LockedTarget,
): Promise<readonly Finding[]> {
  const pips = locked.filter(({ manager }) => manager === "pip");
  if (pips.length === 0 && target.environment.pip.length === 0) {
    return [];
  }
  const provided = providedBy(records, await names());
  const isFresh = (): boolean => isLockFresh(project, target);
  const check = new PipCheck({ lockFile, target, pips, provided, isFresh }, records);
  const files: Finding[] = [];
  const addressed = new Set(target.environment.pip.filter(isAddressed).map(({ requirement }) => requirement.name));
  for (const one of pips) {
    // What is installed from an address is on no index.
    const isListed = !addressed.has(normalizeName(one.name)) && !/^(?:git\+|file:)/u.test(one.url);
    files.push(...(isListed ? await check.offered(one, workspace.unfiltered) : []));
  }
  return [
    ...check.roots(),
    ...pips.flatMap((one) => [...check.twice(one), ...check.wheel(one), ...check.needs(one)]),
    ...files,
  ];
}

function isAddressed({ requirement: { origin } }: EnvironmentRequirement): boolean {
  return origin.kind !== "index";
}

/** Secrets of an address stay where they are. */
function shownRequirement({ origin, writtenName }: EnvironmentRequirement["requirement"], text: string): string {
  return origin.kind === "index" ? text : `${writtenName} @ ${shownUrl(origin.location)}`;
}

/** What conda provides, by normalised name of the project. */
function providedBy(records: readonly CheckedRecord[], names: CondaPypiNames): ReadonlyMap<string, CheckedRecord> {
  const entries = records.flatMap((one) => {
    const projects = one.record === null ? [normalizeName(one.name)] : (names.pypiNames(one.record) ?? []);
    return projects.map((project) => [project, one] as const);
  });
  return new Map(entries);
}

interface PipCheckParts {
  readonly lockFile: string;
  readonly target: CondaTarget;
  readonly pips: readonly LockedPackage[];
  readonly provided: ReadonlyMap<string, CheckedRecord>;
  /** Whether the manifests are those that the lock was made from. */
  readonly isFresh: () => boolean;
}

class PipCheck {
  readonly #parts: PipCheckParts;
  readonly #versions: ReadonlyMap<string, string>;
  /** Null where the lock has no Python. */
  readonly #machine: Target | null;

  constructor(parts: PipCheckParts, records: readonly CheckedRecord[]) {
    this.#parts = parts;
    const { target, pips, provided } = parts;
    const conda = [...provided].map(([project, { version }]) => [project, version] as const);
    this.#versions = new Map([...conda, ...pips.map(({ name, version }) => [normalizeName(name), version] as const)]);
    const python = fullPythonVersion(records.find(({ name }) => name === "python")?.version ?? "");
    const { platform, accelerator, virtualPackages } = target;
    this.#machine = python === null ? null : makeTarget({ platform, accelerator, python, virtualPackages });
  }

  /** What the pip sections ask for. */
  roots(): readonly Finding[] {
    const { environment } = this.#parts.target;
    return environment.pip.flatMap((one) => this.#root(one));
  }

  #root({ requirement: written, text }: EnvironmentRequirement): readonly Finding[] {
    const { lockFile, target } = this.#parts;
    const { file, line, name, origin } = written;
    const requirement = parseRequirement(text.split(/\s+--hash=/u)[0] ?? text);
    if (isRequirementProblem(requirement) || !this.#applies(requirement.marker)) {
      return [];
    }
    const version = this.#versions.get(name);
    const parsed = version === undefined ? null : parseVersion(version);
    const isThere =
      origin.kind === "index"
        ? parsed !== null && setContains(requirement.specifiers, parsed)
        : this.#isSameAddress(written);
    // A path takes no part in a lock.
    if (isThere || (origin.kind === "path" && version === undefined)) {
      return [];
    }
    const place = origin.kind === "index" ? "" : " from another place";
    const found =
      version === undefined ? "and the lock has no such package" : `but ${name} ${version}${place} is there`;
    const message = `${lockFile} does not have what ${file} asks for: ${shownRequirement(written, requirement.text)}, ${found}. Lock again, for example with \`relock lock\`.`;
    return [{ code: "lock-out-of-date", severity: "error", file, line, message, targets: [target.id] }];
  }

  #isSameAddress(written: EnvironmentRequirement["requirement"]): boolean {
    const locked = this.#parts.pips.find((one) => normalizeName(one.name) === written.name);
    return locked !== undefined && lockedAddress(written, locked, this.#parts.isFresh) !== null;
  }

  #applies(marker: Parameters<typeof evaluateMarker>[0] | null): boolean {
    return (
      marker === null || this.#machine === null || evaluateMarker(marker, this.#machine.markerEnvironment, new Set())
    );
  }

  /** Installed by conda, and by pip over it. */
  twice(one: LockedPackage): readonly Finding[] {
    const other = this.#parts.provided.get(normalizeName(one.name));
    if (other === undefined) {
      return [];
    }
    const message = `${one.name} is installed twice: ${other.version} by conda as ${other.name}, and ${one.version} by pip over it. Ask for it in one place alone.`;
    return [this.#finding("installed-twice", one, message)];
  }

  /** The locked wheel can be installed by the locked Python. */
  wheel(one: LockedPackage): readonly Finding[] {
    const wheel = parseWheelFilename(one.url.split("/").at(-1) ?? "");
    if (wheel === null || this.#machine === null || wheelRank(wheel.tags, this.#machine) !== null) {
      return [];
    }
    const message = `${one.name} ${one.version} is locked as a wheel that Python ${this.#machine.python} of ${this.#parts.target.id} cannot install.`;
    return [this.#finding("missing-files-for-target", one, message)];
  }

  /** Dependencies that the lock says it has. */
  needs(one: LockedPackage): readonly Finding[] {
    return [...one.dependencies].flatMap(([name, text]) => {
      const version = this.#versions.get(normalizeName(name));
      const parsed = version === undefined ? null : parseVersion(version);
      const constraint = parsePoetryConstraint(text);
      if (parsed !== null && (constraint === null || constraintAllows(constraint, parsed))) {
        return [];
      }
      const found = version === undefined ? "and the lock has no such package" : `but ${name} ${version} is there`;
      const message = `${one.name} ${one.version} depends on ${name} ${text}, ${found}.`;
      return [this.#finding("unmet-dependency", one, message)];
    });
  }

  /** The index still lists the file, with the same content. */
  async offered(one: LockedPackage, index: PackageIndex): Promise<readonly Finding[]> {
    const name = normalizeName(one.name);
    const answer = await index.listing({ name, source: null });
    if ("problem" in answer) {
      const message = `Whether ${name} can be installed is not known, because its index could not be asked: ${answer.problem.message}`;
      return [this.#finding(INDEX_UNREACHABLE, one, message)];
    }
    const filename = (one.url.split(/[?#]/u)[0] ?? "").split("/").at(-1)?.replaceAll("%2B", "+") ?? "";
    const file = answer.listings.flatMap(({ files }) => files).find((each) => each.filename === filename);
    if (file === undefined) {
      const message = `${filename} is not offered by its index any more. Lock again, for example with \`relock lock\`.`;
      return [this.#finding("removed-from-index", one, message)];
    }
    const offered = file.hashes["sha256"];
    if (one.hash.sha256 === null || offered === undefined || offered === one.hash.sha256) {
      return [];
    }
    const message = `The sha256 of ${filename} is not the one that its index gives. Find out which of them is wrong before you install it.`;
    return [this.#finding("hash-mismatch", one, message)];
  }

  #finding(code: string, { file, line }: LockedPackage, message: string): Finding {
    return { code, severity: "error", file, line, message, targets: [this.#parts.target.id] };
  }
}
