/** The solver of rattler (pixi's), as published for JavaScript, on channels of a local server. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseCondaVersion } from "#packaging/conda-version.ts";
import { repodataOf, type TestChannel } from "./conda-server.ts";
import type { SpecSet } from "./conda-spec-sets.ts";

/** One package of its answer, as far as it is compared. */
export interface PeerPackage {
  readonly packageName: string;
  readonly version: string;
  readonly build: string;
  readonly filename: string;
  readonly subdir: string;
}

export type PeerAnswer = { readonly packages: readonly PeerPackage[] } | { readonly refused: string };

type SimpleSolve = (
  specs: readonly string[],
  channels: readonly string[],
  platforms: readonly string[],
  locked: readonly never[],
) => Promise<readonly PeerPackage[]>;

/**
 * Strict priority and highest versions are all that it can do. It takes no virtual packages, so they are packages of a channel of
 * their own (`virtualChannel`) and are asked for. It cannot be given `channel::name`: that ends its WebAssembly instance.
 */
export async function solveWithRattler(set: SpecSet, origin: string): Promise<PeerAnswer> {
  const { simpleSolve } = createRequire(import.meta.url)("@conda-org/rattler") as { readonly simpleSolve: SimpleSolve };
  const specs = [...set.virtualPackages.map(({ name }) => name), ...set.specs];
  const channels = [...set.channels, virtualChannel(set)].map((name) => `${origin}/${name}`);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const packages = await simpleSolve(specs, channels, [set.platform, "noarch"], []);
      return { packages: packages.filter(({ packageName }) => !packageName.startsWith("__")) };
    } catch (error) {
      const refused = error instanceof Error ? error.message : String(error);
      // It solves in the thread that its connections need, and finds some of them gone.
      if (attempt > 5 || refused !== "error sending request") return { refused };
    }
  }
}

/** Name of the channel that holds the virtual packages of a set. */
export function virtualChannel({ virtualPackages }: Pick<SpecSet, "virtualPackages">): string {
  return `virtual${virtualPackages.map(({ name, version, build }) => [name, version, build].join("-")).join("")}`;
}

/** The channels of the sets, as both solvers are to see them. */
export function peerChannels(folder: string, sets: readonly SpecSet[]): Readonly<Record<string, TestChannel>> {
  const channels: Record<string, TestChannel> = {};
  const subdirs = ["noarch", ...new Set(sets.map(({ platform }) => platform))];
  for (const name of new Set(sets.flatMap((set) => set.channels))) {
    channels[name] = { texts: readableTexts(join(folder, name), subdirs) };
  }
  for (const set of sets) {
    channels[virtualChannel(set)] = { files: set.virtualPackages.map((each) => ({ ...each, subdir: "noarch" })) };
  }
  return channels;
}

type Members = Readonly<Record<string, { readonly version: string }>>;

/** Without the three files of the corpus whose version is none (`1%21164.3095`): rattler refuses every name beside them. */
function readableTexts(folder: string, subdirs: readonly string[]): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const subdir of subdirs) {
    const text = repodataOf({ folder }, subdir);
    if (text === null) continue;
    const { packages = {}, "packages.conda": conda = {} } = JSON.parse(text.toString()) as Record<string, Members>;
    texts[subdir] = JSON.stringify({ packages: readable(packages), "packages.conda": readable(conda) });
  }
  return texts;
}

function readable(members: Members): Members {
  return Object.fromEntries(Object.entries(members).filter(([, { version }]) => parseCondaVersion(version) !== null));
}
