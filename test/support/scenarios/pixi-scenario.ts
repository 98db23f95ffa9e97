/** A pixi manifest and its lock as solves: conda's part alone, which pixi solves before PyPI's. */
import type { VirtualPackage } from "#packaging/target.ts";
import {
  channelsOf,
  devSources,
  platformsOf,
  specsOf,
  systemRequirements,
  type PixiEnvironment,
  type PixiManifest,
  type PixiPlatform,
} from "./pixi-manifest.ts";
import type { LockedEntry, PixiLock } from "./pixi-lock.ts";
import type { ScenarioCell, ScenarioGroup } from "./scenario.ts";

export interface PixiInput {
  readonly id: string;
  readonly cutoffMs: number;
  readonly manifest: PixiManifest;
  readonly lock: PixiLock;
}

export function pixiGroups(input: PixiInput): readonly ScenarioGroup[] {
  const { manifest, lock } = input;
  const groups = new Map<string, ScenarioGroup>();
  for (const environment of manifest.environments) {
    for (const platform of platformsOf(manifest, environment)) {
      const entries = lockedEntries(lock, environment, platform);
      if (entries === null) continue;
      const name = environment.solveGroup ?? `=${environment.name}`;
      const key = `${name} ${platform.name}`;
      const cell = makeCell(manifest, { environment, platform, entries });
      const known = groups.get(key) ?? emptyGroup(input, environment, platform);
      groups.set(key, { ...known, cells: [...known.cells, cell] });
    }
  }
  return [...groups.values()];
}

/** Version 7 calls platforms with capabilities of their own p1, p2 and so on, in the order of the manifest. */
function lockedEntries(
  lock: PixiLock,
  environment: PixiEnvironment,
  platform: PixiPlatform,
): readonly LockedEntry[] | null {
  const byPlatform = lock.environments.get(environment.name);
  if (byPlatform === undefined) return null;
  const plain = byPlatform.get(platform.name);
  if (plain !== undefined || platform.name === platform.subdir) return plain ?? null;
  const [alias] = [...lock.platforms].find(
    ([, { subdir, virtualPackages }]) =>
      subdir === platform.subdir &&
      [...platform.virtual].every(([name, version]) =>
        virtualPackages.some((each) => each.name === name && each.version === version),
      ),
  ) ?? [""];
  return byPlatform.get(alias) ?? null;
}

function emptyGroup(
  { id, cutoffMs, manifest }: PixiInput,
  environment: PixiEnvironment,
  platform: PixiPlatform,
): ScenarioGroup {
  return {
    scenario: id,
    name: environment.solveGroup ?? environment.name,
    platform: platform.name,
    subdir: platform.subdir,
    channels: channelsOf(manifest, environment),
    priority: "strict",
    virtualPackages: virtualPackagesOf(environment, platform),
    cutoffMs,
    cells: [],
  };
}

interface CellInput {
  readonly environment: PixiEnvironment;
  readonly platform: PixiPlatform;
  readonly entries: readonly LockedEntry[];
}

/** What a package that is built from source needs is known to its build alone, hence to the lock. */
function makeCell(manifest: PixiManifest, { environment, platform, entries }: CellInput): ScenarioCell {
  const specs = specsOf(manifest, environment, platform).flatMap(({ name, text }) =>
    text === null ? entries.filter(({ sourceName }) => sourceName === name).flatMap(({ depends }) => depends) : text,
  );
  const sources = new Set(entries.flatMap(({ sourceName }) => sourceName ?? []));
  return {
    environment: environment.name,
    specs: [...new Set(specs)].filter((text) => !sources.has(/^[^\s[=<>!~]+/u.exec(text)?.[0] ?? "")),
    reference: entries.flatMap(({ url }) => url ?? []),
    inferRoots: devSources(environment).length > 0 ? "names" : "no",
  };
}

/** pixi's defaults (conda.md §2.3), then what the manifest says. */
export function virtualPackagesOf(environment: PixiEnvironment, platform: PixiPlatform): readonly VirtualPackage[] {
  const { subdir } = platform;
  const versions = new Map<string, string>(
    subdir.startsWith("linux")
      ? [
          ["__unix", "0"],
          ["__linux", "4.18"],
          ["__glibc", "2.28"],
        ]
      : subdir.startsWith("osx")
        ? [
            ["__unix", "0"],
            ["__osx", "13.0"],
          ]
        : [["__win", "10.0"]],
  );
  for (const [name, version] of [...systemRequirements(environment), ...platform.virtual]) versions.set(name, version);
  const plain = [...versions].map(([name, version]) => ({ name, version, build: "0" }));
  return [...plain, { name: "__archspec", version: "0", build: ARCHITECTURES.get(subdir) ?? "" }];
}

const ARCHITECTURES: ReadonlyMap<string, string> = new Map([
  ["linux-64", "x86_64"],
  ["linux-aarch64", "aarch64"],
  ["osx-64", "x86_64"],
  ["osx-arm64", "m1"],
  ["win-64", "x86_64"],
]);
