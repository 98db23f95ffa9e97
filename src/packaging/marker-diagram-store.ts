/** Interned reduced ordered decision diagrams over strings, releases and yes/no questions. */
import { compareCuts } from "./marker-diagram-cuts.ts";
import type { ReleaseCut } from "./marker-diagram-cuts.ts";

/** A diagram: a small number; equal numbers mean equal functions. Only of use with the store that gave it. */
export type MarkerDiagram = number & { readonly brand: "MarkerDiagram" };

/** One question of a diagram. The order of `rank`, then `key`, is the order of the questions on every path. */
export interface DiagramVariable {
  /** `string`: which value; `release`: between which cuts; `boolean`: no or yes. */
  readonly kind: "string" | "release" | "boolean";
  readonly rank: number;
  /** Unique per rank; names the question. */
  readonly key: string;
}

/** Children of a node: what follows from each answer. */
export type DiagramSplit =
  | { readonly kind: "string"; readonly values: readonly string[]; readonly children: readonly MarkerDiagram[] }
  | { readonly kind: "release"; readonly cuts: readonly ReleaseCut[]; readonly children: readonly MarkerDiagram[] }
  | { readonly kind: "boolean"; readonly children: readonly MarkerDiagram[] };

export interface DiagramNode {
  readonly variable: DiagramVariable;
  /** For strings the last child stands for every value not named; for releases there is one child more than cuts. */
  readonly split: DiagramSplit;
}

export const ALWAYS_FALSE = 0 as MarkerDiagram;
export const ALWAYS_TRUE = 1 as MarkerDiagram;

/** Keeps every node once, so that equality is identity and each pair is combined once. */
export class DiagramStore {
  readonly #nodes: (DiagramNode | null)[] = [null, null];
  readonly #ids = new Map<string, MarkerDiagram>();
  readonly #conjunctions = new Map<string, MarkerDiagram>();
  readonly #negations = new Map<MarkerDiagram, MarkerDiagram>();

  /** The node of a diagram; null for the two constants. */
  node(diagram: MarkerDiagram): DiagramNode | null {
    return this.#nodes[diagram] ?? null;
  }

