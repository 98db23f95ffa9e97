/** Environment markers: reading and writing. Dependency specifiers, PEP 508 as amended in January 2026. */
import { normalizeExtra } from "./names.ts";
import { MarkerReader } from "./marker-reader.ts";

export { evaluateMarker } from "./marker-evaluation.ts";

export const MARKER_VARIABLES = [
  "os_name",
  "sys_platform",
  "platform_machine",
  "platform_python_implementation",
  "platform_release",
  "platform_system",
  "platform_version",
  "python_version",
  "python_full_version",
  "implementation_name",
  "implementation_version",
] as const;

export type MarkerVariable = (typeof MARKER_VARIABLES)[number];

/** Values of the marker variables for a target. */
export type MarkerEnvironment = Readonly<Record<MarkerVariable, string>>;

export const MARKER_OPERATORS = ["===", "==", "!=", "<=", ">=", "~=", "<", ">", "not in", "in"] as const;
export type MarkerOperator = (typeof MARKER_OPERATORS)[number];

/** One comparison of a variable with a literal. */
export interface MarkerComparison {
  readonly kind: "compare";
  readonly variable: MarkerVariable | "extra";
  readonly operator: MarkerOperator;
  /** The literal without its quotes; normalised (PEP 685) where the variable is `extra`. */
  readonly value: string;
  /** The literal stands on the left: `'3.8' <= python_version`, `"win" in sys_platform`. */
  readonly reversed: boolean;
}

/** `and` and `or` have two or more parts, and no part of their own kind. */
export type MarkerExpression =
  | MarkerComparison
  | { readonly kind: "and"; readonly parts: readonly MarkerExpression[] }
  | { readonly kind: "or"; readonly parts: readonly MarkerExpression[] };

/** Why a text is no marker; `position` is the offset in the text. */
export interface MarkerProblem {
  readonly message: string;
  readonly position: number;
}

/** Older spellings of variables (PEP 345, setuptools) that metadata still carries. */
const LEGACY_VARIABLES: Readonly<Record<string, MarkerVariable>> = {
  "os.name": "os_name",
  "sys.platform": "sys_platform",
  "platform.version": "platform_version",
  "platform.machine": "platform_machine",
  "platform.python_implementation": "platform_python_implementation",
  python_implementation: "platform_python_implementation",
};

export function isMarkerProblem(parsed: MarkerExpression | MarkerProblem): parsed is MarkerProblem {
  return "message" in parsed;
}

/** Reads a whole text as a marker. An unknown variable is a problem: such a requirement makes its release ineligible. */
export function parseMarker(text: string): MarkerExpression | MarkerProblem {
  return parseMarkerFrom(text, 0);
}

/** Reads the rest of `text` from offset `start` as a marker. */
export function parseMarkerFrom(text: string, start: number): MarkerExpression | MarkerProblem {
  const reader = new MarkerReader(text, start);
  const expression = readOr(reader);
  if (isMarkerProblem(expression)) return expression;
  return reader.atEnd() ? expression : reader.problem('expected "and", "or" or the end of the marker');
}

function readOr(reader: MarkerReader): MarkerExpression | MarkerProblem {
  return readJoined(reader, "or", readAnd);
}

function readAnd(reader: MarkerReader): MarkerExpression | MarkerProblem {
  return readJoined(reader, "and", readAtom);
}

function readJoined(
  reader: MarkerReader,
  kind: "and" | "or",
  readPart: (reader: MarkerReader) => MarkerExpression | MarkerProblem,
): MarkerExpression | MarkerProblem {
  const parts: MarkerExpression[] = [];
  do {
    const part = readPart(reader);
    if (isMarkerProblem(part)) return part;
    parts.push(part);
  } while (reader.takeWord(kind));
  return joinMarkers(kind, parts) ?? reader.problem("expected a comparison");
}

function readAtom(reader: MarkerReader): MarkerExpression | MarkerProblem {
  if (!reader.takeSymbol("(")) return readComparison(reader);
  if (!reader.enter()) return reader.problem("the parentheses are nested too deeply");
  const inner = readOr(reader);
  if (isMarkerProblem(inner)) return inner;
  reader.leave();
  return reader.takeSymbol(")") ? inner : reader.problem('expected ")"');
}

function readComparison(reader: MarkerReader): MarkerExpression | MarkerProblem {
  const start = reader.position;
  const left = reader.takeOperand();
  if (left === null) return reader.problem("expected a marker variable or a quoted text");
  const operator = reader.takeOperator();
  if (operator === null) return reader.problem("expected a comparison operator, in, or not in");
  const rightStart = reader.position;
  const right = reader.takeOperand();
  if (right === null) return reader.problem("expected a marker variable or a quoted text");
  const reversed = left.kind === "literal";
  const variableOperand = reversed ? right : left;
  const literal = reversed ? left : right;
  if (variableOperand.kind !== "name" || literal.kind !== "literal") {
    return reader.problem("a comparison needs one variable and one quoted text", start);
  }
  const variable = variableNamed(variableOperand.text);
  if (variable === null) {
    return reader.problem(`"${variableOperand.text}" is not a marker variable`, reversed ? rightStart : start);
  }
  const value = variable === "extra" ? normalizeExtra(literal.text) : literal.text;
  return { kind: "compare", variable, operator, value, reversed };
}

function variableNamed(name: string): MarkerVariable | "extra" | null {
  if (name === "extra") return name;
  return MARKER_VARIABLES.find((variable) => variable === name) ?? LEGACY_VARIABLES[name] ?? null;
}

/** Joins expressions flatly: parts of the same kind are taken in; one part stands for itself; null for none. */
export function joinMarkers(kind: "and" | "or", parts: readonly MarkerExpression[]): MarkerExpression | null {
  const flat = parts.flatMap((part) => (part.kind === kind ? part.parts : [part]));
  const [only] = flat;
  return only === undefined ? null : flat.length === 1 ? only : { kind, parts: flat };
}

/** The marker as text, literals in the given quote where they do not contain it, `or` in parentheses under `and`. */
export function formatMarker(expression: MarkerExpression, quote: "'" | '"' = '"'): string {
  if (expression.kind === "compare") return formatComparison(expression, quote);
  const texts = expression.parts.map((part) => {
    const text = formatMarker(part, quote);
    return expression.kind === "and" && part.kind === "or" ? `(${text})` : text;
  });
  return texts.join(` ${expression.kind} `);
}

function formatComparison({ variable, operator, value, reversed }: MarkerComparison, quote: "'" | '"'): string {
  const other = quote === "'" ? '"' : "'";
  const used = value.includes(quote) ? other : quote;
  const literal = used + value + used;
  return reversed ? `${literal} ${operator} ${variable}` : `${variable} ${operator} ${literal}`;
}
