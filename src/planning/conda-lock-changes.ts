/** What moves between two locks of a conda environment, and why. */
import type { PackageChange } from "./proposal.ts";

/** A package that a lock installs on one platform. */
export interface InstalledPackage {
  readonly manager: "conda" | "pip";
  readonly name: string;
  readonly version: string;
  /** Build string; null for pip. */
  readonly build: string | null;
  /** Empty where a lock does not say it (rendered environments). */
  readonly url: string;
}

/** Why a package of a lock changes. */
export type CondaChangeReason =
  | "new version"
  | "new build"
  | "upstream metadata hotfix"
  | "package removed from the channel"
  | "constraint changed"
  | "added"
  | "no longer needed";

/** `from` and `to` are versions where these differ, else `version build`. */
export interface CondaPackageChange extends PackageChange {
  readonly ecosystem: "conda" | "pypi";
  readonly reason: CondaChangeReason;
}

/** One target before and after, with what tells why something moved. */
export interface TargetChange {
  readonly target: string;
  readonly before: readonly InstalledPackage[];
  readonly after: readonly InstalledPackage[];
  /** Keys (`packageKey`) of what the manifests name. */
  readonly direct: ReadonlySet<string>;
  /** Names of conda packages whose dependencies the channel has changed. */
  readonly hotfixed: ReadonlySet<string>;
  /** Whether the channels still have the file. */
  readonly isOffered: (old: InstalledPackage) => boolean;
  /** Whether what the manifests say today allows it. */
  readonly isAllowed: (old: InstalledPackage) => boolean;
}

/** Conda and PyPI packages may share a name. */
export function packageKey({ manager, name }: Pick<InstalledPackage, "manager" | "name">): string {
  return `${manager} ${name}`;
}

/** Every package that moves, by name; the same move on several targets is one change. */
export function condaLockChanges(targets: readonly TargetChange[]): readonly CondaPackageChange[] {
  const found = new Map<string, CondaPackageChange>();
  for (const target of targets) {
    for (const change of movesOf(target)) {
      const key = JSON.stringify([change.ecosystem, change.name, change.from, change.to, change.reason]);
      const known = found.get(key);
      found.set(key, {
        ...change,
        direct: change.direct || known?.direct === true,
        targets: [...(known?.targets ?? []), target.target],
      });
    }
  }
  return [...found.values()].sort((left, right) => compareTexts(sortKey(left), sortKey(right)));
}

function sortKey({ name, ecosystem, from, to }: CondaPackageChange): string {
  return [name, ecosystem, from ?? "", to ?? ""].join(" ");
}

function compareTexts(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function movesOf(target: TargetChange): readonly Omit<CondaPackageChange, "targets">[] {
  const before = new Map(target.before.map((one) => [packageKey(one), one]));
  const after = new Map(target.after.map((one) => [packageKey(one), one]));
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) => {
    const old = before.get(key);
    const fresh = after.get(key);
    const move = moveOf(target, old, fresh);
    const one = fresh ?? old;
    if (move === null || one === undefined) {
      return [];
    }
    const ecosystem = one.manager === "conda" ? ("conda" as const) : ("pypi" as const);
    return [{ name: one.name, direct: target.direct.has(key), ecosystem, ...move, targets: [] }];
  });
}

type Move = Pick<CondaPackageChange, "from" | "to" | "reason">;

function moveOf(target: TargetChange, old?: InstalledPackage, fresh?: InstalledPackage): Move | null {
  if (old === undefined) {
    return fresh === undefined ? null : { from: null, to: fresh.version, reason: "added" };
  }
  if (fresh === undefined) {
    return { from: old.version, to: null, reason: "no longer needed" };
  }
  if (old.version !== fresh.version) {
    return { from: old.version, to: fresh.version, reason: causeOf(target, old) ?? "new version" };
  }
  const from = withBuild(old);
  const to = withBuild(fresh);
  const isSame = old.url === "" ? old.build === fresh.build : fileOf(old) === fileOf(fresh);
  if (!isSame) {
    return { from, to, reason: causeOf(target, old) ?? "new build" };
  }
  const isHotfix = fresh.manager === "conda" && target.hotfixed.has(fresh.name);
  return isHotfix ? { from, to, reason: "upstream metadata hotfix" } : null;
}

/** Why the old file could not stay, or null where it could. */
function causeOf(target: TargetChange, old: InstalledPackage): CondaChangeReason | null {
  if (!target.isAllowed(old)) {
    return "constraint changed";
  }
  return target.isOffered(old) ? null : "package removed from the channel";
}

function withBuild({ version, build }: InstalledPackage): string {
  return build === null ? version : `${version} ${build}`;
}

function fileOf({ url }: InstalledPackage): string {
  return (url.split(/[?#]/u)[0] ?? "").split("/").slice(-2).join("/");
}
