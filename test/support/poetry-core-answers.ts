/** Questions about Poetry's constraints and markers, and this program's answers to them. */
import {
  constraintAllows,
  formatPoetryConstraint,
  parsePoetryConstraint,
  type PoetryConstraint,
} from "#packaging/poetry-constraint.ts";
import {
  allowsAll,
  allowsAny,
  differenceOf,
  intersectConstraints,
  unionConstraints,
} from "#packaging/poetry-constraint-algebra.ts";
import { formatPoetryMarker, PoetryMarkers, type PoetryMarker } from "#packaging/poetry-markers.ts";
import { parseVersion } from "#packaging/pep440-version.ts";

export interface ConstraintQuestion {
  readonly kind: "constraint";
  readonly a: string;
  readonly b: string;
  readonly versions: readonly string[];
}

export interface MarkerQuestion {
  readonly kind: "marker";
  readonly a: string;
  readonly b: string;
  /** Python constraint of a project. */
  readonly python: string;
}

export type CoreQuestion = ConstraintQuestion | MarkerQuestion;
export type Answers = Readonly<Record<string, unknown>>;

function constraintOf(text: string): PoetryConstraint {
  const constraint = parsePoetryConstraint(text);
  if (constraint === null) throw new Error(`${text} is refused`);
  return constraint;
}

export function answerConstraints(question: ConstraintQuestion): Answers {
  const a = constraintOf(question.a);
  const b = constraintOf(question.b);
  const versions = question.versions.map((text) => parseVersion(text));
  return {
    a: formatPoetryConstraint(a),
    intersect: formatPoetryConstraint(intersectConstraints(a, b)),
    union: formatPoetryConstraint(unionConstraints(a, b)),
    difference: formatPoetryConstraint(differenceOf(a, b)),
    allowsAll: allowsAll(a, b),
    allowsAny: allowsAny(a, b),
    allows: versions.map((version) => version !== null && constraintAllows(a, version)),
  };
}

export function answerMarkers(question: MarkerQuestion): Answers {
  const markers = new PoetryMarkers();
  const read = (text: string): PoetryMarker => {
    const marker = markers.parse(text);
    if (marker === null) throw new Error(`${text} is refused`);
    return marker;
  };
  const a = read(question.a);
  const b = read(question.b);
  const both = markers.intersect(a, b);
  return {
    a: formatPoetryMarker(a),
    intersect: formatPoetryMarker(both),
    union: formatPoetryMarker(markers.unite(a, b)),
    invert: formatPoetryMarker(markers.invert(a)),
    python: formatPoetryConstraint(markers.pythonConstraint(a)),
    withoutExtras: formatPoetryMarker(markers.withoutExtras(a)),
    reduced: formatPoetryMarker(markers.reduceByPython(both, constraintOf(question.python))),
  };
}
