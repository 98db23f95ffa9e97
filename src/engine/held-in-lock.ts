/** What stayed behind in a lock although its index has something newer, with the holder of each. */
import type { Config } from "#config/config.ts";
import { cooldownDays } from "#config/policies.ts";
import type { PoetryLock } from "#formats/locks/poetry-lock/model.ts";
import { normalizeName } from "#packaging/names.ts";
import { compareVersions, formatVersion, parseVersion } from "#packaging/pep440-version.ts";
import { directRequirements } from "#planning/direct-requirements.ts";
import { heldUpdate, newestRelease, type HoldEvidence } from "#planning/held-back.ts";
import type { HeldUpdate } from "#planning/proposal.ts";
import { solvePythons } from "#planning/solve-targets.ts";
import { refusal } from "#planning/update-policy.ts";
import type { MajorCandidate } from "#planning/plan-units.ts";
import { pipPins } from "#planning/pip-requirements.ts";
import type { PipMember } from "./coherence-set.ts";
import { PLAIN_SOLVE, type PoetryWorkspace } from "./poetry-project.ts";

/** Direct requirements that only a solve can explain are asked one by one, up to this many. */
const SOLVED_EXPLANATIONS = 12;

/**
 * @param lock as it will be
 * @param isTold whether a name is to be told of
 */
export async function heldInLock(
  workspace: PoetryWorkspace,
  lock: PoetryLock,
  config: Config,
  isTold: (name: string) => boolean,
): Promise<readonly HeldUpdate[]> {
  const direct = directRequirements(workspace.manifest.requirements, workspace.lock, config);
  const directNames = new Set(direct.movable.map((one) => one.name));
  const evidence: HoldEvidence = {
    lock,
    tooYoung: workspace.index.observations().tooYoung,
    cooldownDays: config.cooldown.days,
    kept: new Map(direct.kept.map((one) => [one.name, one])),
    lowestPython: solvePythons(workspace.project)[0] ?? "3.12.0",
    pythonPlace: pythonPlace(workspace),
  };
  const held: HeldUpdate[] = [];
  let explained = 0;
  for (const [name, version] of highestVersions(lock)) {
    const newest = isTold(name) ? await newestOf(workspace, name, version) : null;
    if (newest === null) {
      continue;
    }
    const wanted = formatVersion(newest.version);
    const configured = refusal(config, name, wanted);
    const own = configured === null ? null : { name, wanted, ...configured, targets: [] };
    const found = own ?? heldUpdate(name, newest, { ...evidence, cooldownDays: cooldownDays(config, name) });
    if (found !== null) {
      held.push(found);
    } else if (directNames.has(name) && explained < SOLVED_EXPLANATIONS) {
      explained++;
      held.push(await explainBySolving(workspace, name, wanted));
    }
  }
  return held;
}

function pythonPlace({ project, manifest }: PoetryWorkspace): string {
  const range = project.pythonRange;
  return range === null ? manifest.path : `${range.file}:${range.line}`;
}

/** The newest release, where it is newer than the version in the lock. */
async function newestOf(
  workspace: PoetryWorkspace,
  name: string,
  version: string,
): Promise<ReturnType<typeof newestRelease>> {
  const current = parseVersion(version);
  const answer = await workspace.unfiltered.listing({ name, source: null });
  if ("problem" in answer || current === null) {
    return null;
  }
  const newest = newestRelease(answer.listings, version);
  return newest !== null && compareVersions(newest.version, current) > 0 ? newest : null;
}

async function explainBySolving(workspace: PoetryWorkspace, name: string, wanted: string): Promise<HeldUpdate> {
  const outcome = await workspace.solve({
    ...PLAIN_SOLVE,
    constraints: new Map([[name, `==${wanted}`]]),
    useLatest: new Set([name]),
  });
  const reason =
    outcome.kind === "conflict"
      ? outcome.explanation.replace(/\s+/gu, " ")
      : `${name} ${wanted} can be had alone, and not together with the other updates of this run`;
  return { name, wanted, holder: holderIn(reason, name), reason, targets: [] };
}

/** The first package that the explanation names besides the one that is held. */
function holderIn(explanation: string, name: string): string {
  const named = /\b(?:because|and)\s+(?<holder>[A-Za-z0-9._-]+(?:\[[^\]]*\])?)\s+(?:==)?(?<version>\d[^\s,]*)/iu.exec(
    explanation,
  );
  const holder = named?.groups?.["holder"];
  return holder === undefined || normalizeName(holder) === name
    ? "other requirements"
    : `${holder} ${named?.groups?.["version"]}`;
}

function highestVersions(lock: PoetryLock): ReadonlyMap<string, string> {
  const highest = new Map<string, string>();
  for (const entry of lock.packages) {
    if (entry.source === null || entry.source.type === "legacy") {
      highest.set(normalizeName(entry.name), entry.version);
    }
  }
  return highest;
}

/** Direct requirements of which a newer major exists that policy lets through. */
export async function majorCandidates(workspace: PoetryWorkspace, config: Config): Promise<readonly MajorCandidate[]> {
  const { movable } = directRequirements(workspace.manifest.requirements, workspace.lock, config);
  const candidates: MajorCandidate[] = [];
  for (const { name, current, movable: range } of movable) {
    const answer = range.anyMajor === null ? null : await workspace.index.listing({ name, source: null });
    const newest = answer === null || "problem" in answer ? null : newestRelease(answer.listings, current.text);
    if (newest !== null && isNextMajor(current.release[0] ?? 0, current.epoch, newest.version)) {
      candidates.push({ name, current: current.text, newest: formatVersion(newest.version) });
    }
  }
  return candidates;
}

/** Pins of which a newer major exists that policy lets through. */
export async function pipMajorCandidates({ workspace, baseline }: PipMember): Promise<readonly MajorCandidate[]> {
  const inUse = new Map([...baseline.solved.values()].flatMap((versions) => [...versions]));
  const candidates: MajorCandidate[] = [];
  for (const { name, current, movable } of pipPins(workspace.project.manifests, inUse).pins) {
    const answer = movable.anyMajor === null ? null : await workspace.index.listing({ name, source: null });
    const newest = answer === null || "problem" in answer ? null : newestRelease(answer.listings, current.text);
    if (newest !== null && isNextMajor(current.release[0] ?? 0, current.epoch, newest.version)) {
      candidates.push({ name, current: current.text, newest: formatVersion(newest.version) });
    }
  }
  return candidates;
}

function isNextMajor(
  major: number,
  epoch: number,
  newest: { readonly epoch: number; readonly release: readonly number[] },
): boolean {
  return newest.epoch > epoch || (newest.epoch === epoch && (newest.release[0] ?? 0) > major);
}
