/** The steps by which Poetry simplifies conjunctions and disjunctions of markers. */
import { allowsAll } from "./poetry-constraint-algebra.ts";
import {
  ANY_MARKER,
  complexityOf,
  EMPTY_MARKER,
  flattenMarkers,
  includesMarker,
  isLikeSingle,
  joinPoetryMarkers,
  PYTHON_VARIABLES,
  type JoinedMarker,
  type MarkerOperations,
  type PoetryMarker,
} from "./poetry-marker-model.ts";

type Joint = "and" | "or";

/** What `and` and `or` differ in: everything else of the simplification is the same for both. */
interface Side {
  readonly joint: Joint;
  readonly inner: Joint;
  /** Changes nothing when joined. */
  readonly neutral: "any" | "empty";
  /** Decides everything when joined. */
  readonly dominant: "any" | "empty";
}

const SIDES: Readonly<Record<Joint, Side>> = {
  and: { joint: "and", inner: "or", neutral: "any", dominant: "empty" },
  or: { joint: "or", inner: "and", neutral: "empty", dominant: "any" },
};

function constant(kind: "any" | "empty"): PoetryMarker {
  return kind === "any" ? ANY_MARKER : EMPTY_MARKER;
}

/** Merges the parts of a conjunction (or disjunction) pairwise until nothing changes. */
export function simplifyJoined(
  operations: MarkerOperations,
  joint: Joint,
  markers: readonly PoetryMarker[],
): PoetryMarker {
  const side = SIDES[joint];
  let current = flattenMarkers(markers, joint);
  let previous: readonly PoetryMarker[] = [];
  while (!sameList(previous, current)) {
    previous = current;
    const next = mergeOnce(operations, side, previous);
    if (next === null) return constant(side.dominant);
    current = next;
  }
  if (current.some((marker) => marker.kind === side.dominant)) return constant(side.dominant);
  const [only] = current;
  if (only === undefined) return constant(side.neutral);
  return current.length === 1 ? only : joinPoetryMarkers(joint, current);
}

function sameList(left: readonly PoetryMarker[], right: readonly PoetryMarker[]): boolean {
  return left.length === right.length && left.every((marker, index) => marker.key === right[index]?.key);
}

/** One pass over the parts; null where the dominant constant came out. */
function mergeOnce(
  operations: MarkerOperations,
  side: Side,
  markers: readonly PoetryMarker[],
): readonly PoetryMarker[] | null {
  let merged: PoetryMarker[] = [];
  for (const marker of markers) {
    if (marker.kind === side.neutral || includesMarker(merged, marker)) continue;
    const place = mergeInto(operations, side, merged, marker);
    if (place === "dominant") return null;
    if (place === "merged") merged = [...flattenMarkers(merged, side.joint)];
    else merged.push(marker);
  }
  return merged;
}

/** Merges `marker` with the first of `merged` that takes it. */
function mergeInto(
  operations: MarkerOperations,
  side: Side,
  merged: PoetryMarker[],
  marker: PoetryMarker,
): "merged" | "dominant" | "apart" {
  for (const [index, known] of merged.entries()) {
    const joined = known.kind === side.inner ? known : marker.kind === side.inner ? marker : null;
    if (joined !== null) {
      const simpler = absorb(operations, side, joined, joined === known ? marker : known);
      if (simpler === null) continue;
      merged[index] = simpler;
      return "merged";
    }
    if (!isLikeSingle(known)) continue;
    const both = side.joint === "and" ? operations.intersect(known, marker) : operations.unite(known, marker);
    if (both.kind === side.dominant) return "dominant";
    if (isLikeSingle(both) || (side.joint === "or" && both.kind === "and" && isShort(both))) {
      merged[index] = both;
      return "merged";
    }
  }
  return "apart";
}

function isShort(marker: PoetryMarker): boolean {
  const [all, single] = complexityOf(marker);
  return all < 2 || (all === 2 && single <= 2);
}

/**
 * Joins a disjunction with another part of a conjunction (or the other way round) where one takes the other in, or
 * what they do not share becomes one comparison. Null where nothing is gained.
 */
function absorb(
  operations: MarkerOperations,
  side: Side,
  joined: JoinedMarker,
  other: PoetryMarker,
): PoetryMarker | null {
  if (includesMarker(joined.parts, other)) return other;
  if (other.kind === "single" && PYTHON_VARIABLES.has(other.name)) {
    const theirs = operations.pythonConstraint(other);
    for (const part of joined.parts) {
      if (part.kind !== "single" || !PYTHON_VARIABLES.has(part.name)) continue;
      const own = operations.pythonConstraint(part);
      if (side.joint === "and" ? allowsAll(own, theirs) : allowsAll(theirs, own)) return other;
    }
  }
  return other.kind === side.inner ? absorbJoined(operations, side, joined, other) : null;
}

function absorbJoined(
  operations: MarkerOperations,
  side: Side,
  joined: JoinedMarker,
  other: JoinedMarker,
): PoetryMarker | null {
  const own = joined.parts.filter((part) => !includesMarker(other.parts, part));
  if (own.length === 0) return joined;
  const theirs = other.parts.filter((part) => !includesMarker(joined.parts, part));
  if (theirs.length === 0) return other;
  const shared = joined.parts.filter((part) => includesMarker(other.parts, part));
  if (shared.length === 0) return null;
  const apart = [joinPoetryMarkers(side.inner, own), joinPoetryMarkers(side.inner, theirs)];
  const rest = side.joint === "and" ? operations.intersectAll(apart) : operations.uniteAll(apart);
  const isGain = isLikeSingle(rest) || rest.kind === side.dominant || (rest.kind === side.inner && isShort(rest));
  if (!isGain) return null;
  const common = joinPoetryMarkers(side.inner, shared);
  return side.joint === "and" ? operations.unite(rest, common) : operations.intersect(rest, common);
}
