/** The shape of Poetry's version constraints. */
import type { Pep440Version } from "./pep440-version.ts";

/** One version, or a range between two (null is unbounded). */
export type PoetryRange =
  | { readonly kind: "version"; readonly version: Pep440Version }
  | {
      readonly kind: "range";
      readonly min: Pep440Version | null;
      readonly max: Pep440Version | null;
      readonly includeMin: boolean;
      readonly includeMax: boolean;
    };

/** Ranges of a union are in order and do not touch. */
export type PoetryConstraint =
  PoetryRange | { readonly kind: "empty" } | { readonly kind: "union"; readonly ranges: readonly PoetryRange[] };

export const ANY_CONSTRAINT: PoetryRange = {
  kind: "range",
  min: null,
  max: null,
  includeMin: false,
  includeMax: false,
};
export const EMPTY_CONSTRAINT: PoetryConstraint = { kind: "empty" };

export function minOf(range: PoetryRange): Pep440Version | null {
  return range.kind === "version" ? range.version : range.min;
}

export function maxOf(range: PoetryRange): Pep440Version | null {
  return range.kind === "version" ? range.version : range.max;
}

export function includesMin(range: PoetryRange): boolean {
  return range.kind === "version" || range.includeMin;
}

export function includesMax(range: PoetryRange): boolean {
  return range.kind === "version" || range.includeMax;
}

/** The ranges of a constraint, in order. */
export function rangesOf(constraint: PoetryConstraint): readonly PoetryRange[] {
  if (constraint.kind === "empty") return [];
  return constraint.kind === "union" ? constraint.ranges : [constraint];
}
