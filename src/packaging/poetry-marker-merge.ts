/** Merges two comparisons of one variable into one, where Poetry does. */
import { intersectTexts, sameTextConstraint, uniteTexts, type TextConstraint } from "./poetry-generic-constraint.ts";
import type { PoetryConstraint } from "./poetry-constraint.ts";
import {
  intersectConstraints,
  isAnyConstraint,
  isSimpleConstraint,
  sameConstraint,
  unionConstraints,
} from "./poetry-constraint-algebra.ts";
import {
  ANY_MARKER,
  EMPTY_MARKER,
  formatPoetryMarker,
  joinPoetryMarkers,
  PYTHON_VARIABLES,
  sameMarker,
  type LikeSingle,
  type MarkerConstraint,
  type MarkerOperations,
  type PoetryMarker,
  type SingleMarker,
} from "./poetry-marker-model.ts";
import { makeAtomic, singleOfConstraint } from "./poetry-marker-single.ts";

export type Joint = "and" | "or";

/** @returns null where they stay apart */
export function mergeSingles(
  operations: MarkerOperations,
  left: LikeSingle,
  right: LikeSingle,
  joint: Joint,
): PoetryMarker | null {
  const bothPython = PYTHON_VARIABLES.has(left.name) && PYTHON_VARIABLES.has(right.name);
  if (left.name !== right.name) {
    if (!bothPython || left.kind !== "single" || right.kind !== "single") return null;
    return mergePythonVersions(operations, left, right, joint);
  }
  const merged = combine(left.constraint, right.constraint, joint);
  if (merged === null) return null;
  if (isEmpty(merged)) return EMPTY_MARKER;
  if (isAny(merged)) return ANY_MARKER;
  if (isSame(merged, left.constraint)) return left;
  if (isSame(merged, right.constraint)) return right;
  if (merged.of === "texts") return mergedTexts(left.name, merged);
  if (isSimpleConstraint(merged.value)) return singleOfConstraint(left.name, merged);
  return left.name === "python_version" ? mergedPython(operations, [left, right], merged.value, joint) : null;
}

function combine(left: MarkerConstraint, right: MarkerConstraint, joint: Joint): MarkerConstraint | null {
  if (left.of === "texts" && right.of === "texts") {
    const value = joint === "and" ? intersectTexts(left.value, right.value) : uniteTexts(left.value, right.value);
    return { of: "texts", value };
  }
  if (left.of !== "versions" || right.of !== "versions") return null;
  const combined = joint === "and" ? intersectConstraints : unionConstraints;
  return { of: "versions", value: combined(left.value, right.value) };
}

function isEmpty(constraint: MarkerConstraint): boolean {
  return constraint.value.kind === "empty";
}

function isAny(constraint: MarkerConstraint): boolean {
  return constraint.of === "versions" ? isAnyConstraint(constraint.value) : constraint.value.kind === "any";
}

function isSame(left: MarkerConstraint, right: MarkerConstraint): boolean {
  if (left.of === "versions") return right.of === "versions" && sameConstraint(left.value, right.value);
  return right.of === "texts" && sameTextConstraint(left.value, right.value);
}

function mergedTexts(name: string, merged: MarkerConstraint & { of: "texts" }): PoetryMarker | null {
  const { value } = merged;
  if (value.kind === "one") return singleOfConstraint(name, merged);
  const operators = (positive: string) => (name === "extra" ? ["==", "!="] : [positive]);
  if (value.kind === "some" && haveOperators(value.parts, operators("==")))
    return makeAtomic("atomic-or", name, merged);
  if (value.kind === "all" && haveOperators(value.parts, operators("!=")))
    return makeAtomic("atomic-and", name, merged);
  return null;
}

function haveOperators(parts: readonly TextConstraint[], operators: readonly string[]): boolean {
  return parts.every((part) => part.kind === "one" && operators.includes(part.operator));
}

function versions(value: PoetryConstraint): MarkerConstraint {
  return { of: "versions", value };
}

function mergedPython(
  operations: MarkerOperations,
  [left, right]: readonly [LikeSingle, LikeSingle],
  merged: PoetryConstraint,
  joint: Joint,
): PoetryMarker | null {
  const leftPython = operations.pythonConstraint(left);
  const rightPython = operations.pythonConstraint(right);
  if (joint === "and") {
    if (merged.kind !== "range") return null;
    // `>= "3.8" and < "3.9"` is `== "3.8"`; `> "3.8" and < "3.9"` leaves nothing.
    const candidate = merged.min === null ? null : operations.parse(`${left.name} == "${merged.min.text}"`);
    if (candidate !== null && sameConstraint(operations.pythonConstraint(candidate), merged)) return candidate;
    return intersectConstraints(leftPython, rightPython).kind === "empty" ? EMPTY_MARKER : null;
  }
  if (merged.kind !== "union") return null;
  const united = unionConstraints(leftPython, rightPython);
  if (isAnyConstraint(united)) return ANY_MARKER;
  if (isSimpleConstraint(united)) return singleOfConstraint(left.name, versions(united));
  if (united.kind !== "range") return null;
  const lower = singleOfConstraint(left.name, versions({ ...united, max: null, includeMax: false }));
  const upper = singleOfConstraint(left.name, versions({ ...united, min: null, includeMin: false }));
  return lower === null || upper === null ? null : joinPoetryMarkers("and", [lower, upper]);
}

/** `python_version` with `python_full_version`: the former is taken for the full versions that it stands for. */
function mergePythonVersions(
  operations: MarkerOperations,
  left: SingleMarker,
  right: SingleMarker,
  joint: Joint,
): PoetryMarker | null {
  const [short, full] = left.name === "python_version" ? [left, right] : [right, left];
  const normalized = singleOfConstraint("python_full_version", versions(operations.pythonConstraint(short)));
  if (normalized === null) return null;
  const merged = mergeSingles(operations, normalized, full, joint);
  if (merged === null || merged.kind !== "single") return merged;
  if (sameMarker(merged, normalized)) return short;
  return operations.parse(withFittingPrecision(merged));
}

/** The full version with three parts, or the short one where `<` and `>=` need no more. */
function withFittingPrecision(marker: SingleMarker): string {
  const text = formatPoetryMarker(marker);
  const precision = text.split(".").length;
  const isHalfOpen = marker.operator === "<" || marker.operator === ">=";
  const asShort = text.replaceAll("python_full_version", "python_version");
  if (precision < 3) {
    const zeros = ".0".repeat((isHalfOpen ? 2 : 3) - precision);
    return `${(isHalfOpen ? asShort : text).slice(0, -1)}${zeros}"`;
  }
  if (precision === 3 && isHalfOpen && text.endsWith('.0"')) return `${asShort.slice(0, -3)}"`;
  return text;
}
