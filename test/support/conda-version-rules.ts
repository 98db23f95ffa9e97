/** The order of CEP 33 component by component, written without regard to speed, to check the order by key against. */

type Component = number | bigint | string;

const POST = Number.POSITIVE_INFINITY;

/** A version as CEP 33 takes it apart. */
export interface VersionByRules {
  readonly text: string;
  readonly main: readonly (readonly Component[])[];
  readonly local: readonly (readonly Component[])[];
}

/** Only for texts that are versions. */
export function readByRules(text: string): VersionByRules {
  const [whole = "", local] = text.trim().toLowerCase().split("+");
  const [first = "", second] = whole.split("!");
  const [epoch, main] = second === undefined ? ["0", first] : [first, second];
  const localSegments = local === undefined ? [] : segmentsOf(local);
  return { text, main: [[BigInt(epoch)], ...segmentsOf(main)], local: localSegments };
}

/** Negative, zero or positive. */
export function compareByRules(a: VersionByRules, b: VersionByRules): number {
  return compareParts(a.main, b.main) || compareParts(a.local, b.local);
}

function segmentsOf(text: string): Component[][] {
  const glued = text.replace(/[_-]$/, "~");
  return glued.split(/[._-]/).map((segment) => {
    const runs = [...segment.replace("~", "_").matchAll(/\d+|\D+/g)].map(([run]) => component(run));
    return typeof runs[0] === "bigint" ? runs : [0n, ...runs];
  });
}

function component(run: string): Component {
  if (/^\d/.test(run)) return BigInt(run);
  return run === "post" ? POST : run;
}

function compareParts(a: VersionByRules["main"], b: VersionByRules["main"]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const [left, right] = [a[index] ?? [], b[index] ?? []];
    for (let place = 0; place < Math.max(left.length, right.length); place += 1) {
      const order = compareComponents(left[place] ?? 0n, right[place] ?? 0n);
      if (order !== 0) return order;
    }
  }
  return 0;
}

function compareComponents(a: Component, b: Component): number {
  if (a === b) return 0;
  if (typeof a !== "string") return typeof b === "string" || a > b ? 1 : a < b ? -1 : 0;
  if (typeof b !== "string" || a === "dev") return -1;
  return b === "dev" || a > b ? 1 : -1;
}
