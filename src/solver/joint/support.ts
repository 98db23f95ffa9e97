/**
 * Who brings a conda package in. A pip requirement may never do so, although facts that are learned on the way can say that a
 * conda package must be there. Where nothing that conda chose asks for it, the reason for that is a fact that is always
 * true: of the chosen packages that could ask for it (or for what could), one has to be another build.
 */
import type { CondaProvider } from "../conda/provider.ts";
import { isVirtualName } from "../conda/packages.ts";
import { complement, setOf } from "../core/candidate-set.ts";
import type { Term } from "../core/incompatibility.ts";
import type { PackageId, SolveView } from "../core/provider.ts";
import { condaId } from "./ids.ts";

export class Support {
  private readonly provider: CondaProvider;
  private readonly reachable: ReadonlySet<string>;
  private readonly roots: ReadonlySet<string>;
  /** By name, those some of whose builds ask for it. Made when it is first needed. */
  private parents: ReadonlyMap<string, ReadonlySet<string>> | null = null;

  constructor(provider: CondaProvider, reachable: ReadonlySet<string>) {
    this.provider = provider;
    this.reachable = reachable;
    const { specs } = provider.problem;
    this.roots = new Set(specs.flatMap(({ text }) => provider.names.nameOf(text) ?? []));
  }

  /** Whether the problem or a chosen package asks for the name. */
  isAskedFor(name: string, view: SolveView): boolean {
    if (this.roots.has(name)) return true;
    for (const parent of this.parentsOf(name)) {
      const chosen = this.chosen(parent, view);
      if (chosen >= 0 && this.asks(parent, chosen, new Set([name]))) return true;
    }
    return false;
  }

  /** Why none of these names is there: terms that are all true now, none where nothing could ask for any of them. */
  absence(names: readonly string[], view: SolveView): readonly Term[] {
    const absent = new Set(names);
    const chosen = new Set<string>();
    for (const name of absent) {
      for (const parent of this.parentsOf(name)) {
        if (this.chosen(parent, view) >= 0) chosen.add(parent);
        else absent.add(parent);
      }
    }
    return [...chosen].sort().flatMap((name) => this.otherThan(name, absent));
  }

  /** The package is not one of those of its builds that ask for any of the names. */
  private otherThan(name: string, wanted: ReadonlySet<string>): readonly Term[] {
    const count = this.provider.names.candidates(name).length;
    const asking: number[] = [];
    for (let index = 0; index < count; index += 1) if (this.asks(name, index, wanted)) asking.push(index);
    return asking.length === 0 ? [] : [{ package: this.idOf(name), set: complement(setOf(count, asking), count) }];
  }

  private asks(name: string, candidate: number, wanted: ReadonlySet<string>): boolean {
    const dependencies = this.provider.names.state(name).dependencies[candidate] ?? [];
    return dependencies.some(
      (each) => each.kind === "requires" && wanted.has(this.provider.packages.name(each.package) ?? ""),
    );
  }

  private chosen(name: string, view: SolveView): number {
    return view.decided(this.idOf(name));
  }

  private idOf(name: string): PackageId {
    return condaId(this.provider.packages.id(name));
  }

  private parentsOf(name: string): Iterable<string> {
    this.parents ??= this.findParents();
    return this.parents.get(name) ?? [];
  }

  private findParents(): ReadonlyMap<string, ReadonlySet<string>> {
    const parents = new Map<string, Set<string>>();
    for (const name of this.reachable) {
      if (isVirtualName(name)) continue;
      for (const { record, exclusion } of this.provider.names.listing(name).candidates) {
        for (const text of exclusion === null ? record.depends : []) {
          const wanted = this.provider.names.nameOf(text);
          if (wanted === null || wanted === name) continue;
          const found = parents.get(wanted);
          if (found === undefined) parents.set(wanted, new Set([name]));
          else found.add(name);
        }
      }
    }
    return parents;
  }
}