  /** The diagram that asks `variable` and goes on as `split` says, reduced. */
  build(variable: DiagramVariable, split: DiagramSplit): MarkerDiagram {
    const reduced = reduceSplit(split);
    if (!("kind" in reduced)) return reduced.only;
    const key = `${variable.rank}\0${variable.key}\0${splitKey(reduced)}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#nodes.length as MarkerDiagram;
    this.#nodes.push({ variable, split: reduced });
    this.#ids.set(key, id);
    return id;
  }

  not(diagram: MarkerDiagram): MarkerDiagram {
    const node = this.node(diagram);
    if (node === null) return diagram === ALWAYS_TRUE ? ALWAYS_FALSE : ALWAYS_TRUE;
    const known = this.#negations.get(diagram);
    if (known !== undefined) return known;
    const children = node.split.children.map((child) => this.not(child));
    const result = this.build(node.variable, { ...node.split, children });
    this.#negations.set(diagram, result);
    this.#negations.set(result, diagram);
    return result;
  }

  and(left: MarkerDiagram, right: MarkerDiagram): MarkerDiagram {
    if (left === right || right === ALWAYS_TRUE) return left;
    if (left === ALWAYS_TRUE) return right;
    if (left === ALWAYS_FALSE || right === ALWAYS_FALSE) return ALWAYS_FALSE;
    const key = left < right ? `${left},${right}` : `${right},${left}`;
    const known = this.#conjunctions.get(key);
    if (known !== undefined) return known;
    const result = this.#combine(left, right);
    this.#conjunctions.set(key, result);
    return result;
  }

  or(left: MarkerDiagram, right: MarkerDiagram): MarkerDiagram {
    return this.not(this.and(this.not(left), this.not(right)));
  }

  #combine(left: MarkerDiagram, right: MarkerDiagram): MarkerDiagram {
    const leftNode = this.node(left);
    const rightNode = this.node(right);
    if (leftNode === null || rightNode === null) throw new Error("constants are combined before this");
    const order = compareVariables(leftNode.variable, rightNode.variable);
    if (order < 0) return this.#overChildren(leftNode, (child) => this.and(child, right));
    if (order > 0) return this.#overChildren(rightNode, (child) => this.and(left, child));
    return this.build(
      leftNode.variable,
      alignSplits(leftNode.split, rightNode.split, (one, other) => this.and(one, other)),
    );
  }

  #overChildren(node: DiagramNode, change: (child: MarkerDiagram) => MarkerDiagram): MarkerDiagram {
    return this.build(node.variable, { ...node.split, children: node.split.children.map(change) });
  }
}

export function compareVariables(left: DiagramVariable, right: DiagramVariable): number {
  if (left.rank !== right.rank) return left.rank - right.rank;
  if (left.key === right.key) return 0;
  return left.key < right.key ? -1 : 1;
}

/** The child for a value that is (or is not) named. */
function childOf(split: DiagramSplit & { kind: "string" }, value: string | null): MarkerDiagram {
  const index = value === null ? -1 : split.values.indexOf(value);
  return split.children.at(index) ?? ALWAYS_FALSE;
}

type Combine = (left: MarkerDiagram, right: MarkerDiagram) => MarkerDiagram;

export function alignSplits(left: DiagramSplit, right: DiagramSplit, combine: Combine): DiagramSplit {
  if (left.kind === "string" && right.kind === "string") {
    const values = [...new Set([...left.values, ...right.values])].toSorted();
    const children = [...values, null].map((value) => combine(childOf(left, value), childOf(right, value)));
    return { kind: "string", values, children };
  }
  if (left.kind === "release" && right.kind === "release") return alignCuts(left, right, combine);
  const children = left.children.map((child, index) => combine(child, right.children[index] ?? ALWAYS_FALSE));
  return { kind: "boolean", children };
}

type ReleaseSplit = DiagramSplit & { kind: "release" };

function alignCuts(left: ReleaseSplit, right: ReleaseSplit, combine: Combine): ReleaseSplit {
  const cuts: ReleaseCut[] = [];
  const children: MarkerDiagram[] = [];
  let leftIndex = 0;
  let rightIndex = 0;
  for (;;) {
    const leftChild = left.children[leftIndex] ?? ALWAYS_FALSE;
    children.push(combine(leftChild, right.children[rightIndex] ?? ALWAYS_FALSE));
    const leftCut = left.cuts[leftIndex];
    const rightCut = right.cuts[rightIndex];
    if (leftCut === undefined && rightCut === undefined) return { kind: "release", cuts, children };
    const order = leftCut === undefined ? 1 : rightCut === undefined ? -1 : compareCuts(leftCut, rightCut);
    const next = order <= 0 ? leftCut : rightCut;
    if (next !== undefined) cuts.push(next);
    if (order <= 0) leftIndex += 1;
    if (order >= 0) rightIndex += 1;
  }
}

/** Drops answers that change nothing; `only` when every answer leads to the same place. */
function reduceSplit(split: DiagramSplit): DiagramSplit | { readonly only: MarkerDiagram } {
  const last = split.children.at(-1) ?? ALWAYS_FALSE;
  if (split.children.every((child) => child === last)) return { only: last };
  if (split.kind === "string") {
    const kept = split.values.filter((_, index) => split.children[index] !== last);
    const children = split.children.filter((child, index) => index === split.values.length || child !== last);
    return { kind: "string", values: kept, children };
  }
  if (split.kind === "release") {
    const changes = (index: number) => split.children[index] !== split.children[index + 1];
    const cuts = split.cuts.filter((_, index) => changes(index));
    const children = split.children.filter((_, index) => index === split.cuts.length || changes(index));
    return { kind: "release", cuts, children };
  }
  return split;
}

function splitKey(split: DiagramSplit): string {
  const children = split.children.join(",");
  if (split.kind === "string") return `${JSON.stringify(split.values)}${children}`;
  if (split.kind === "release") {
    return `${split.cuts.map((cut) => `${cut.release.join(".")}${cut.after ? "+" : "-"}`).join(" ")};${children}`;
  }
  return children;
}
