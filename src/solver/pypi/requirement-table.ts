/** Requirements as the core sees them: a key for each distinct one, and the way back to what was written. */
import { formatSpecifierSet } from "#packaging/specifier.ts";
import type { Requirement } from "#packaging/requirement.ts";
import type { Condition, Dependency, PackageId } from "../core/provider.ts";
import type { PackageTable } from "./packages.ts";
import type { RequirementOrigin } from "./problem.ts";

export interface RequirementRecord {
  readonly dependency: Dependency;
  readonly requirement: Requirement;
  /** Set for requirements that people wrote. */
  readonly origin: RequirementOrigin | null;
  /** `requirement`: of the manifest or of a package. The others say which list of the problem it comes from. */
  readonly role: "requirement" | "constraint" | "soft";
}

/** A requirement that takes part. */
export interface TakenRequirement extends Pick<RequirementRecord, "requirement" | "origin" | "role"> {
  readonly kind: Dependency["kind"];
  /** Beside which candidates of another package it counts; null: always. */
  readonly condition: Condition | null;
}

export class RequirementTable {
  private readonly records: RequirementRecord[] = [];
  private readonly keys = new Map<string, number>();
  private readonly packages: PackageTable;
  /** Conditions by the order in which they were met: equal ones are the same object. */
  private readonly conditions = new Map<Condition, number>();

  constructor(packages: PackageTable) {
    this.packages = packages;
  }

  record(key: number): RequirementRecord {
    const record = this.records[key];
    if (record === undefined) throw new Error(`no requirement has the number ${key}`);
    return record;
  }

  /** One dependency for the project, or one for each extra asked for. */
  dependencies({ requirement, kind, role, origin, condition }: TakenRequirement): readonly Dependency[] {
    const place = origin === null ? "" : `${origin.file}:${origin.line}`;
    const where = condition === null ? "" : `#${this.conditionNumber(condition)}`;
    return this.targets(requirement, kind).map((package_) => {
      const text = `${kind} ${role} ${package_} ${formatSpecifierSet(requirement.specifiers)} ${place}${where}`;
      return this.intern(text, (key) => {
        const dependency = { kind, package: package_, key, ...(condition === null ? {} : { condition }) };
        return { dependency, requirement, origin, role };
      });
    });
  }

  /** The dependency of the root on a soft constraint's package, which has a candidate for "kept" and one for "dropped". */
  presence(package_: PackageId, requirement: Requirement, origin: RequirementOrigin | null): Dependency {
    return this.intern(`presence ${package_}`, (key) => ({
      dependency: { kind: "requires", package: package_, key },
      requirement,
      origin,
      role: "soft",
    }));
  }

  private conditionNumber(condition: Condition): number {
    const number = this.conditions.get(condition) ?? this.conditions.size;
    this.conditions.set(condition, number);
    return number;
  }

  private intern(text: string, make: (key: number) => RequirementRecord): Dependency {
    const known = this.keys.get(text);
    if (known !== undefined) return this.record(known).dependency;
    const record = make(this.records.length);
    this.keys.set(text, this.records.length);
    this.records.push(record);
    return record.dependency;
  }

  private targets({ name, extras, url }: Requirement, kind: Dependency["kind"]): readonly PackageId[] {
    if (url !== null) return [this.packages.address(name, url)];
    if (extras.length === 0 || kind === "constrains") return [this.packages.project(name)];
    return extras.map((extra) => this.packages.extra(name, extra));
  }
}
