/** The packages that the core sees as numbers: projects, their extras, soft constraints, addresses. */
import { ROOT, type PackageId } from "../core/provider.ts";

export type PackageEntry =
  | { readonly kind: "root"; readonly id: PackageId }
  | { readonly kind: "project"; readonly id: PackageId; readonly name: string }
  /** `name[extra]`: has the candidate of the project, and the extra's requirements. */
  | {
      readonly kind: "extra";
      readonly id: PackageId;
      readonly name: string;
      readonly extra: string;
      readonly base: PackageId;
    }
  /** Candidate 0 keeps the constraint, candidate 1 drops it. */
  | { readonly kind: "soft"; readonly id: PackageId; readonly index: number }
  /** `name @ url`: nothing is known of what is there, so it has no candidates. */
  | { readonly kind: "address"; readonly id: PackageId; readonly name: string; readonly url: string };

export class PackageTable {
  private readonly entries: PackageEntry[] = [{ kind: "root", id: ROOT }];
  private readonly ids = new Map<string, PackageId>();

  entry(id: PackageId): PackageEntry {
    const entry = this.entries[id];
    if (entry === undefined) throw new Error(`no package has the number ${id}`);
    return entry;
  }

  all(): readonly PackageEntry[] {
    return this.entries;
  }

  project(name: string): PackageId {
    return this.ids.get(name) ?? this.add(name, { kind: "project", id: this.entries.length, name });
  }

  extra(name: string, extra: string): PackageId {
    const base = this.project(name);
    const key = `${name}[${extra}]`;
    return this.ids.get(key) ?? this.add(key, { kind: "extra", id: this.entries.length, name, extra, base });
  }

  soft(index: number): PackageId {
    const key = `soft ${index}`;
    return this.ids.get(key) ?? this.add(key, { kind: "soft", id: this.entries.length, index });
  }

  address(name: string, url: string): PackageId {
    const key = `${name} @ ${url}`;
    return this.ids.get(key) ?? this.add(key, { kind: "address", id: this.entries.length, name, url });
  }

  private add(key: string, entry: PackageEntry): PackageId {
    this.entries.push(entry);
    this.ids.set(key, entry.id);
    return entry.id;
  }
}
