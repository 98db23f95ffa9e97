/** Markers as uv writes them in a lock. */
import type { MarkerAlgebra, MarkerDiagram } from "#packaging/marker-diagram.ts";
import { formatMarker, type MarkerComparison, type MarkerExpression } from "#packaging/marker-syntax.ts";

/** The text of a diagram, null where it is always true. Comparisons of versions come first, then the others by name, extras last. */
export function uvMarkerText(algebra: MarkerAlgebra, diagram: MarkerDiagram): string | null {
  const expression = algebra.toExpression(diagram);
  if (expression === true) return null;
  if (expression === false) return algebra.toText(diagram);
  if (expression.kind !== "or") return formatMarker(inOrder(expression), "'");
  return expression.parts
    .map((part) => (part.kind === "and" ? `(${formatMarker(inOrder(part), "'")})` : formatMarker(part, "'")))
    .join(" or ");
}

function inOrder(clause: MarkerExpression): MarkerExpression {
  if (clause.kind !== "and") return clause;
  const parts = [...clause.parts].sort((left, right) => {
    const [a, b] = [left, right].map((part) => (part.kind === "compare" ? placeOf(part) : ""));
    return (a ?? "") < (b ?? "") ? -1 : (a ?? "") > (b ?? "") ? 1 : 0;
  });
  return { kind: "and", parts };
}

function placeOf({ variable }: MarkerComparison): string {
  if (variable === "extra") return "2";
  return variable.endsWith("_version") && variable !== "platform_version" ? `0${variable}` : `1${variable}`;
}
