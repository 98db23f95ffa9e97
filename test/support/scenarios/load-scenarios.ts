/** Reads the folder `scenarios` of the data. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { ChannelStore } from "./channel-store.ts";
import { condaLockGroups, sourcesOf } from "./conda-lock-scenario.ts";
import { readPixiLock } from "./pixi-lock.ts";
import { readPixiManifest } from "./pixi-manifest.ts";
import { pixiGroups } from "./pixi-scenario.ts";
import type { Scenario } from "./scenario.ts";

/** A line of `INDEX.tsv`. */
export interface IndexedScenario {
  readonly repository: string;
  readonly commit: string;
  readonly committedMs: number;
  readonly manifest: string;
  readonly lock: string;
  readonly lockKind: string;
}

export function readScenarioIndex(folder: string): readonly IndexedScenario[] {
  const [, ...lines] = readFileSync(join(folder, "INDEX.tsv"), "utf8").trim().split("\n");
  return lines.map((line) => {
    const [repository = "", commit = "", date = "", manifest = "", lock = "", lockKind = ""] = line.split("\t");
    return { repository, commit, committedMs: Date.parse(date), manifest, lock, lockKind };
  });
}

/** @param store is told of the records that only the lock knows */
export function loadPixiScenario(folder: string, indexed: IndexedScenario, store: ChannelStore): Scenario {
  const { repository, commit } = indexed;
  const directory = join(folder, repository.replace("/", "__"), commit.slice(0, 12));
  const manifest = readPixiManifest(readText(join(directory, indexed.manifest)));
  const lock = readPixiLock(readText(join(directory, indexed.lock)));
  store.addLocked(lock.records);
  const cutoffMs = indexed.committedMs;
  const id = `${repository}@${commit.slice(0, 12)}`;
  return { id, repository, kind: "pixi", groups: pixiGroups({ id, cutoffMs, manifest, lock }) };
}

/** The data have one manifest of each lock that conda-lock wrote. */
export function loadCondaLockScenario(folder: string, indexed: IndexedScenario): Scenario {
  const { repository, commit } = indexed;
  const directory = join(folder, repository.replace("/", "__"), commit.slice(0, 12));
  const id = `${repository}@${commit.slice(0, 12)}`;
  const groups = condaLockGroups({
    id,
    cutoffMs: indexed.committedMs,
    manifests: [readText(join(directory, basename(indexed.manifest)))],
    lock: readText(join(directory, basename(indexed.lock))),
    virtualPackages: null,
  });
  return { id, repository, kind: "conda-lock", groups };
}

/** The layered images of the folder `explicit-locks`, with every manifest that their locks name. */
export function loadExplicitScenarios(folder: string): readonly Scenario[] {
  return readdirSync(folder).flatMap((owner) =>
    readdirSync(join(folder, owner)).map((image) => {
      const directory = join(folder, owner, image);
      const lock = readText(join(directory, "conda-lock.yml"));
      const override = join(directory, "virtual-packages.yml");
      const id = `${owner.replace("__", "/")}/${image}`;
      const groups = condaLockGroups({
        id,
        cutoffMs: null,
        manifests: sourcesOf(lock).map((source) => readText(join(directory, source))),
        lock,
        virtualPackages: existsSync(override) ? readText(override) : null,
      });
      return { id, repository: owner.replace("__", "/"), kind: "explicit" as const, groups };
    }),
  );
}

/** The data folder keeps locks compressed. */
export function readText(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : gunzipSync(readFileSync(`${path}.gz`)).toString("utf8");
}
