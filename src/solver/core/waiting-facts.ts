/** Dependencies on packages that do not take part yet: they say something when these do. */
import type { Dependency, PackageId } from "./provider.ts";

/** `candidate`: one of the holder that has the dependency, or null for all that share it. */
export type WaitingFact = readonly [holder: PackageId, dependency: Dependency, candidate: number | null];

export class WaitingFacts {
  private readonly byPackage = new Map<PackageId, WaitingFact[]>();

  wait(holder: PackageId, dependency: Dependency, candidate: number | null = null): void {
    const waiting = this.byPackage.get(dependency.package);
    if (waiting === undefined) this.byPackage.set(dependency.package, [[holder, dependency, candidate]]);
    else waiting.push([holder, dependency, candidate]);
  }

  /** Those on a package that takes part from now on. */
  take(package_: PackageId): readonly WaitingFact[] {
    const waiting = this.byPackage.get(package_) ?? [];
    this.byPackage.delete(package_);
    return waiting;
  }
}
