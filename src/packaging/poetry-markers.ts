/**
 * Markers as Poetry combines and writes them. What a marker means is the business of the decision diagram; this is for
 * texts that must be those that Poetry would write, step by step.
 */
import { MarkerReader } from "./marker-reader.ts";
import type { PoetryConstraint } from "./poetry-constraint.ts";
import { formatPoetryConstraint } from "./poetry-constraint.ts";
import { allowsAll, allowsAny } from "./poetry-constraint-algebra.ts";
import { invertText } from "./poetry-generic-constraint.ts";
import { mergeSingles, type Joint } from "./poetry-marker-merge.ts";
import {
  ANY_MARKER,
  complexityOf,
  EMPTY_MARKER,
  isJoined,
  isLikeSingle,
  joinPoetryMarkers,
  PYTHON_VARIABLES,
  sameMarker,
  type JoinedMarker,
  type LikeSingle,
  type MarkerOperations,
  type PoetryMarker,
  type SingleMarker,
} from "./poetry-marker-model.ts";
import { nestedMarkerText, onlyVariables, pythonConstraintOf } from "./poetry-marker-python.ts";
import { simplifyJoined } from "./poetry-marker-simplify.ts";
import { makeAtomic, makeSingle } from "./poetry-marker-single.ts";
import { readPoetryMarker } from "./poetry-marker-syntax.ts";

export { ANY_MARKER, EMPTY_MARKER, formatPoetryMarker } from "./poetry-marker-model.ts";
export type { PoetryMarker } from "./poetry-marker-model.ts";

/** Says that a simplification came back to itself; the caller then goes without it. */
class Circle extends Error {}

const OPPOSITES: Readonly<Record<string, string>> = {
  "===": "!=",
  "==": "!=",
  "!=": "==",
  ">": "<=",
  ">=": "<",
  "<": ">=",
  "<=": ">",
  in: "not in",
  "not in": "in",
};

/** Poetry's markers and everything that was found out about them; make one for each resolution. */
export class PoetryMarkers implements MarkerOperations {
  readonly #parsed = new Map<string, PoetryMarker | null>();
  readonly #normalForms = new Map<string, PoetryMarker>();
  readonly #merged = new Map<string, PoetryMarker | null>();
  readonly #joined = new Map<string, PoetryMarker>();
  readonly #python = new Map<string, PoetryConstraint>();
  readonly #reduced = new Map<string, PoetryMarker>();
  /** Simplifications under way, to notice circles. */
  readonly #underWay: Record<Joint, Set<string>> = { and: new Set(), or: new Set() };

  /** @returns null for a text that Poetry refuses */
  parse(text: string): PoetryMarker | null {
    if (text === "<empty>") return EMPTY_MARKER;
    if (text === "" || text === "*") return ANY_MARKER;
    const known = this.#parsed.get(text);
    if (known !== undefined) return known;
    const alternatives = readPoetryMarker(new MarkerReader(text, 0));
    const marker = alternatives === null ? null : this.uniteAll(alternatives);
    this.#parsed.set(text, marker);
    return marker;
  }

  intersect(left: PoetryMarker, right: PoetryMarker): PoetryMarker {
    return this.#pair("and", left, right);
  }

  unite(left: PoetryMarker, right: PoetryMarker): PoetryMarker {
    return this.#pair("or", left, right);
  }

  readonly intersectAll = (markers: readonly PoetryMarker[]): PoetryMarker => this.#join("and", markers);

  readonly uniteAll = (markers: readonly PoetryMarker[]): PoetryMarker => this.#join("or", markers);

  conjunction(markers: readonly PoetryMarker[]): PoetryMarker {
    return simplifyJoined(this, "and", markers);
  }

  disjunction(markers: readonly PoetryMarker[]): PoetryMarker {
    return simplifyJoined(this, "or", markers);
  }

  dnf(marker: PoetryMarker): PoetryMarker {
    return this.#normalForm("or", marker);
  }

  pythonConstraint(marker: PoetryMarker): PoetryConstraint {
    const known = this.#python.get(marker.key);
    if (known !== undefined) return known;
    const constraint = pythonConstraintOf(this, marker);
    this.#python.set(marker.key, constraint);
    return constraint;
  }

