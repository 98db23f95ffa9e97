/** Numbers for packages and dependencies, as the core wants them. `name[a,b]` is a package of its own, as in Poetry. */
import type { Dependency, PackageId } from "../../core/provider.ts";
import { completeName, constraintKey, type PoetryDependency } from "./dependency.ts";

export interface PackageEntry {
  /** Normalised; empty for the project itself. */
  readonly name: string;
  readonly extras: readonly string[];
}

export class PoetryPackages {
  readonly #entries: PackageEntry[] = [{ name: "", extras: [] }];
  readonly #ids = new Map<string, PackageId>();
  readonly #dependencies: PoetryDependency[] = [];
  readonly #keys = new Map<string, number>();
  /** The same object is asked about at every look ahead. */
  readonly #numbers = new WeakMap<PoetryDependency, Dependency>();

  entry(id: PackageId): PackageEntry {
    const entry = this.#entries[id];
    if (entry === undefined) throw new Error(`no package has the number ${id}`);
    return entry;
  }

  id(dependency: PoetryDependency): PackageId {
    const name = completeName(dependency);
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const id = this.#entries.push({ name: dependency.name, extras: dependency.extras }) - 1;
    this.#ids.set(name, id);
    return id;
  }

  /** The dependency for the core; equal ones of one place share a number. */
  number(dependency: PoetryDependency): Dependency {
    const known = this.#numbers.get(dependency);
    if (known !== undefined) return known;
    const number = this.#newNumber(dependency);
    this.#numbers.set(dependency, number);
    return number;
  }

  #newNumber(dependency: PoetryDependency): Dependency {
    const id = this.id(dependency);
    const place = dependency.origin === null ? "" : `${dependency.origin.file}:${dependency.origin.line}`;
    const name = `${id}\0${constraintKey(dependency.constraint)}\0${place}`;
    const known = this.#keys.get(name);
    const key = known ?? this.#dependencies.push(dependency) - 1;
    this.#keys.set(name, key);
    return { kind: "requires", package: id, key };
  }

  dependency(key: number): PoetryDependency {
    const dependency = this.#dependencies[key];
    if (dependency === undefined) throw new Error(`no dependency has the number ${key}`);
    return dependency;
  }
}
