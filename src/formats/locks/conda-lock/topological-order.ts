/** The order in which conda-lock lists packages for installation: conda's `toposort`, ties by name, cycles broken. */
import type { CondaLockPackage } from "./model.ts";

/**
 * Packages of one platform and manager, each after what it depends on; one that stands there for several categories keeps
 * its entries together. Level by level: first all that need nothing, by
 * name, then all that need only those. Where a cycle leaves none, the one with the fewest open dependencies goes first.
 */
export function topologicalOrder(packages: readonly CondaLockPackage[]): readonly CondaLockPackage[] {
  const byName = new Map(packages.map((entry) => [entry.name, entry]));
  const entries = Map.groupBy(packages, ({ name }) => name);
  const graph = makeGraph(byName);
  const ordered: CondaLockPackage[] = [];
  let level = [...graph.open].filter(([, count]) => count === 0).map(([name]) => name);
  const queue = new Queue(graph.open);
  while (graph.open.size > 0) {
    if (level.length === 0) level = [queue.take(graph.open)];
    const next: string[] = [];
    for (const name of level.sort(compare)) {
      graph.open.delete(name);
      ordered.push(...(entries.get(name) ?? []));
    }
    for (const name of level) {
      for (const dependent of graph.dependents.get(name) ?? []) {
        const count = graph.open.get(dependent);
        if (count === undefined) continue;
        graph.open.set(dependent, count - 1);
        queue.add(dependent, count - 1);
        if (count === 1) next.push(dependent);
      }
    }
    level = next;
  }
  return ordered;
}

interface Graph {
  /** Dependencies that have not had their turn, by name. */
  readonly open: Map<string, number>;
  readonly dependents: ReadonlyMap<string, readonly string[]>;
}

function makeGraph(byName: ReadonlyMap<string, CondaLockPackage>): Graph {
  const open = new Map<string, number>();
  const dependents = new Map<string, string[]>();
  for (const { name, dependencies } of byName.values()) {
    // pip depends on python and python on pip: python is installed first.
    const needed = [...dependencies.keys()].filter(
      (other) => other !== name && !(name === "python" && other === "pip"),
    );
    open.set(name, needed.length);
    for (const other of needed) {
      const list = dependents.get(other);
      if (list === undefined) dependents.set(other, [name]);
      else list.push(name);
    }
  }
  // Virtual packages and packages of the other manager take part and are listed nowhere.
  for (const name of dependents.keys()) if (!byName.has(name)) open.set(name, 0);
  return { open, dependents };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

interface Waiting {
  readonly name: string;
  readonly count: number;
}

/** A binary heap of names by the number of their open dependencies. A number that is no longer true is skipped. */
class Queue {
  readonly #heap: Waiting[] = [];

  constructor(open: ReadonlyMap<string, number>) {
    for (const [name, count] of open) this.add(name, count);
  }

  add(name: string, count: number): void {
    let place = this.#heap.push({ name, count }) - 1;
    while (place > 0 && this.#isBefore(place, (place - 1) >> 1)) {
      this.#swap(place, (place - 1) >> 1);
      place = (place - 1) >> 1;
    }
  }

  /** The name with the lowest number, the first by alphabet. */
  take(open: ReadonlyMap<string, number>): string {
    for (let first = this.#pop(); first !== undefined; first = this.#pop()) {
      if (open.get(first.name) === first.count) return first.name;
    }
    throw new RangeError("every open name is in the queue");
  }

  #pop(): Waiting | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return first;
    this.#heap[0] = last;
    let place = 0;
    for (;;) {
      const [left, right] = [2 * place + 1, 2 * place + 2];
      const least = this.#isBefore(right, left) ? right : left;
      if (!this.#isBefore(least, place)) return first;
      this.#swap(place, least);
      place = least;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a === undefined || b === undefined) return b === undefined && a !== undefined;
    return (a.count - b.count || compare(a.name, b.name)) < 0;
  }

  #swap(one: number, other: number): void {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a === undefined || b === undefined) return;
    this.#heap[one] = b;
    this.#heap[other] = a;
  }
}
