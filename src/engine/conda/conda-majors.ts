/** Newer majors of pinned conda packages, newer minors of Python and majors of CUDA: what has a unit of its own. */
import type { Config } from "#config/config.ts";
import type { CondaRecord } from "#packaging/conda-record.ts";
import type { IndexProblem } from "#packaging/index-records.ts";
import { compareCondaVersions, parseCondaVersion } from "#packaging/conda-version.ts";
import { isCalendarVersion, majorOfCondaVersion } from "#planning/conda-movable.ts";
import { isCudaName } from "#planning/conda-variants.ts";
import type { MajorCandidate } from "#planning/plan-units.ts";
import type { HeldUpdate } from "#planning/proposal.ts";
import type { PythonLimit } from "#planning/python-limits.ts";
import { cellsOf, pinsOf, statedNames, type CondaCell, type CondaMember } from "./conda-member.ts";
import { newestVersions, type NewestVersion } from "./newest-records.ts";
import { recordKey, type RecordPolicy } from "./record-policy.ts";

export interface CondaMajors {
  readonly majors: readonly MajorCandidate[];
  /** Of Python and CUDA. */
  readonly platform: readonly MajorCandidate[];
  /** A newer Python that other files of the set leave out. */
  readonly held: readonly HeldUpdate[];
  readonly problems: readonly IndexProblem[];
}

export interface MajorsRequest {
  readonly config: Config;
  readonly policy: RecordPolicy;
  readonly pythonLimit: (minor: string) => PythonLimit | null;
}

/** Looks at what the environments state themselves; what comes along with it has no unit. */
export async function condaMajors(members: readonly CondaMember[], request: MajorsRequest): Promise<CondaMajors> {
  const cells = cellsOf(members);
  const { pins, kept } = pinsOf(members);
  const keptNames = new Set(kept.map(({ name }) => name));
  const stated = new Set(cells.flatMap(({ target }) => [...statedNames(target.environment)]));
  const platformNames = [...stated].filter((name) => (name === "python" || isCudaName(name)) && !keptNames.has(name));
  const pinned = pins.filter(({ name, movable }) => movable.anyMajor !== null && !platformNames.includes(name));
  const names = [...new Set([...pinned.map(({ name }) => name), ...platformNames])].sort();
  const { newest, problems } = await newestVersions(cells, names, (record) => isSeen(record, request.policy));
  const majors = pinned.flatMap(({ name, current }) =>
    isCalendarVersion(current.text) ? [] : candidate(name, current.text, newest.get(name)),
  );
  const platform = platformNames.flatMap((name) => {
    const current = lowestInUse(cells, name);
    return current === null ? [] : candidate(name, current, newest.get(name));
  });
  const python = platform.find(({ name }) => name === "python");
  const limited = python === undefined ? null : limitPython(python, request.pythonLimit);
  return {
    majors,
    platform: [...platform.filter(({ name }) => name !== "python"), ...(limited?.candidates ?? [])],
    held: limited?.held ?? [],
    problems,
  };
}

function isSeen(record: CondaRecord, policy: RecordPolicy): boolean {
  const before = policy.publishedBefore(record.name);
  const isOld =
    before === null || (record.timestampMs === null ? policy.undated === "keep" : record.timestampMs <= before);
  return policy.inUse.has(recordKey(record)) || (isOld && policy.refuses(record) === null);
}

function candidate(name: string, current: string, newest: NewestVersion | undefined): readonly MajorCandidate[] {
  const isNewer =
    newest !== undefined && majorOfCondaVersion(name, newest.version.text) !== majorOfCondaVersion(name, current);
  return isNewer ? [{ name, current, newest: newest.version.text }] : [];
}

function lowestInUse(cells: readonly CondaCell[], name: string): string | null {
  const versions = cells
    .map((cell) => parseCondaVersion(cell.inUse.get(name)?.version ?? ""))
    .filter((version) => version !== null);
  return versions.sort(compareCondaVersions)[0]?.text ?? null;
}

/** A Python that other files leave out is held by them; an older one that they allow may still be had. */
function limitPython(
  python: MajorCandidate,
  limitOf: (minor: string) => PythonLimit | null,
): { readonly candidates: readonly MajorCandidate[]; readonly held: readonly HeldUpdate[] } {
  const limit = limitOf(majorOfCondaVersion("python", python.newest));
  const between = minorsBetween(python).some((minor) => limitOf(minor) === null);
  return {
    candidates: between ? [python] : [],
    held: limit === null ? [] : [{ name: "python", wanted: python.newest, ...limit, targets: [] }],
  };
}

/** `3.11`, `3.12` for a move from 3.10 to 3.12. */
function minorsBetween({ current, newest }: MajorCandidate): readonly string[] {
  const [major = 0, from = 0] = current.split(".").map(Number);
  const [newMajor = 0, to = 0] = newest.split(".").map(Number);
  if (major !== newMajor || to - from > 100) {
    return [majorOfCondaVersion("python", newest)];
  }
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => `${major}.${from + index + 1}`);
}
