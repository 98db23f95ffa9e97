/** Simplifies a diagram where a condition is known to hold. */
import { alignSplits, ALWAYS_FALSE, ALWAYS_TRUE, compareVariables } from "./marker-diagram-store.ts";
import type { DiagramNode, DiagramSplit, DiagramStore, MarkerDiagram } from "./marker-diagram-store.ts";

/** An answer that the condition rules out: whatever follows from it may be chosen freely. */
const FREE = -1 as MarkerDiagram;

/**
 * A diagram that agrees with `diagram` wherever `condition` holds, and asks fewer questions. Where nothing is said, the
 * neighbouring answer is taken, so that bounds which the condition implies disappear.
 */
export function simplifyUnder(store: DiagramStore, diagram: MarkerDiagram, condition: MarkerDiagram): MarkerDiagram {
  const done = new Map<string, MarkerDiagram>();
  const visit = (current: MarkerDiagram, known: MarkerDiagram): MarkerDiagram => {
    if (known === ALWAYS_FALSE) return FREE;
    const node = store.node(current);
    if (node === null || known === ALWAYS_TRUE) return current;
    const key = `${current},${known}`;
    const cached = done.get(key);
    if (cached !== undefined) return cached;
    const result = step(current, node, known);
    done.set(key, result);
    return result;
  };
  const step = (current: MarkerDiagram, node: DiagramNode, known: MarkerDiagram): MarkerDiagram => {
    const condition = store.node(known);
    if (condition === null) throw new Error("constants are handled before this");
    const order = compareVariables(node.variable, condition.variable);
    if (order > 0) {
      // The diagram does not ask this question: any answer that the condition leaves open will do.
      const open = condition.split.children.reduce((all, child) => store.or(all, child), ALWAYS_FALSE);
      return visit(current, open);
    }
    if (order < 0) {
      const children = node.split.children.map((child) => visit(child, known));
      return store.build(node.variable, { ...node.split, children });
    }
    return store.build(node.variable, fillFree(alignSplits(node.split, condition.split, visit)));
  };
  const result = visit(diagram, condition);
  return result === FREE ? ALWAYS_FALSE : result;
}

/** Gives every free answer the child of a neighbour (of strings: of the values that are not named). */
function fillFree(split: DiagramSplit): DiagramSplit {
  const decided = split.children.filter((child) => child !== FREE);
  const first = decided[0] ?? ALWAYS_FALSE;
  if (split.kind === "string") {
    const rest = split.children.at(-1) ?? FREE;
    const fallback = rest === FREE ? first : rest;
    return { ...split, children: split.children.map((child) => (child === FREE ? fallback : child)) };
  }
  let previous = first;
  const children = split.children.map((child) => {
    if (child !== FREE) previous = child;
    return previous;
  });
  return { ...split, children };
}