  /** The opposite, not simplified beyond its single comparisons. */
  invert(marker: PoetryMarker): PoetryMarker {
    switch (marker.kind) {
      case "any":
        return EMPTY_MARKER;
      case "empty":
        return ANY_MARKER;
      case "single":
        return this.#invertSingle(marker);
      case "atomic-and":
      case "atomic-or": {
        const value = invertText(marker.constraint.value);
        return makeAtomic(marker.kind === "atomic-and" ? "atomic-or" : "atomic-and", marker.name, {
          of: "texts",
          value,
        });
      }
      case "and":
      case "or":
        return joinPoetryMarkers(
          marker.kind === "and" ? "or" : "and",
          marker.parts.map((part) => this.invert(part)),
        );
    }
  }

  /** The marker without what it says of extras. */
  withoutExtras(marker: PoetryMarker): PoetryMarker {
    if (isLikeSingle(marker)) return marker.name === "extra" ? ANY_MARKER : marker;
    if (!isJoined(marker)) return marker;
    const parts = marker.parts
      .filter((part) => !isLikeSingle(part) || part.name !== "extra")
      .map((part) => this.withoutExtras(part));
    if (marker.kind === "and") return this.intersectAll(parts.filter((part) => part.kind !== "empty"));
    return parts.length === 0 ? ANY_MARKER : this.uniteAll(parts);
  }

  /** The marker without all but the given variables. */
  only(marker: PoetryMarker, ...names: readonly string[]): PoetryMarker {
    return onlyVariables(this, marker, new Set(names));
  }

  /** The marker without what a constraint on Python already says. */
  reduceByPython(marker: PoetryMarker, python: PoetryConstraint): PoetryMarker {
    const key = `${formatPoetryConstraint(python)}\0${marker.key}`;
    const known = this.#reduced.get(key);
    if (known !== undefined) return known;
    const reduced = this.#reduce(marker, python);
    this.#reduced.set(key, reduced);
    return reduced;
  }

