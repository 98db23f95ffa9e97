/** Poetry's markers as values, and what their parts need of each other. */
import type { TextConstraint } from "./poetry-generic-constraint.ts";
import type { PoetryConstraint } from "./poetry-constraint.ts";

/** What a comparison allows: versions for the Python variables and `platform_release`, else texts. */
export type MarkerConstraint =
  | { readonly of: "versions"; readonly value: PoetryConstraint }
  | { readonly of: "texts"; readonly value: TextConstraint };

/** `name operator "value"`; `swapped`: `"value" operator name`. */
export interface SingleMarker {
  readonly kind: "single";
  readonly name: string;
  readonly operator: string;
  readonly value: string;
  readonly swapped: boolean;
  readonly constraint: MarkerConstraint;
  /** Equal markers have equal keys. */
  readonly key: string;
}

/** Several comparisons of one variable that stay together: all of them, or one of them. */
export interface AtomicMarker {
  readonly kind: "atomic-and" | "atomic-or";
  readonly name: string;
  readonly constraint: MarkerConstraint & { of: "texts" };
  readonly key: string;
}

export interface JoinedMarker {
  readonly kind: "and" | "or";
  readonly parts: readonly PoetryMarker[];
  readonly key: string;
}

export type LikeSingle = SingleMarker | AtomicMarker;
export type PoetryMarker = { readonly kind: "any" | "empty"; readonly key: string } | LikeSingle | JoinedMarker;

export const ANY_MARKER: PoetryMarker = { kind: "any", key: "any" };
export const EMPTY_MARKER: PoetryMarker = { kind: "empty", key: "empty" };

export const PYTHON_VARIABLES: ReadonlySet<string> = new Set(["python_version", "python_full_version"]);

export function isLikeSingle(marker: PoetryMarker): marker is LikeSingle {
  return marker.kind === "single" || marker.kind === "atomic-and" || marker.kind === "atomic-or";
}

export function isJoined(marker: PoetryMarker): marker is JoinedMarker {
  return marker.kind === "and" || marker.kind === "or";
}

export function sameMarker(left: PoetryMarker, right: PoetryMarker): boolean {
  return left.key === right.key;
}

export function includesMarker(list: readonly PoetryMarker[], marker: PoetryMarker): boolean {
  return list.some((item) => item.key === marker.key);
}

/** Takes the parts of parts of the same kind in, and leaves repetitions out. */
export function flattenMarkers(markers: readonly PoetryMarker[], kind: "and" | "or"): readonly PoetryMarker[] {
  const flat = new Map<string, PoetryMarker>();
  for (const marker of markers) {
    const parts = marker.kind === kind ? flattenMarkers(marker.parts, kind) : [marker];
    for (const part of parts) if (!flat.has(part.key)) flat.set(part.key, part);
  }
  return [...flat.values()];
}

/** A conjunction or disjunction as it stands, flattened but not simplified. */
export function joinPoetryMarkers(kind: "and" | "or", markers: readonly PoetryMarker[]): JoinedMarker {
  const parts = flattenMarkers(markers, kind);
  return { kind, parts, key: `${kind}(${parts.map((part) => part.key).join("\u0001")})` };
}

/** How complicated a marker is: comparisons counted each, then with those of one variable counted as one. */
export function complexityOf(marker: PoetryMarker): readonly [number, number] {
  if (marker.kind === "and" || marker.kind === "or") {
    const parts = marker.parts.map(complexityOf);
    return [parts.reduce((sum, [all]) => sum + all, 0), parts.reduce((sum, [, single]) => sum + single, 0)];
  }
  if (marker.kind === "atomic-and" || marker.kind === "atomic-or") {
    const { value } = marker.constraint;
    return [value.kind === "all" || value.kind === "some" ? value.parts.length : 1, 1];
  }
  return [1, 1];
}

/** The marker as Poetry writes it; `""` for any, `<empty>` for none. */
export function formatPoetryMarker(marker: PoetryMarker): string {
  switch (marker.kind) {
    case "any":
      return "";
    case "empty":
      return "<empty>";
    case "single": {
      const { name, operator, value } = marker;
      return marker.swapped ? `"${value}" ${operator} ${name}` : `${name} ${operator} "${value}"`;
    }
    case "atomic-and":
    case "atomic-or":
      return formatAtomic(marker);
    case "or":
      return marker.parts.map(formatPoetryMarker).join(" or ");
    case "and":
      return marker.parts
        .map((part) =>
          /^(?:single|and|atomic-and)$/.test(part.kind) ? formatPoetryMarker(part) : `(${formatPoetryMarker(part)})`,
        )
        .join(" and ");
  }
}

function formatAtomic({ name, kind, constraint }: AtomicMarker): string {
  const { value } = constraint;
  const parts = value.kind === "all" || value.kind === "some" ? value.parts : [];
  const texts = parts.map((part) => (part.kind === "one" ? `${name} ${part.operator} "${part.value}"` : ""));
  return texts.join(kind === "atomic-and" ? " and " : " or ");
}

/** The operations that call each other in circles; one object ties them together. */
export interface MarkerOperations {
  /** Null for a text that Poetry refuses. */
  parse(text: string): PoetryMarker | null;
  intersect(left: PoetryMarker, right: PoetryMarker): PoetryMarker;
  unite(left: PoetryMarker, right: PoetryMarker): PoetryMarker;
  /** Simplified union of any number. */
  uniteAll(markers: readonly PoetryMarker[]): PoetryMarker;
  /** Simplified intersection of any number. */
  intersectAll(markers: readonly PoetryMarker[]): PoetryMarker;
  /** Merges neighbours until nothing changes. */
  conjunction(markers: readonly PoetryMarker[]): PoetryMarker;
  disjunction(markers: readonly PoetryMarker[]): PoetryMarker;
  dnf(marker: PoetryMarker): PoetryMarker;
  /** The interpreters that a marker admits. */
  pythonConstraint(marker: PoetryMarker): PoetryConstraint;
}
