/**
 * Markers as decision diagrams: two markers that mean the same are the same diagram, so that implication, disjointness
 * and emptiness are exact. Dependency specifiers, PEP 508 as amended in January 2026.
 */
import { atomOfTextVariable, diagramOfAtom, isExtraVariable, releaseDiagram } from "./marker-diagram-atoms.ts";
import { diagramClauses } from "./marker-diagram-clauses.ts";
import { compareCuts } from "./marker-diagram-cuts.ts";
import { simplifyUnder } from "./marker-diagram-simplify.ts";
import { ALWAYS_FALSE, ALWAYS_TRUE, DiagramStore } from "./marker-diagram-store.ts";
import type { DiagramNode, MarkerDiagram } from "./marker-diagram-store.ts";
import { evaluateMarker, formatMarker, joinMarkers } from "./marker-syntax.ts";
import type { MarkerComparison, MarkerEnvironment, MarkerExpression, MarkerVariable } from "./marker-syntax.ts";
import { parseVersion } from "./pep440-version.ts";
import type { SpecifierSet } from "./specifier.ts";

export type { MarkerDiagram } from "./marker-diagram-store.ts";

/** `os_name` and `sys_platform` that never occur together. */
const IMPOSSIBLE_SYSTEMS: readonly (readonly [string, readonly string[]])[] = [
  ["nt", ["linux", "darwin", "ios"]],
  ["posix", ["win32"]],
];

/** Systems without a `sys_platform` of their own in this algebra, and the platforms that they are not. */
const OTHER_SYSTEMS = ["FreeBSD", "NetBSD", "OpenBSD", "SunOS", "iOS", "iPadOS"] as const;
const PLATFORMS = ["aix", "android", "emscripten", "ios", "linux", "darwin", "win32", "cygwin", "wasi"] as const;

/**
 * Markers of one resolution. A diagram is only of use with the algebra that made it; nothing is shared between
 * algebras, so that one can be thrown away whole.
 *
 * Python versions are decided on final releases: a prerelease of the interpreter counts as its release.
 */
export class MarkerAlgebra {
  readonly anything: MarkerDiagram = ALWAYS_TRUE;
  readonly nothing: MarkerDiagram = ALWAYS_FALSE;
  readonly #store = new DiagramStore();
  /** Every combination of values that some real platform could have. */
  readonly #possible: MarkerDiagram;

  constructor() {
    this.#possible = this.not(this.#impossible());
  }

