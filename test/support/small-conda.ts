/** Small repositories with conda environments: locked as their channel was, proposed for as it is later. */
import { createHash } from "node:crypto";
import { lockProjects } from "#engine/lock-projects.ts";
import { findProjects } from "#formats/find-projects.ts";
import type { RepositorySnapshot } from "#formats/repository-snapshot.ts";
import type { CondaRecord } from "#packaging/conda-record.ts";
import type { Proposal } from "#planning/proposal.ts";
import { proposeUpdates } from "#propose-updates.ts";
import type { UpdateRequest } from "../../src/engine.ts";
import { memoryChannel, type MemoryChannel } from "./conda-memory.ts";
import { testContext, textSnapshot, type TestWorld } from "./engine.ts";
import type { TestRelease } from "./index-data.ts";
import { NOW, OLD } from "./small-repository.ts";

export interface WrittenConda {
  readonly name: string;
  readonly version: string;
  readonly build: string;
  readonly depends: readonly string[];
  readonly constrains: readonly string[];
  /** Empty: noarch. */
  readonly platforms: readonly string[];
  readonly time: string;
  readonly size: number;
  readonly purls: readonly string[] | null;
}

/** `numpy 1.26.4 py310_0`; for every platform unless it says which. */
export function conda(
  text: string,
  depends: readonly string[] = [],
  more: Partial<Pick<WrittenConda, "constrains" | "platforms" | "time" | "size" | "purls">> = {},
): WrittenConda {
  const [name = "", version = "", build = "0"] = text.split(" ");
  return { name, version, build, depends, constrains: [], platforms: [], time: OLD, size: 1000, purls: null, ...more };
}

/** A channel of these records for each platform, with hashes that follow from their names. */
export function channelOf(records: readonly WrittenConda[]): NonNullable<TestWorld["channel"]> {
  const made = new Map<string, MemoryChannel>();
  return (name, subdir) => {
    const own = records.filter(({ platforms }) => platforms.length === 0 || platforms.includes(subdir));
    const channel = made.get(`${name} ${subdir}`) ?? memoryChannel(name, own.map(toRecord(subdir)));
    made.set(`${name} ${subdir}`, channel);
    return channel;
  };
}

function toRecord(subdir: string) {
  return ({
    platforms,
    time,
    ...written
  }: WrittenConda): Partial<CondaRecord> & Pick<CondaRecord, "name" | "version"> => {
    const where = platforms.length === 0 ? "noarch" : subdir;
    const key = `${where}/${written.name}-${written.version}-${written.build}`;
    return {
      ...written,
      subdir: where,
      noarch: platforms.length === 0 ? "generic" : null,
      buildNumber: Number(/\d+$/.exec(written.build)?.[0] ?? 0),
      timestampMs: Date.parse(time),
      md5: createHash("md5").update(key).digest("hex"),
      sha256: createHash("sha256").update(key).digest("hex"),
    };
  };
}

/** An empty unified lock: locking fills it. */
export function emptyLock(platforms: readonly string[], sources: readonly string[]): string {
  const hashes = platforms.map((platform) => `    ${platform}: ${"0".repeat(64)}`);
  return [
    "version: 1",
    "metadata:",
    "  content_hash:",
    ...hashes,
    "  channels:",
    "  - url: conda-forge",
    "    used_env_vars: []",
    "  platforms:",
    ...platforms.map((platform) => `  - ${platform}`),
    "  sources:",
    ...sources.map((source) => `  - ${source}`),
    "package: []",
    "",
  ].join("\n");
}

export interface CondaWorld {
  readonly conda: readonly WrittenConda[];
  readonly releases?: readonly TestRelease[];
}

/** Locks every conda environment that has a lock, from scratch. */
export async function lockedConda(
  files: Readonly<Record<string, string>>,
  world: CondaWorld,
): Promise<RepositorySnapshot> {
  const snapshot = textSnapshot(files);
  const context = testContext({ releases: world.releases ?? [], channel: channelOf(world.conda), now: NOW });
  const found = findProjects(snapshot, { targets: null, isIncluded: () => true });
  const result = await lockProjects(context, found, { packages: [], upgrade: true });
  if (result.failures.length > 0) throw new Error(JSON.stringify(result.failures));
  const edits = result.edits.map((edit) => [edit.file, Buffer.from(edit.content).toString("utf8")] as const);
  return textSnapshot({ ...files, ...Object.fromEntries(edits) });
}

export function proposeConda(
  snapshot: RepositorySnapshot,
  world: CondaWorld,
  request: UpdateRequest = { kind: "weekly" },
): Promise<Proposal> {
  const context = testContext({ releases: world.releases ?? [], channel: channelOf(world.conda), now: NOW });
  return proposeUpdates(context, snapshot, { request, organisationDefaults: null });
}

/** A repository with the edits of some pull requests made. */
export function merged(snapshot: RepositorySnapshot, proposal: Proposal, group: string): RepositorySnapshot {
  const files = new Map(snapshot.files);
  for (const { file, content } of proposal.pullRequests.find((pull) => pull.group === group)?.edits ?? []) {
    files.set(file, { path: file, mode: "100644", size: content.length, content });
  }
  return { ...snapshot, files };
}
