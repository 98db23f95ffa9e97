/** The newest version of a conda package that a target's channels have. */
import type { CondaRecord } from "#packaging/conda-record.ts";
import { compareCondaVersions, parseCondaVersion, type CondaVersion } from "#packaging/conda-version.ts";
import type { IndexProblem } from "#packaging/index-records.ts";
import type { CondaCell } from "./conda-member.ts";

export interface NewestVersion {
  readonly version: CondaVersion;
  /** Ids of the cells whose channels have it. */
  readonly cells: readonly string[];
}

/**
 * The newest version by name, of the first channel that has the name. Prereleases count only where one is in use, builds with
 * track features (old or special ones) not at all.
 * @param isSeen hides records, by policy or date
 */
export async function newestVersions(
  cells: readonly CondaCell[],
  names: readonly string[],
  isSeen: (record: CondaRecord) => boolean,
): Promise<{ readonly newest: ReadonlyMap<string, NewestVersion>; readonly problems: readonly IndexProblem[] }> {
  const newest = new Map<string, NewestVersion>();
  const problems: IndexProblem[] = [];
  for (const cell of cells) {
    const answer = await cell.member.workspace.records(cell.target.id, names);
    if ("problem" in answer) {
      problems.push(answer.problem);
      continue;
    }
    for (const name of names) {
      const version = newestOf(answer.records.get(name) ?? [], cell.inUse.get(name)?.version ?? null, isSeen);
      const before = newest.get(name);
      const order = version === null || before === undefined ? 1 : compareCondaVersions(version, before.version);
      if (version !== null && order >= 0) {
        newest.set(name, { version, cells: order > 0 ? [cell.id] : [...(before?.cells ?? []), cell.id] });
      }
    }
  }
  return { newest, problems };
}

function newestOf(
  records: readonly CondaRecord[],
  inUse: string | null,
  isSeen: (record: CondaRecord) => boolean,
): CondaVersion | null {
  const channel = records[0]?.channel;
  const used = inUse === null ? null : parseCondaVersion(inUse);
  const takesPrereleases = inUse !== null && isPrerelease(inUse);
  const versions = records
    .filter((record) => record.channel === channel && record.trackFeatures.length === 0 && isSeen(record))
    .filter(({ version }) => takesPrereleases || !isPrerelease(version))
    .map(({ version }) => parseCondaVersion(version))
    .filter((version) => version !== null);
  const best = versions.reduce<CondaVersion | null>((newest, version) => later(newest, version), used);
  return best === used ? null : best;
}

function later(one: CondaVersion | null, other: CondaVersion): CondaVersion {
  return one !== null && compareCondaVersions(one, other) >= 0 ? one : other;
}

/** `2.0rc1`, `3.13.0a4`, `1.0.dev3`; not `9e` or `1.1.1w`, whose letters count patches. */
function isPrerelease(version: string): boolean {
  return /(?:\d|\.|_)(?:a|b|rc|alpha|beta|dev|pre)\d+|(?:^|[._\d])(?:rc|alpha|beta|dev)(?:$|[._\d])/iu.test(version);
}
