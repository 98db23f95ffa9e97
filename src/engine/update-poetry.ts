/** Moves the requirements of one Poetry project for one unit, and writes the lock that follows. */
import type { Config } from "#config/config.ts";
import { checkPoetryLock } from "#formats/locks/poetry-lock/check.ts";
import { diffPoetryLocks } from "#formats/locks/poetry-lock/diff.ts";
import type { PoetryLock } from "#formats/locks/poetry-lock/model.ts";
import { readPoetryLock } from "#formats/locks/poetry-lock/read.ts";
import type { Finding } from "#formats/finding.ts";
import { readPyproject } from "#formats/manifests/pyproject/read.ts";
import { editPyproject } from "#formats/manifests/pyproject/edit.ts";
import type { ConstraintEdit } from "#formats/manifests/edit-manifest.ts";
import { raiseConstraint } from "#formats/manifests/rewrite-constraint.ts";
import { formatVersion, parseVersion } from "#packaging/pep440-version.ts";
import { isSpecifierProblem, parseSpecifierSet, setContains } from "#packaging/specifier.ts";
import { unmetAdvice } from "#planning/companion-constraints.ts";
import { directRequirements, type DirectRequirement } from "#planning/direct-requirements.ts";
import type { HeldUpdate } from "#planning/proposal.ts";
import type { PoetryResolution } from "#solver/pypi/poetry/problem.ts";
import { PLAIN_SOLVE, type PoetryOutcome, type PoetrySolveRequest, type PoetryWorkspace } from "./poetry-project.ts";
import { askedConstraint, type UpdateUnit } from "#planning/plan-units.ts";

export interface PoetryUpdateRequest {
  readonly unit: UpdateUnit;
  readonly config: Config;
  /** Names that stay at a version, because another file of the coherence set cannot follow. */
  readonly stay: ReadonlyMap<string, string>;
}

/** The whole change of a project, solved as it will be written. */
export interface PoetryUpdate {
  readonly kind: "updated";
  readonly edits: readonly ConstraintEdit[];
  readonly manifestText: string;
  readonly lock: PoetryLock;
  readonly lockText: string;
  readonly resolution: PoetryResolution;
  readonly held: readonly HeldUpdate[];
}

export type PoetryUpdateOutcome =
  | PoetryUpdate
  | { readonly kind: "unchanged"; readonly held: readonly HeldUpdate[] }
  | { readonly kind: "refused"; readonly reason: string; readonly findings: readonly Finding[] };

type Solved = Extract<PoetryOutcome, { kind: "solved" }>;

/** Solves with wider constraints, raises the constraints to what came out, and solves again as written. */
export async function updatePoetry(
  workspace: PoetryWorkspace,
  request: PoetryUpdateRequest,
): Promise<PoetryUpdateOutcome> {
  const direct = directRequirements(workspace.manifest.requirements, workspace.lock, request.config);
  const first = await solveRelaxed(workspace, request, direct.movable);
  if (first.kind === "conflict") {
    return { kind: "refused", reason: first.explanation, findings: [] };
  }
  const { edits, held } = raiseAll(direct.movable, request, first.resolution);
  const edited = editPyproject(workspace.text, workspace.manifest, edits);
  if (edited.kind === "refused") {
    return { kind: "refused", reason: `${edited.file}: ${edited.reason}`, findings: [] };
  }
  const final = await workspace.solve({
    ...PLAIN_SOLVE,
    refuses: staying(request.stay),
    preferred: preferencesOf(first.resolution),
    text: edited.text,
  });
  if (final.kind === "conflict") {
    return { kind: "refused", reason: final.explanation, findings: [] };
  }
  const worse = newProblems(workspace, final, edited.text);
  if (worse.length > 0) {
    return { kind: "refused", reason: worse[0]?.message ?? "", findings: worse };
  }
  if (edits.length === 0 && !isWorthWriting(workspace, final.lock, request.unit)) {
    return { kind: "unchanged", held };
  }
  return { kind: "updated", edits, manifestText: edited.text, held, ...pick(final) };
}

/** A refresh is worth any move (a file that was added to a release is none); a unit that moves some names is worth a change of one of those. */
function isWorthWriting({ lock }: PoetryWorkspace, fresh: PoetryLock, unit: UpdateUnit): boolean {
  if (lock === null) {
    return true;
  }
  const diff = diffPoetryLocks(lock, fresh);
  return unit.refresh
    ? diff.contentHashChanged || diff.packages.some((one) => one.kind !== "same")
    : diff.packages.some((one) => one.kind === "moved" && unit.names.has(one.name));
}

function pick({ lock, lockText, resolution }: Solved): Pick<PoetryUpdate, "lock" | "lockText" | "resolution"> {
  return { lock, lockText, resolution };
}

async function solveRelaxed(
  workspace: PoetryWorkspace,
  request: PoetryUpdateRequest,
  direct: readonly DirectRequirement[],
): Promise<PoetryOutcome> {
  const { unit } = request;
  const stays = staying(request.stay);
  const refused = refusedByRequest(unit, direct);
  const solve: PoetrySolveRequest = {
    ...PLAIN_SOLVE,
    constraints: relaxedTexts(direct, unit),
    useLatest: unit.refresh ? "all" : unit.names,
    refuses: (name, version) => stays(name, version) || refused(name, version),
  };
  const outcome = await workspace.solve(solve);
  return outcome.kind === "solved" ? followAdvice(workspace, solve, outcome) : outcome;
}

