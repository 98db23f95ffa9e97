/** From two Poetry locks to what a pull request tells: changes with their targets. */
import { LockGraph } from "#formats/locks/poetry-lock/lock-walk.ts";
import { rootsOf } from "#formats/locks/poetry-lock/check.ts";
import { diffPoetryLocks } from "#formats/locks/poetry-lock/diff.ts";
import type { PoetryLock } from "#formats/locks/poetry-lock/model.ts";
import type { Manifest } from "#formats/manifests/manifest.ts";
import { normalizeName } from "#packaging/names.ts";
import type { Target } from "#packaging/target.ts";
import type { PackageChange } from "./proposal.ts";

/** A lock with the manifest whose requirements are its roots. */
export interface LockState {
  readonly lock: PoetryLock;
  readonly manifest: Manifest;
  /** The graph of the lock, where there is one already. */
  readonly graph?: LockGraph;
}

/** Versions that each target installs, by target id and normalised name. */
export type InstalledByTarget = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** What each target would install from a lock, all groups and extras included. */
export function installedByTarget(state: LockState, targets: readonly Target[]): InstalledByTarget {
  const { lock, manifest, graph = new LockGraph(lock) } = state;
  const roots = rootsOf(manifest);
  return new Map(
    targets.map((target) => {
      const versions = new Map<string, string>();
      for (const index of graph.walk(roots, target).installed) {
        const entry = lock.packages[index];
        if (entry !== undefined) {
          versions.set(normalizeName(entry.name), entry.version);
        }
      }
      return [target.id, versions];
    }),
  );
}

/**
 * Every package that moves. A name that is locked in several versions gives a change for each move that some target sees;
 * one that no target sees (another platform's) is listed without targets.
 */
export function poetryChanges(
  before: LockState | null,
  after: LockState,
  targets: readonly Target[],
): readonly PackageChange[] {
  const empty: PoetryLock = { ...after.lock, packages: [] };
  const moved = diffPoetryLocks(before?.lock ?? empty, after.lock).packages.filter((one) => one.kind !== "same");
  if (moved.length === 0) {
    return [];
  }
  const direct = new Set(after.manifest.requirements.filter((one) => one.group !== "build").map((one) => one.name));
  const old = before === null ? new Map() : installedByTarget(before, targets);
  const fresh = installedByTarget(after, targets);
  return moved.flatMap((one) => movesOf(one, direct.has(one.name), { old, fresh, targets }));
}

interface Sides {
  readonly old: InstalledByTarget;
  readonly fresh: InstalledByTarget;
  readonly targets: readonly Target[];
}

function movesOf(
  diff: { readonly name: string; readonly from: readonly string[]; readonly to: readonly string[] },
  direct: boolean,
  { old, fresh, targets }: Sides,
): readonly PackageChange[] {
  const { name } = diff;
  const moves = new Map<string, { from: string | null; to: string | null; targets: string[] }>();
  for (const { id } of targets) {
    const from = old.get(id)?.get(name) ?? null;
    const to = fresh.get(id)?.get(name) ?? null;
    if (from !== to) {
      const key = `${from} ${to}`;
      const move = moves.get(key) ?? { from, to, targets: [] };
      move.targets.push(id);
      moves.set(key, move);
    }
  }
  if (moves.size === 0) {
    const from = diff.from.filter((version) => !diff.to.includes(version)).at(-1) ?? null;
    const to = diff.to.filter((version) => !diff.from.includes(version)).at(-1) ?? null;
    return [{ name, from, to, direct, targets: [] }];
  }
  return [...moves.values()].map((move) => ({ name, direct, ...move }));
}
