/** Moves the requirements of one Poetry project for one unit, and writes the lock that follows. */
import type { Config } from "#config/config.ts";
import { diffPoetryLocks } from "#formats/locks/poetry-lock/diff.ts";
import type { PoetryLock } from "#formats/locks/poetry-lock/model.ts";
import type { Finding } from "#formats/finding.ts";
import { editPyproject } from "#formats/manifests/pyproject/edit.ts";
import type { ConstraintEdit } from "#formats/manifests/edit-manifest.ts";
import { raiseConstraint } from "#formats/manifests/rewrite-constraint.ts";
import { normalizeName } from "#packaging/names.ts";
import { formatVersion, parseVersion } from "#packaging/pep440-version.ts";
import { isSpecifierProblem, parseSpecifierSet, setContains } from "#packaging/specifier.ts";
import { unmetAdvice } from "#planning/companion-constraints.ts";
import { directRequirements, type DirectRequirement } from "#planning/direct-requirements.ts";
import type { HeldUpdate } from "#planning/proposal.ts";
import type { PoetryResolution } from "#solver/pypi/poetry/problem.ts";
import { newProblems, releasesToBlame, type UninstallableRelease } from "./lock-problems.ts";
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

/** More releases than this that some target cannot install are not tried around. */
const AVOIDED_RELEASES = 20;

/**
 * Solves with wider constraints, raises the constraints to what came out, and solves again as written. A release that a
 * target could not install, where the old lock can be installed, is left out and everything is solved again.
 */
export async function updatePoetry(
  workspace: PoetryWorkspace,
  request: PoetryUpdateRequest,
): Promise<PoetryUpdateOutcome> {
  const avoided = new Map<string, UninstallableRelease>();
  let first: PoetryUpdateOutcome | null = null;
  for (;;) {
    const { outcome, blamed } = await attempt(workspace, request, avoided);
    first ??= outcome;
    const fresh = blamed.filter((one) => !avoided.has(releaseKey(one.name, one.version)));
    if (outcome.kind !== "refused") {
      return { ...outcome, held: [...[...avoided.values()].map(heldRelease), ...outcome.held] };
    }
    if (fresh.length === 0 || avoided.size >= AVOIDED_RELEASES) {
      return first;
    }
    fresh.forEach((one) => avoided.set(releaseKey(one.name, one.version), one));
  }
}

function releaseKey(name: string, version: string): string {
  const parsed = parseVersion(version);
  return `${name} ${parsed === null ? version : formatVersion(parsed)}`;
}

function heldRelease({ name, version, problem }: UninstallableRelease): HeldUpdate {
  return { name, wanted: version, holder: `${name} ${version}`, reason: problem.message, targets: problem.targets };
}

interface Attempt {
  readonly outcome: PoetryUpdateOutcome;
  /** Releases for whose sake it was refused. */
  readonly blamed: readonly UninstallableRelease[];
}

async function attempt(
  workspace: PoetryWorkspace,
  request: PoetryUpdateRequest,
  avoided: ReadonlyMap<string, UninstallableRelease>,
): Promise<Attempt> {
  const refuse = (reason: string, findings: readonly Finding[] = []): Attempt => ({
    outcome: { kind: "refused", reason, findings },
    blamed: [],
  });
  const direct = directRequirements(workspace.manifest.requirements, workspace.lock, request.config);
  const stays = staying(request.stay);
  const refuses = (name: string, version: string): boolean =>
    stays(name, version) || avoided.has(releaseKey(name, version));
  const first = await solveRelaxed(workspace, { ...request, refuses }, direct.movable);
  if (first.kind === "conflict") {
    return refuse(first.explanation);
  }
  const { edits, held } = raiseAll(direct.movable, request, first.resolution);
  const edited = editPyproject(workspace.text, workspace.manifest, edits);
  if (edited.kind === "refused") {
    return refuse(`${edited.file}: ${edited.reason}`);
  }
  const preferred = preferencesOf(first.resolution);
  const final = await workspace.solve({ ...PLAIN_SOLVE, refuses, preferred, text: edited.text });
  if (final.kind === "conflict") {
    return refuse(final.explanation);
  }
  const written = { ...pick(final), manifestText: edited.text };
  const worse = newProblems(workspace, written);
  if (worse.length > 0) {
    return { ...refuse(worse[0]?.message ?? "", worse), blamed: releasesToBlame(workspace, written, worse) };
  }
  const isWorthIt = edits.length > 0 || isWorthWriting(workspace, final.lock, request.unit);
  return {
    outcome: isWorthIt ? { kind: "updated", edits, held, ...written } : { kind: "unchanged", held },
    blamed: [],
  };
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
  request: PoetryUpdateRequest & Pick<PoetrySolveRequest, "refuses">,
  direct: readonly DirectRequirement[],
): Promise<PoetryOutcome> {
  const { unit } = request;
  const refused = refusedByRequest(unit, direct);
  const solve: PoetrySolveRequest = {
    ...PLAIN_SOLVE,
    constraints: relaxedTexts(direct, unit),
    useLatest: unit.refresh ? refreshedNames(workspace, unit) : unit.names,
    refuses: (name, version) => request.refuses(name, version) || refused(name, version),
  };
  const outcome = await workspace.solve(solve);
  return outcome.kind === "solved" ? followAdvice(workspace, solve, outcome) : outcome;
}

/** Everything, but what has a pull request of its own. */
function refreshedNames({ lock }: PoetryWorkspace, { apart }: UpdateUnit): PoetrySolveRequest["useLatest"] {
  if (apart === undefined || apart.size === 0) {
    return "all";
  }
  const locked = (lock?.packages ?? []).map((entry) => normalizeName(entry.name));
  return new Set(locked.filter((name) => !apart.has(name)));
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
    const only = parseVersion(stay.get(name) ?? "");
    return only !== null && formatVersion(only) !== version;
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
