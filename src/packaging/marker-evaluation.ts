/** What a marker says in an environment. Dependency specifiers, PEP 508 as amended in January 2026. */
import type { MarkerComparison, MarkerEnvironment, MarkerExpression, MarkerVariable } from "./marker-syntax.ts";
import { normalizeExtra } from "./names.ts";
import { parseVersion } from "./pep440-version.ts";
import { parseSpecifier, specifierContains } from "./specifier.ts";

/** Compared as versions; `platform_release` only where both sides are versions. */
const VERSION_VARIABLES: ReadonlySet<MarkerVariable> = new Set([
  "python_version",
  "python_full_version",
  "implementation_version",
  "platform_release",
]);

/**
 * Whether a requirement with this marker applies.
 * @param extras the requested extras, normalised; `extra == "x"` asks whether x is among them
 */
export function evaluateMarker(
  expression: MarkerExpression,
  environment: MarkerEnvironment,
  extras: ReadonlySet<string>,
): boolean {
  switch (expression.kind) {
    case "and":
      return expression.parts.every((part) => evaluateMarker(part, environment, extras));
    case "or":
      return expression.parts.some((part) => evaluateMarker(part, environment, extras));
    case "compare":
      return expression.variable === "extra"
        ? compareExtra(expression, extras)
        : compareVariable(expression, expression.variable, environment[expression.variable]);
  }
}

function compareExtra({ operator, value, reversed }: MarkerComparison, extras: ReadonlySet<string>): boolean {
  switch (operator) {
    case "!=":
      return !extras.has(value);
    case "in":
    case "not in": {
      const found = [...extras].some((extra) => (reversed ? extra === value : listOf(value).includes(extra)));
      return found === (operator === "in");
    }
    case "<":
    case ">":
      return false;
    case "==":
    case "===":
    case "~=":
    case "<=":
    case ">=":
      return extras.has(value);
  }
}

function listOf(text: string): readonly string[] {
  return text.split(/[\s,|]+/).map(normalizeExtra);
}

function compareVariable(comparison: MarkerComparison, variable: MarkerVariable, actual: string): boolean {
  const left = comparison.reversed ? comparison.value : actual;
  const right = comparison.reversed ? actual : comparison.value;
  const asVersions = VERSION_VARIABLES.has(variable) ? compareAsVersions(left, comparison, right) : null;
  return asVersions ?? compareAsStrings(left, comparison.operator, right);
}

/** Null where a side is no version: the texts are compared then. */
function compareAsVersions(left: string, { operator, reversed }: MarkerComparison, right: string): boolean | null {
  const version = parseVersion(left);
  if (version === null) return null;
  if (operator === "in" || operator === "not in") {
    if (reversed) return null;
    const listed = right
      .split(/[\s,|]+/)
      .filter((item) => item !== "")
      .map((item) => parseSpecifier(`==${item}`));
    const specifiers = listed.filter((item) => typeof item !== "string");
    if (specifiers.length !== listed.length) return null;
    return specifiers.some((item) => specifierContains(item, version)) === (operator === "in");
  }
  const specifier = parseSpecifier(operator + right);
  return typeof specifier === "string" ? null : specifierContains(specifier, version);
}

/** Order has no meaning for texts: `<` and `>` never hold, `<=` and `>=` ask for equality. */
function compareAsStrings(left: string, operator: MarkerComparison["operator"], right: string): boolean {
  switch (operator) {
    case "in":
      return right.includes(left);
    case "not in":
      return !right.includes(left);
    case "!=":
      return left !== right;
    case "<":
    case ">":
      return false;
    case "==":
    case "===":
    case "~=":
    case "<=":
    case ">=":
      return left === right;
  }
}
