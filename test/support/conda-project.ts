/** Conda projects in memory: files, channels that the engine may ask, and what it makes of them. */
import { createHash } from "node:crypto";
import { checkProjects, type CheckReport } from "#engine/check-projects.ts";
import type { EngineContext } from "#engine/context.ts";
import { lockProjects, type LockRequest, type LockResult } from "#engine/lock-projects.ts";
import { findProjects, type FoundProjects } from "#formats/find-projects.ts";
import { condaLockHeader } from "#formats/locks/conda-lock/header.ts";
import { CONDA_LOCK_FLAVOUR } from "#formats/locks/conda-lock/model.ts";
import { writeCondaLock } from "#formats/locks/conda-lock/write.ts";
import { memoryChannel, type MemoryChannel, type WrittenRecord } from "./conda-memory.ts";
import { testContext, textSnapshot, type TestWorld } from "./engine.ts";

export type ProjectFiles = Readonly<Record<string, string>>;

/** A record with hashes, as conda-lock needs them. */
export function hashed(written: WrittenRecord): WrittenRecord {
  const { name, version, build = "0" } = written;
  const hash = (algorithm: string): string => createHash(algorithm).update(`${name} ${version} ${build}`).digest("hex");
  return { md5: hash("md5"), sha256: hash("sha256"), ...written };
}

/** A conda-lock.yml without packages: what a lock starts from. */
export function emptyLock(platforms: readonly string[] = ["linux-64"], sources = ["environment.yml"]): string {
  return writeCondaLock({
    flavour: CONDA_LOCK_FLAVOUR,
    header: condaLockHeader({ lockfile: "conda-lock.yml", sources, categories: new Set(["main"]) }),
    metadata: {
      contentHash: new Map(platforms.map((platform) => [platform, "0".repeat(64)])),
      channels: [{ url: "conda-forge", usedEnvVars: [] }],
      platforms,
      sources,
      createdAt: null,
      git: null,
      inputs: null,
      custom: null,
    },
    packages: [],
  });
}

/** `dependencies` of an environment.yml with conda-forge as its channel. */
export function environmentYml(dependencies: readonly string[], more = ""): string {
  return `name: test\nchannels:\n  - conda-forge\n${more}dependencies:\n${dependencies.map((one) => `  - ${one}\n`).join("")}`;
}

export interface CondaWorld extends Omit<TestWorld, "releases" | "channel"> {
  readonly releases?: TestWorld["releases"];
  /** By channel. A platform sees its own records and those of noarch. */
  readonly channels: Readonly<Record<string, readonly WrittenRecord[]>>;
}

export function condaContext({ channels, releases = [], ...world }: CondaWorld): EngineContext {
  const channel = (name: string, subdir: string): MemoryChannel | null => {
    const records = Object.hasOwn(channels, name) ? channels[name] : undefined;
    const isSeen = ({ subdir: own = "linux-64" }: WrittenRecord): boolean => own === subdir || own === "noarch";
    return records === undefined ? null : memoryChannel(name, records.filter(isSeen).map(hashed));
  };
  return testContext({ ...world, releases, channel });
}

export function findFiles(files: ProjectFiles): FoundProjects {
  return findProjects(textSnapshot(files), { targets: null, isIncluded: () => true });
}

export interface LockedFiles {
  readonly result: LockResult;
  /** All files, with the edits written. */
  readonly files: ProjectFiles;
}

export async function lockFiles(
  context: EngineContext,
  files: ProjectFiles,
  request: Partial<LockRequest> = {},
): Promise<LockedFiles> {
  const result = await lockProjects(context, findFiles(files), { packages: [], upgrade: false, ...request });
  const edited = result.edits.map(({ file, content }) => [file, Buffer.from(content).toString("utf8")]);
  return { result, files: { ...files, ...Object.fromEntries(edited) } };
}

export function checkFiles(context: EngineContext, files: ProjectFiles): Promise<CheckReport> {
  return checkProjects(findFiles(files), context);
}