  /** The diagram of a marker; null, no marker, is always true. */
  fromExpression(expression: MarkerExpression | null): MarkerDiagram {
    if (expression === null) return ALWAYS_TRUE;
    if (expression.kind === "compare") return diagramOfAtom(this.#store, expression);
    let result: MarkerDiagram = expression.kind === "and" ? ALWAYS_TRUE : ALWAYS_FALSE;
    for (const part of expression.parts) {
      const diagram = this.fromExpression(part);
      result = expression.kind === "and" ? this.and(result, diagram) : this.or(result, diagram);
    }
    return result;
  }

  /** The interpreters that a `Requires-Python` allows. `===` is no release range and allows everything. */
  fromRequiresPython(requiresPython: SpecifierSet): MarkerDiagram {
    let result: MarkerDiagram = ALWAYS_TRUE;
    for (const specifier of requiresPython.specifiers) {
      if (specifier.operator === "===") continue;
      result = this.and(result, releaseDiagram(this.#store, "python_full_version", specifier));
    }
    return result;
  }

  and(left: MarkerDiagram, right: MarkerDiagram): MarkerDiagram {
    return this.#store.and(left, right);
  }

  or(left: MarkerDiagram, right: MarkerDiagram): MarkerDiagram {
    return this.#store.or(left, right);
  }

  not(diagram: MarkerDiagram): MarkerDiagram {
    return this.#store.not(diagram);
  }

  /** Whether it holds on every possible platform. */
  isTrue(diagram: MarkerDiagram): boolean {
    return this.isFalse(this.not(diagram));
  }

  /** Whether it holds on no possible platform (`os_name == "nt" and sys_platform == "linux"` does not). */
  isFalse(diagram: MarkerDiagram): boolean {
    return this.and(diagram, this.#possible) === ALWAYS_FALSE;
  }

  /** Whether no possible platform meets both. */
  isDisjoint(left: MarkerDiagram, right: MarkerDiagram): boolean {
    return this.isFalse(this.and(left, right));
  }

  /** Whether every possible platform that meets `condition` meets `consequence`. */
  implies(condition: MarkerDiagram, consequence: MarkerDiagram): boolean {
    return this.isDisjoint(condition, this.not(consequence));
  }

  /** Both the marker and the Python range (of `fromRequiresPython`). */
  restrictPython(diagram: MarkerDiagram, requiresPython: SpecifierSet): MarkerDiagram {
    return this.and(diagram, this.fromRequiresPython(requiresPython));
  }

  /**
   * A simpler diagram that says the same wherever `condition` holds, and anything elsewhere: what requires-python
   * already implies is left out.
   */
  assuming(diagram: MarkerDiagram, condition: MarkerDiagram): MarkerDiagram {
    return simplifyUnder(this.#store, diagram, condition);
  }

  /** The diagram with the given extras taken as asked for, and all others as not. */
  withExtras(diagram: MarkerDiagram, extras: ReadonlySet<string>): MarkerDiagram {
    return this.#decideExtras(diagram, (extra) => extras.has(extra));
  }

  /** The diagram with the given extras decided, and all others left open. */
  decidingExtras(diagram: MarkerDiagram, decided: ReadonlyMap<string, boolean>): MarkerDiagram {
    return this.#decideExtras(diagram, (extra) => decided.get(extra) ?? null);
  }

  /** Names of the extras that it depends on. */
  extrasOf(diagram: MarkerDiagram): ReadonlySet<string> {
    const found = new Set<string>();
    const seen = new Set<MarkerDiagram>();
    const visit = (current: MarkerDiagram) => {
      const node = this.#store.node(current);
      if (node === null || seen.has(current)) return;
      seen.add(current);
      if (isExtraVariable(node.variable)) found.add(node.variable.key);
      node.split.children.forEach(visit);
    };
    visit(diagram);
    return found;
  }

  /** Whether it holds in an environment; agrees with `evaluateMarker` on consistent environments of final releases. */
  evaluate(diagram: MarkerDiagram, environment: MarkerEnvironment, extras: ReadonlySet<string>): boolean {
    let current = diagram;
    for (let node = this.#store.node(current); node !== null; node = this.#store.node(current)) {
      current = node.split.children.at(answerTo(node, environment, extras)) ?? ALWAYS_FALSE;
    }
    return current === ALWAYS_TRUE;
  }

  /**
   * The marker in disjunctive normal form without redundant comparisons, `python_full_version` throughout.
   * @returns true or false where no comparison is left
   */
  toExpression(diagram: MarkerDiagram): MarkerExpression | boolean {
    if (this.isTrue(diagram)) return true;
    if (this.isFalse(diagram)) return false;
    const clauses = diagramClauses(this, this.#store, diagram);
    return (
      joinMarkers(
        "or",
        clauses.map((clause) => joinMarkers("and", clause)).filter((part) => part !== null),
      ) ?? true
    );
  }

  /** `toExpression` as text; null where it is always true, `"<empty>"` never occurs: false is `python_version < "0"`. */
  toText(diagram: MarkerDiagram, quote: "'" | '"' = "'"): string | null {
    const expression = this.toExpression(diagram);
    if (expression === true) return null;
    if (expression === false) return `python_version < ${quote}0${quote}`;
    if (expression.kind !== "or") return formatMarker(expression, quote);
    return expression.parts
      .map((part) => (part.kind === "and" ? `(${formatMarker(part, quote)})` : formatMarker(part, quote)))
      .join(" or ");
  }

  #decideExtras(diagram: MarkerDiagram, decide: (extra: string) => boolean | null): MarkerDiagram {
    const done = new Map<MarkerDiagram, MarkerDiagram>();
    const visit = (current: MarkerDiagram): MarkerDiagram => {
      const node = this.#store.node(current);
      if (node === null) return current;
      const known = done.get(current);
      if (known !== undefined) return known;
      const children = node.split.children.map(visit);
      const decision = isExtraVariable(node.variable) ? decide(node.variable.key) : null;
      const result =
        decision === null
          ? this.#store.build(node.variable, { ...node.split, children })
          : (children[decision ? 1 : 0] ?? ALWAYS_FALSE);
      done.set(current, result);
      return result;
    };
    return visit(diagram);
  }

  #impossible(): MarkerDiagram {
    let result: MarkerDiagram = ALWAYS_FALSE;
    const add = (first: MarkerComparison, second: MarkerComparison) => {
      const both = this.and(diagramOfAtom(this.#store, first), diagramOfAtom(this.#store, second));
      result = this.or(result, both);
    };
    for (const [osName, platforms] of IMPOSSIBLE_SYSTEMS) {
      for (const platform of platforms) add(equals("os_name", osName), equals("sys_platform", platform));
    }
    for (const system of OTHER_SYSTEMS) {
      for (const platform of PLATFORMS) {
        if (platform === "ios" && system.startsWith("iP")) continue;
        if (platform === "ios" && system === "iOS") continue;
        add(equals("platform_system", system), equals("sys_platform", platform));
      }
    }
    return result;
  }
}

function equals(variable: MarkerVariable, value: string): MarkerComparison {
  return { kind: "compare", variable, operator: "==", value, reversed: false };
}

/** Index of the child that an environment leads to; -1 is the last one. */
function answerTo(node: DiagramNode, environment: MarkerEnvironment, extras: ReadonlySet<string>): number {
  const { variable, split } = node;
  if (split.kind === "boolean") {
    if (isExtraVariable(variable)) return extras.has(variable.key) ? 1 : 0;
    return evaluateMarker(atomOfTextVariable(variable), environment, extras) ? 1 : 0;
  }
  const value = environment[variable.key as MarkerVariable];
  if (split.kind === "string") return split.values.indexOf(value);
  // An interpreter without a readable version meets no bound: it is taken as older than every release.
  const release = parseVersion(value)?.release ?? [];
  const behind = split.cuts.findIndex((cut) => compareCuts({ release, after: false }, cut) < 0);
  return behind === -1 ? split.cuts.length : behind;
}
