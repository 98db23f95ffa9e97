/** What a pull request tells of the conda side: targets with what they assume, sizes, and ages of records. */
import type { CondaRecord } from "#packaging/conda-record.ts";
import { formatVersion } from "#packaging/pep440-version.ts";
import type { VirtualPackage } from "#packaging/target.ts";
import { isCudaName } from "#planning/conda-variants.ts";
import { releaseKey, type ReleaseFacts, type TargetRow } from "#planning/describe/summary.ts";
import type { PackageChange } from "#planning/proposal.ts";
import { cellId, cellsOf, environmentName, type CondaCell, type CondaMember } from "./conda-member.ts";
import type { SolvedTarget } from "./conda-workspace.ts";
import { hasLock, type CondaWritten } from "./write-conda.ts";

/** One row for each target of every environment. */
export async function condaRows(members: readonly CondaMember[], written: CondaWritten): Promise<readonly TargetRow[]> {
  const rows: TargetRow[] = [];
  for (const member of members) {
    const environment = environmentName(members, member);
    for (const target of member.workspace.targets) {
      const id = cellId(members, member, target);
      const solved = written.solved.get(id) ?? member.baseline.get(target.id);
      const reason = member.broken.get(target.id);
      const cell = cellsOf(members).find((one) => one.id === id);
      const own = written.changes.filter((change) => change.targets.includes(id));
      rows.push({
        target: id,
        python: solved?.python ?? "",
        state: reason === undefined ? "solved" : "not-installable-before",
        changed: own.length,
        bytes: cell === undefined || solved === undefined ? null : await bytesMoved(cell, solved),
        note: reason ?? driverNote(own),
        assumes: target.virtualPackages.map(virtualText),
        ...(environment === null ? {} : { environment: { name: environment, target: target.id } }),
      });
    }
  }
  return rows;
}

function virtualText({ name, version, build }: VirtualPackage): string {
  return [name, version, build].filter((part) => part !== null && part !== "" && part !== "0").join("=");
}

/** A CUDA major is a decision about machines, which no solve can check. */
function driverNote(changes: readonly PackageChange[]): string {
  const cuda = changes.find(({ name, from, to }) => isCudaName(name) && majorOf(from) !== majorOf(to) && to !== null);
  return cuda === undefined
    ? ""
    : `${cuda.name} ${cuda.to} needs a driver that supports CUDA ${majorOf(cuda.to) ?? ""} on every machine that runs this`;
}

function majorOf(version: string | null): string | null {
  return /^\d+/u.exec(version ?? "")?.[0] ?? null;
}

/** Bytes of files that are new there, less those of files that go; null where a size is not known. */
async function bytesMoved(cell: CondaCell, solved: SolvedTarget): Promise<number | null> {
  const before = await filesBefore(cell);
  const after = new Map([...solved.conda.map(sizeOfRecord), ...solved.pypi.map(sizeOfFile)]);
  let sum = 0;
  for (const [key, size] of after) {
    if (!before.has(key)) {
      if (size === null) return null;
      sum += size;
    }
  }
  for (const [key, size] of before) {
    if (!after.has(key)) {
      if (size === null) return null;
      sum -= size;
    }
  }
  return sum;
}

/** Sizes of what the target has now, by file name. */
async function filesBefore({ member, target }: CondaCell): Promise<ReadonlyMap<string, number | null>> {
  const baseline = member.baseline.get(target.id);
  if (!hasLock(member)) {
    return new Map([...(baseline?.conda ?? []).map(sizeOfRecord), ...(baseline?.pypi ?? []).map(sizeOfFile)]);
  }
  const locked = member.workspace.locked.get(target.id) ?? [];
  const names = locked.filter(({ manager }) => manager === "conda").map(({ name }) => name);
  const answer = await member.workspace.records(target.id, names);
  const records = "problem" in answer ? [] : [...answer.records.values()].flat();
  const sizes = new Map<string, number | null>([
    ...records.map(sizeOfRecord),
    ...(baseline?.pypi ?? []).map(sizeOfFile),
  ]);
  return new Map(
    locked.map(({ url }) => {
      const file = fileOf(url);
      return [file, sizes.get(file) ?? null] as const;
    }),
  );
}

function sizeOfRecord({ url, size }: CondaRecord): readonly [string, number | null] {
  return [fileOf(url), size];
}

function sizeOfFile({ name, version, file }: SolvedTarget["pypi"][number]): readonly [string, number | null] {
  return [file === null ? `${name} ${formatVersion(version)}` : fileOf(file.url), file?.size ?? null];
}

function fileOf(url: string): string {
  return (url.split(/[?#]/u)[0] ?? url).split("/").slice(-1)[0] ?? url;
}

/** Ages of the conda records that come. Sizes are told by target. */
export function condaReleases(written: CondaWritten): ReadonlyMap<string, ReleaseFacts> {
  const facts = new Map<string, ReleaseFacts>();
  const records = [...written.solved.values()].flatMap(({ conda }) => conda);
  for (const change of written.changes.filter(({ ecosystem }) => ecosystem === "conda")) {
    const { name, to } = change;
    const record = records.find(
      (one) => one.name === name && (to === one.version || to === `${one.version} ${one.build}`),
    );
    if (record !== undefined && to !== null && record.timestampMs !== null) {
      const uploadTime = new Date(record.timestampMs).toISOString();
      facts.set(releaseKey(change, to), { uploadTime, yanked: false, sizes: {} });
    }
  }
  return facts;
}

/** `conda-lock lock` of each lock that is written: it takes the versions of the day. */
export function condaLockCommands(members: readonly CondaMember[]): readonly string[] {
  const commands = members.flatMap(({ workspace }) => {
    const { lock, files } = workspace;
    const sources = files?.sources ?? [];
    const virtual = files?.virtualPackages == null ? "" : ` --virtual-package-spec ${files.virtualPackages}`;
    return lock === null || sources.length === 0
      ? []
      : [`conda-lock lock ${sources.map((source) => `-f ${source}`).join(" ")}${virtual} --lockfile ${lock.path}`];
  });
  return commands.slice(0, 4);
}