  #reduce(marker: PoetryMarker, python: PoetryConstraint): PoetryMarker {
    if (marker.kind === "single" && PYTHON_VARIABLES.has(marker.name)) return this.#reduceSingle(marker, python);
    if (marker.kind !== "and" && marker.kind !== "or") return marker;
    if (marker.kind === "or" && (python.kind === "range" || python.kind === "union")) {
      const pythonOnly = marker.parts.filter((part) => sameMarker(part, onlyVariables(this, part, PYTHON_VARIABLES)));
      if (allowsAll(this.pythonConstraint(this.disjunction(pythonOnly)), python)) return ANY_MARKER;
    }
    const parts = marker.parts.map((part) => this.reduceByPython(part, python));
    return marker.kind === "and" ? this.conjunction(parts) : this.disjunction(parts);
  }

  #reduceSingle(marker: SingleMarker, python: PoetryConstraint): PoetryMarker {
    const constraint = this.pythonConstraint(marker);
    if (allowsAll(constraint, python)) return ANY_MARKER;
    if (!allowsAny(constraint, python)) return EMPTY_MARKER;
    const range = this.parse(nestedMarkerText("python_version", python));
    const both = range === null ? marker : this.intersect(marker, range);
    return both.kind === "single" ? both : marker;
  }

  #invertSingle(marker: SingleMarker): PoetryMarker {
    const { name, operator, value, constraint } = marker;
    if (operator === "~=" && constraint.of === "versions" && constraint.value.kind === "range") {
      const { min, max } = constraint.value;
      const bounds = [
        makeSingle(name, `>= ${min?.text ?? ""}`, false),
        makeSingle(name, `< ${max?.text ?? ""}`, false),
      ];
      return this.invert(
        joinPoetryMarkers(
          "and",
          bounds.filter((bound) => bound !== null),
        ),
      );
    }
    const opposite = OPPOSITES[operator] ?? operator;
    const text = marker.swapped ? `"${value}" ${opposite} ${name}` : `${name} ${opposite} "${value}"`;
    const inverted = this.parse(text);
    if (inverted === null) throw new Error(`${text} is the opposite of a marker that was read, and cannot be read`);
    return inverted;
  }

  #pair(joint: Joint, left: PoetryMarker, right: PoetryMarker): PoetryMarker {
    const neutral = joint === "and" ? "any" : "empty";
    if (left.kind === "any" || left.kind === "empty") return left.kind === neutral ? right : left;
    if (!isLikeSingle(left)) return this.#join(joint, [left, right]);
    if (right.kind === "any" || right.kind === "empty") return right.kind === neutral ? left : right;
    if (!isLikeSingle(right)) return this.#join(joint, [right, left]);
    return this.#merge(left, right, joint) ?? joinPoetryMarkers(joint, [left, right]);
  }

  #merge(left: LikeSingle, right: LikeSingle, joint: Joint): PoetryMarker | null {
    const key = `${joint}\u0002${left.key}\u0002${right.key}`;
    const known = this.#merged.get(key);
    if (known !== undefined) return known;
    const merged = mergeSingles(this, left, right, joint);
    this.#merged.set(key, merged);
    return merged;
  }

  /** Normalises a conjunction or disjunction in both ways, and keeps the least complicated of what came out. */
  #join(joint: Joint, markers: readonly PoetryMarker[]): PoetryMarker {
    const key = markers.map((marker) => marker.key).join("\u0003");
    const underWay = this.#underWay[joint];
    if (underWay.has(key)) throw new Circle();
    const isOutermost = this.#underWay.and.size + this.#underWay.or.size === 0;
    const known = isOutermost ? this.#joined.get(joint + key) : undefined;
    if (known !== undefined) return known;
    underWay.add(key);
    try {
      const result = this.#leastComplicated(joint, joinPoetryMarkers(joint, markers));
      if (isOutermost) this.#joined.set(joint + key, result);
      return result;
    } finally {
      underWay.delete(key);
    }
  }

  #leastComplicated(joint: Joint, joined: JoinedMarker): PoetryMarker {
    let unnormalized: PoetryMarker = joined;
    while ((unnormalized.kind === "and" || unnormalized.kind === "or") && unnormalized.parts.length === 1) {
      unnormalized = unnormalized.parts[0] ?? unnormalized;
    }
    const opposite = joint === "and" ? "or" : "and";
    const first = this.#normalForm(opposite, unnormalized);
    if (first.kind !== opposite) return first;
    const candidates: PoetryMarker[] = [first, unnormalized];
    try {
      const second = this.#normalForm(joint, first);
      if (second.kind !== joint) return second;
      candidates.splice(joint === "and" ? 1 : 0, 0, second);
    } catch (error) {
      if (!(error instanceof Circle)) throw error;
    }
    return candidates.reduce((best, candidate) => (isSimpler(candidate, best) ? candidate : best));
  }

  /** Disjunctive (`or`) or conjunctive (`and`) normal form, simplified on the way. */
  #normalForm(outer: Joint, marker: PoetryMarker): PoetryMarker {
    if (marker.kind !== "and" && marker.kind !== "or") return marker;
    const key = `${outer}\u0002${marker.key}`;
    const known = this.#normalForms.get(key);
    if (known !== undefined) return known;
    const inner = outer === "or" ? "and" : "or";
    const parts = marker.parts.map((part) => this.#normalForm(outer, part));
    const choices = marker.kind === outer ? parts : this.#distribute(outer, inner, parts);
    const result = simplifyJoined(this, outer, choices);
    this.#normalForms.set(key, result);
    return result;
  }

  /** One joined marker for every way to take one part of each; ways with the same parts count once. */
  #distribute(outer: Joint, inner: Joint, parts: readonly PoetryMarker[]): readonly PoetryMarker[] {
    let ways: readonly (readonly PoetryMarker[])[] = [[]];
    for (const part of parts) {
      const options = part.kind === outer ? part.parts : [part];
      ways = ways.flatMap((way) => options.map((option) => [...way, option]));
    }
    const unique = new Map<string, readonly PoetryMarker[]>();
    for (const way of ways) {
      const key = [...new Set(way.map((marker) => marker.key))].toSorted().join("\u0002");
      if (!unique.has(key)) unique.set(key, way);
    }
    return [...unique.values()].map((way) => simplifyJoined(this, inner, way));
  }
}

function isSimpler(left: PoetryMarker, right: PoetryMarker): boolean {
  const [leftAll, leftSingle] = complexityOf(left);
  const [rightAll, rightSingle] = complexityOf(right);
  return leftAll < rightAll || (leftAll === rightAll && leftSingle < rightSingle);
}
