/** The packages that the core sees as numbers: the root, and one for each name. */
import { ROOT, type PackageId } from "../core/provider.ts";

export class PackageTable {
  private readonly names: string[] = [""];
  private readonly ids = new Map<string, PackageId>();

  /** The number of a name, given out when it is first asked for. */
  id(name: string): PackageId {
    const known = this.ids.get(name);
    if (known !== undefined) return known;
    this.ids.set(name, this.names.length);
    return this.names.push(name) - 1;
  }

  /** Null for the root. */
  name(package_: PackageId): string | null {
    return package_ === ROOT ? null : (this.names[package_] ?? null);
  }
}

/** `__cuda`, `__glibc`: a capability of the target, which no channel provides. */
export function isVirtualName(name: string): boolean {
  return name.startsWith("__");
}
