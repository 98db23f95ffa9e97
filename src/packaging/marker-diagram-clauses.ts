/** Writes a diagram as a disjunction of conjunctions of comparisons. */
import { atomOfTextVariable, isExtraVariable } from "./marker-diagram-atoms.ts";
import { compareReleases } from "./marker-diagram-cuts.ts";
import type { ReleaseCut } from "./marker-diagram-cuts.ts";
import { ALWAYS_FALSE, ALWAYS_TRUE } from "./marker-diagram-store.ts";
import type { DiagramNode, DiagramSplit, DiagramStore, MarkerDiagram } from "./marker-diagram-store.ts";
import type { MarkerComparison, MarkerExpression, MarkerOperator } from "./marker-syntax.ts";

/** What the writer asks of the algebra: the same meaning on every possible platform. */
export interface ClauseAlgebra {
  fromExpression(expression: MarkerExpression): MarkerDiagram;
  and(left: MarkerDiagram, right: MarkerDiagram): MarkerDiagram;
  or(left: MarkerDiagram, right: MarkerDiagram): MarkerDiagram;
  implies(condition: MarkerDiagram, consequence: MarkerDiagram): boolean;
}

export type Clause = readonly MarkerComparison[];

/** The clauses of a diagram that is neither always true nor always false, none of them and no literal redundant. */
export function diagramClauses(algebra: ClauseAlgebra, store: DiagramStore, diagram: MarkerDiagram): readonly Clause[] {
  const paths: Clause[] = [];
  collectPaths(store, diagram, [], paths);
  const shortened = paths.map((clause) => shortenClause(algebra, clause, diagram));
  return dropCovered(algebra, shortened);
}

function collectPaths(store: DiagramStore, diagram: MarkerDiagram, path: Clause, paths: Clause[]): void {
  if (diagram === ALWAYS_FALSE) return;
  const node = store.node(diagram);
  if (node === null) {
    paths.push(path);
    return;
  }
  const targets = [...new Set(node.split.children)];
  for (const target of targets) {
    for (const literals of literalsTo(node, target)) collectPaths(store, target, [...path, ...literals], paths);
  }
}

/** The conjunctions of comparisons that lead from a node to `target`. */
function literalsTo(node: DiagramNode, target: MarkerDiagram): readonly Clause[] {
  const { variable, split } = node;
  if (split.kind === "boolean") {
    const yes = split.children[1] === target;
    if (isExtraVariable(variable)) return [[compare("extra", yes ? "==" : "!=", variable.key)]];
    const atom = atomOfTextVariable(variable);
    return [[yes ? atom : negated(atom)]];
  }
  if (split.kind === "string") {
    if (split.children.at(-1) === target) {
      const others = split.values.filter((_, index) => split.children[index] !== target);
      return [others.map((value) => compare(variable.key, "!=", value))];
    }
    const values = split.values.filter((_, index) => split.children[index] === target);
    return values.map((value) => [compare(variable.key, "==", value)]);
  }
  return releaseLiterals(variable.key, split, target);
}

function negated(atom: MarkerComparison): MarkerComparison {
  const opposite: Partial<Record<MarkerOperator, MarkerOperator>> = {
    "==": "!=",
    in: "not in",
    "<": ">=",
    ">": "<=",
    "<=": ">",
    ">=": "<",
    "===": "!=",
  };
  const operator = opposite[atom.operator];
  if (operator === undefined) throw new Error(`${atom.operator} has no opposite among the operators`);
  return { ...atom, operator };
}

type ReleaseSplit = DiagramSplit & { kind: "release" };

function releaseLiterals(variable: string, split: ReleaseSplit, target: MarkerDiagram): readonly Clause[] {
  const clauses: Clause[] = [];
  let index = 0;
  while (index < split.children.length) {
    if (split.children[index] !== target) {
      index += 1;
      continue;
    }
    const lower = split.cuts[index - 1] ?? null;
    const holes: MarkerComparison[] = [];
    // A gap of one release is written as an exclusion, not as two ranges.
    while (split.children[index + 2] === target && isPoint(split.cuts[index], split.cuts[index + 1])) {
      holes.push(compare(variable, "!=", releaseText(split.cuts[index])));
      index += 2;
    }
    clauses.push([...boundLiterals(variable, lower, split.cuts[index] ?? null), ...holes]);
    index += 1;
  }
  return clauses;
}

function isPoint(lower: ReleaseCut | undefined, upper: ReleaseCut | undefined): boolean {
  if (lower === undefined || upper === undefined) return false;
  return !lower.after && upper.after && compareReleases(lower.release, upper.release) === 0;
}

function boundLiterals(variable: string, lower: ReleaseCut | null, upper: ReleaseCut | null): Clause {
  if (lower !== null && upper !== null) {
    if (isPoint(lower, upper)) return [compare(variable, "==", releaseText(lower))];
    const prefix = commonPrefix(lower, upper);
    if (prefix !== null) return [compare(variable, "==", `${prefix.join(".")}.*`)];
  }
  const literals: MarkerComparison[] = [];
  if (lower !== null) literals.push(compare(variable, lower.after ? ">" : ">=", releaseText(lower)));
  if (upper !== null) literals.push(compare(variable, upper.after ? "<=" : "<", releaseText(upper)));
  return literals;
}

/** `3.8` for the releases from 3.8 up to 3.9, else null. */
function commonPrefix(lower: ReleaseCut, upper: ReleaseCut): readonly number[] | null {
  if (lower.after || upper.after) return null;
  const length = upper.release.length;
  if (length < 1 || lower.release.length > length) return null;
  const prefix = upper.release.map((part, index) => (index === length - 1 ? part - 1 : part));
  return compareReleases(prefix, lower.release) === 0 ? prefix : null;
}

function releaseText(cut: ReleaseCut | undefined): string {
  const release = cut?.release ?? [];
  const padded = release.length < 2 ? [...release, 0, 0].slice(0, 2) : release;
  return padded.join(".");
}

function compare(variable: string, operator: MarkerOperator, value: string): MarkerComparison {
  return { kind: "compare", variable: variable as MarkerComparison["variable"], operator, value, reversed: false };
}

function meaningOf(algebra: ClauseAlgebra, clause: Clause, start: MarkerDiagram): MarkerDiagram {
  return clause.reduce((all, literal) => algebra.and(all, algebra.fromExpression(literal)), start);
}

/** Leaves out every literal without which the clause still implies the whole. */
function shortenClause(algebra: ClauseAlgebra, clause: Clause, whole: MarkerDiagram): Clause {
  let kept = clause;
  for (const literal of clause) {
    const shorter = kept.filter((other) => other !== literal);
    if (shorter.length > 0 && algebra.implies(meaningOf(algebra, shorter, ALWAYS_TRUE), whole)) kept = shorter;
  }
  return kept;
}

/** Leaves out every clause that the others together imply; later ones go first. */
function dropCovered(algebra: ClauseAlgebra, clauses: readonly Clause[]): readonly Clause[] {
  const kept = clauses.map((clause) => ({ clause, meaning: meaningOf(algebra, clause, ALWAYS_TRUE) }));
  for (let index = kept.length - 1; index >= 0 && kept.length > 1; index -= 1) {
    const entry = kept[index];
    if (entry === undefined) continue;
    const rest = kept
      .filter((other) => other !== entry)
      .reduce((all, other) => algebra.or(all, other.meaning), ALWAYS_FALSE);
    if (algebra.implies(entry.meaning, rest)) kept.splice(index, 1);
  }
  return kept.map(({ clause }) => clause);
}
