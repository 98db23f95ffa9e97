/** Reads the folder `scenarios` of the data. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { ChannelStore } from "./channel-store.ts";
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
  return { id, repository, kind: "pixi", cutoffMs, groups: pixiGroups({ id, cutoffMs, manifest, lock }) };
}

/** The data folder keeps locks compressed. */
export function readText(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : gunzipSync(readFileSync(`${path}.gz`)).toString("utf8");
}
