/** Facts about a package that does not take part yet: they are added when it does. */
import type { PackageId } from "./provider.ts";

export class WaitingFacts {
  private readonly byPackage = new Map<PackageId, (() => void)[]>();

  wait(package_: PackageId, add: () => void): void {
    const waiting = this.byPackage.get(package_);
    if (waiting === undefined) this.byPackage.set(package_, [add]);
    else waiting.push(add);
  }

  /** The package takes part from now on. */
  addAll(package_: PackageId): void {
    for (const add of this.byPackage.get(package_) ?? []) add();
    this.byPackage.delete(package_);
  }
}