function relaxedTexts(direct: readonly DirectRequirement[], unit: UpdateUnit): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const { name, requirement, movable } of direct) {
    if (unit.names.has(name)) {
      texts.set(name, askedConstraint(unit, name) ?? reachText(movable, unit) ?? movable.withinMajor);
    } else if (unit.refresh && requirement.constraint !== null) {
      // Refreshing everything within its constraints must not carry a direct requirement into its next major.
      texts.set(name, requirement.constraint.text);
    }
  }
  return texts;
}

function reachText(movable: DirectRequirement["movable"], unit: UpdateUnit): string | null {
  return unit.reach === "within-major" ? movable.withinMajor : movable.anyMajor;
}

/** What is asked of a package that no requirement names: its versions are refused one by one. */
function refusedByRequest(unit: UpdateUnit, direct: readonly DirectRequirement[]): PoetrySolveRequest["refuses"] {
  const named = new Set(direct.map((one) => one.name));
  const asked = new Map(
    [...unit.names].flatMap((name) => {
      const set = named.has(name) ? null : parseSpecifierSet(askedConstraint(unit, name) ?? "");
      return set === null || isSpecifierProblem(set) ? [] : [[name, set] as const];
    }),
  );
  return (name, version) => {
    const set = asked.get(name);
    const parsed = set === undefined ? null : parseVersion(version);
    return set !== undefined && parsed !== null && !setContains(set, parsed);
  };
}

/** Tries the advice of companions one by one; what cannot be had is left as it was. */
async function followAdvice(
  workspace: PoetryWorkspace,
  solve: PoetrySolveRequest,
  solved: Solved,
): Promise<PoetryOutcome> {
  let best = solved;
  let refuses = solve.refuses;
  for (const { requirement } of unmetAdvice(solved.resolution.packages)) {
    const before = refuses;
    const candidate = (name: string, version: string): boolean => {
      const parsed = name === requirement.name ? parseVersion(version) : null;
      return before(name, version) || (parsed !== null && !setContains(requirement.specifiers, parsed));
    };
    const outcome = await workspace.solve({ ...solve, refuses: candidate });
    if (outcome.kind === "solved") {
      best = outcome;
      refuses = candidate;
    }
  }
  return best;
}

function staying(stay: ReadonlyMap<string, string>): (name: string, version: string) => boolean {
  return (name, version) => {
    const only = stay.get(name);
    return only !== undefined && only !== version;
  };
}

/** Constraints of the unit's names in their own style and precision. */
function raiseAll(
  direct: readonly DirectRequirement[],
  request: PoetryUpdateRequest,
  resolution: PoetryResolution,
): { readonly edits: readonly ConstraintEdit[]; readonly held: readonly HeldUpdate[] } {
  const edits: ConstraintEdit[] = [];
  const held: HeldUpdate[] = [];
  const strategy = request.config.strategy === "library" ? "blocks-only" : "bump";
  for (const { name, requirement, current } of direct) {
    const versions = resolution.packages.filter((one) => one.name === name).map((one) => one.version);
    const [version] = versions;
    const text = requirement.constraint?.text;
    if (!request.unit.names.has(name) || versions.length !== 1 || version === undefined || text === undefined) {
      continue;
    }
    const raised = raiseConstraint(requirement.constraint?.style ?? "poetry", text, version, strategy);
    if (raised.kind === "raised") {
      edits.push({ requirement, constraint: raised.text, hashes: null });
    } else if (version !== formatVersion(current) && !/allows/u.test(raised.reason)) {
      const holder = `${requirement.file}:${requirement.line}`;
      held.push({ name, wanted: version, holder, reason: raised.reason, targets: [] });
    }
  }
  return { edits, held };
}

function preferencesOf(resolution: PoetryResolution): PoetrySolveRequest["preferred"] {
  return resolution.packages.map((one) => ({
    name: one.name,
    version: one.version,
    requiresDist: [],
    pythonVersions: one.pythonVersions,
    sourceType: one.source === null ? null : "legacy",
  }));
}

/** Problems of the new lock that the old one did not have: a new lock installs wherever the old one did. */
function newProblems(workspace: PoetryWorkspace, final: Solved, manifestText: string): readonly Finding[] {
  const { lockPath: path, targets, manifest } = workspace;
  if (workspace.lock === null) {
    return [];
  }
  const edited = readPyproject(manifest.path, manifestText);
  const reread = readPoetryLock(final.lockText);
  const old = checkPoetryLock({ path, lock: workspace.lock, packageLines: workspace.packageLines, manifest, targets });
  const before = new Set(old.flatMap(problemKeys));
  const after = checkPoetryLock({
    path,
    lock: final.lock,
    packageLines: reread.kind === "lock" ? reread.packageLines : [],
    manifest: edited.kind === "pyproject" ? edited.manifest : manifest,
    targets,
  });
  return after.filter((finding) => problemKeys(finding).some((key) => !before.has(key)));
}

/** One key for each target that has the problem; versions in the message do not matter, the package does. */
function problemKeys(finding: Finding): readonly string[] {
  const subject = /^[A-Za-z0-9._-]+/u.exec(finding.message)?.[0] ?? "";
  const targets = finding.targets.length === 0 ? ["all"] : finding.targets;
  return targets.map((target) => `${finding.code} ${subject} ${target}`);
}
