/** From what was solved to the conda-lock.yml that conda-lock would write. CEP 37. */
import { condaLockChannel } from "#formats/locks/conda-lock/channel.ts";
import {
  CONDA_LOCK_FLAVOUR,
  type CondaLock,
  type CondaLockChannel,
  type CondaLockMetadata,
  type CondaLockPackage,
} from "#formats/locks/conda-lock/model.ts";
import { orderPackages, packageOrderOf } from "#formats/locks/conda-lock/package-order.ts";
import type { PlatformName } from "#packaging/target.ts";
import { platformEntries, type SolvedPlatform } from "./conda-lock-entries.ts";

export interface NewCondaLock {
  /** The lock that it takes the place of, or null. */
  readonly old: CondaLock | null;
  /** Comment lines of a lock that is new, for its sources and the categories of its packages. */
  readonly header: (sources: readonly string[], categories: ReadonlySet<string>) => readonly string[];
  /** Manifests, as paths relative to the lock, in the order in which they are given to conda-lock. */
  readonly sources: readonly string[];
  /** The content hash of each platform that was solved. */
  readonly contentHash: ReadonlyMap<string, string>;
  readonly solved: readonly SolvedPlatform[];
}

export type CondaLockAnswer =
  | {
      readonly kind: "lock";
      readonly lock: CondaLock;
      /** Names of conda packages, by platform, whose dependencies the channel has changed since. */
      readonly hotfixed: ReadonlyMap<PlatformName, ReadonlySet<string>>;
    }
  | { readonly kind: "refused"; readonly reason: string };

/**
 * Platforms that were not solved keep their packages. The header stays, and so do blocks of metadata that a solve says
 * nothing about; a lock whose packages are the same keeps their order.
 */
export function condaLockFromResolution(request: NewCondaLock): CondaLockAnswer {
  const { old, solved } = request;
  const former = old?.packages ?? [];
  const platforms = new Set<string>(solved.map(({ platform }) => platform));
  const packages = former.filter((entry) => !platforms.has(entry.platform));
  const hotfixed = new Map<PlatformName, ReadonlySet<string>>();
  for (const one of solved) {
    const answer = platformEntries(
      one,
      former.filter((entry) => entry.platform === one.platform),
    );
    if (answer.kind === "refused") {
      return answer;
    }
    packages.push(...answer.packages);
    hotfixed.set(one.platform, answer.hotfixed);
  }
  const lock: CondaLock = {
    ...headOf(request, packages),
    metadata: newMetadata(request),
    packages: inOldOrder(packages, former) ?? orderPackages(packages, packageOrderOf(former)),
  };
  return { kind: "lock", lock, hotfixed };
}

function headOf(
  { old, header, sources }: NewCondaLock,
  packages: readonly CondaLockPackage[],
): Pick<CondaLock, "flavour" | "header"> {
  return (
    old ?? {
      flavour: CONDA_LOCK_FLAVOUR,
      header: header(sources, new Set(packages.map(({ category }) => category))),
    }
  );
}

/** The old list where it has the same entries. */
function inOldOrder(
  packages: readonly CondaLockPackage[],
  old: readonly CondaLockPackage[],
): readonly CondaLockPackage[] | null {
  const texts = new Set(old.map(entryText));
  const same = old.length === packages.length && packages.every((entry) => texts.has(entryText(entry)));
  return same ? old : null;
}

function entryText({ dependencies, ...entry }: CondaLockPackage): string {
  return JSON.stringify([entry, [...dependencies]]);
}

const NO_METADATA: Omit<CondaLockMetadata, "contentHash" | "channels" | "platforms" | "sources"> = {
  createdAt: null,
  git: null,
  inputs: null,
  custom: null,
};

function newMetadata({ old, sources, contentHash, solved }: NewCondaLock): CondaLockMetadata {
  const known = old?.metadata.platforms ?? [];
  const added = solved.map(({ platform }) => platform).filter((platform) => !known.includes(platform));
  const hashes = new Map([...(old?.metadata.contentHash ?? []), ...contentHash]);
  return {
    ...(old?.metadata ?? NO_METADATA),
    contentHash: hashes,
    channels: lockChannels(old, solved[0]?.environment.channels ?? []),
    platforms: added.length === 0 ? known : [...known, ...added].sort(),
    sources: sameItems(old?.metadata.sources ?? [], sources) ? (old?.metadata.sources ?? []) : sources,
  };
}

/** The channels of an environment; written as they were where they mean the same (older locks list `nodefaults`). */
export function lockChannels(old: CondaLock | null, wanted: readonly string[]): readonly CondaLockChannel[] {
  const before = old?.metadata.channels ?? [];
  const meant = before.map(({ url }) => url).filter((url) => url !== "nodefaults");
  return sameItems(meant, wanted) ? before : wanted.map(condaLockChannel);
}

function sameItems(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((item, index) => item === right[index]);
}
