/** Which versions of a conda package are wanted: `>=1.8,<2|1.7.*`. CEP 29, "Version matching". */
import {
  isCondaSpecProblem,
  LONGEST_SPEC,
  parseTextPattern,
  textPatternMatches,
  type CondaSpecProblem,
  type TextPattern,
} from "./conda-text-pattern.ts";
import {
  compareCondaVersions,
  condaVersionStartsWith,
  parseCondaVersion,
  type CondaVersion,
  type CondaVersionPrefix,
} from "./conda-version.ts";

export type CondaComparison = "==" | "!=" | "<" | "<=" | ">" | ">=";

export type CondaVersionSpec =
  | { readonly kind: "any" }
  | { readonly kind: "compare"; readonly operator: CondaComparison; readonly version: CondaVersion }
  /** `1.8.*`, `=1.8` and `!=1.8.*`. */
  | { readonly kind: "starts-with"; readonly negated: boolean; readonly version: CondaVersion }
  /** `~=1.8.3`: at least that, and starting with `prefix`, 1.8. */
  | { readonly kind: "compatible"; readonly version: CondaVersion; readonly prefix: CondaVersionPrefix }
  /** `1.*.1` and `^1\.[78]$`, which look at the text of a version. */
  | { readonly kind: "text"; readonly negated: boolean; readonly pattern: TextPattern }
  | { readonly kind: "all" | "some"; readonly specs: readonly CondaVersionSpec[] };

/**
 * Reads a version spec. `|` is weaker than `,`; parentheses group; blanks do not count. A version without an operator
 * is that version exactly. Stars behind an ordered comparison do not count either (`>=1.8.*`), as channels write them.
 */
export function parseCondaVersionSpec(text: string): CondaVersionSpec | CondaSpecProblem {
  if (text.length > LONGEST_SPEC) return { problem: `a version spec is longer than ${LONGEST_SPEC} characters` };
  const compact = text.replaceAll(/\s+/g, "");
  const tokens = compact.match(/\^[^$]*\$|[()|,]|[^()|,]+/g) ?? [];
  const cursor = { tokens, next: 0, depth: 0 };
  const spec = parseAlternatives(cursor);
  if (isCondaSpecProblem(spec) || cursor.next === tokens.length) return spec;
  return { problem: `"${text}" has a ")" without its "("` };
}

/** Whether a version is wanted. */
export function condaSpecMatches(spec: CondaVersionSpec, version: CondaVersion): boolean {
  switch (spec.kind) {
    case "any":
      return true;
    case "compare":
      return comparisonHolds(spec.operator, compareCondaVersions(version, spec.version));
    case "starts-with":
      return condaVersionStartsWith(version, spec.version) !== spec.negated;
    case "compatible":
      return compareCondaVersions(version, spec.version) >= 0 && condaVersionStartsWith(version, spec.prefix);
    case "text":
      return textPatternMatches(spec.pattern, version.text) !== spec.negated;
    case "all":
      return spec.specs.every((each) => condaSpecMatches(each, version));
    case "some":
      return spec.specs.some((each) => condaSpecMatches(each, version));
  }
}

/** Whether `a operator b` holds, where `order` is negative, zero or positive as `a` is before, equal to or after `b`. */
export function comparisonHolds(operator: CondaComparison, order: number): boolean {
  switch (operator) {
    case "==":
      return order === 0;
    case "!=":
      return order !== 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
  }
}

/** The spec in its usual spelling; reading it again gives an equal spec. */
export function formatCondaVersionSpec(spec: CondaVersionSpec): string {
  switch (spec.kind) {
    case "any":
      return "*";
    case "compare":
      return spec.operator + spec.version.text;
    case "starts-with":
      return `${spec.negated ? "!=" : ""}${spec.version.text}.*`;
    case "compatible":
      return `~=${spec.version.text}`;
    case "text":
      return (spec.negated ? "!=" : "") + spec.pattern.text;
    case "all":
      return spec.specs
        .map((each) => (each.kind === "some" ? `(${formatCondaVersionSpec(each)})` : formatCondaVersionSpec(each)))
        .join(",");
    case "some":
      return spec.specs.map(formatCondaVersionSpec).join("|");
  }
}

interface Cursor {
  readonly tokens: readonly string[];
  next: number;
  /** Of parentheses. */
  depth: number;
}

/** Deeper nesting than anyone writes, and no danger to the stack. */
const DEEPEST = 50;

function parseAlternatives(cursor: Cursor): CondaVersionSpec | CondaSpecProblem {
  return parseJoined({ cursor, separator: "|", kind: "some", parse: parseConjunction });
}

function parseConjunction(cursor: Cursor): CondaVersionSpec | CondaSpecProblem {
  return parseJoined({ cursor, separator: ",", kind: "all", parse: parseTerm });
}

function parseJoined(list: {
  readonly cursor: Cursor;
  readonly separator: string;
  readonly kind: "all" | "some";
  readonly parse: (cursor: Cursor) => CondaVersionSpec | CondaSpecProblem;
}): CondaVersionSpec | CondaSpecProblem {
  const { cursor } = list;
  const specs: CondaVersionSpec[] = [];
  for (;;) {
    const spec = list.parse(cursor);
    if (isCondaSpecProblem(spec)) return spec;
    specs.push(spec);
    if (cursor.tokens[cursor.next] !== list.separator) break;
    cursor.next += 1;
  }
  const [first] = specs;
  return first !== undefined && specs.length === 1 ? first : { kind: list.kind, specs };
}

function parseTerm(cursor: Cursor): CondaVersionSpec | CondaSpecProblem {
  const token = cursor.tokens[cursor.next];
  cursor.next += 1;
  if (token === undefined || token === "|" || token === "," || token === ")") {
    return { problem: `a version is missing ${token === undefined ? "at the end" : `before "${token}"`}` };
  }
  if (token !== "(") return parseClause(token);
  if (cursor.depth >= DEEPEST) return { problem: "parentheses are nested too deep" };
  cursor.depth += 1;
  const spec = parseAlternatives(cursor);
  cursor.depth -= 1;
  if (isCondaSpecProblem(spec)) return spec;
  if (cursor.tokens[cursor.next] !== ")") return { problem: `a "(" without its ")"` };
  cursor.next += 1;
  return spec;
}

function parseClause(text: string): CondaVersionSpec | CondaSpecProblem {
  const [, operator = "", rest = ""] = /^([=!<>~]*)(.*)$/s.exec(text) ?? [];
  if (!/^(?:|={1,2}|!=|[<>]=?|~=)$/.test(operator)) return { problem: `"${operator}" in "${text}" is not an operator` };
  if (rest.startsWith("^") || rest.endsWith("$")) return textClause(operator, rest);
  const [, literal = "", stars = ""] = /^(.*?)((?:\.?\*[.*]*)?)$/s.exec(rest) ?? [];
  if (literal === "" && stars !== "") return starClause(operator, text);
  if (literal.includes("*")) return textClause(operator, rest);
  const version = parseCondaVersion(literal);
  if (version === null) return { problem: `"${literal}" in "${text}" is not a version` };
  return versionClause(operator, version, stars !== "");
}

/** `*`, `=*`, `>=*` and their like. */
function starClause(operator: string, text: string): CondaVersionSpec | CondaSpecProblem {
  if (operator === "<" || operator === ">" || operator === "!=") return { problem: `"${text}" fits no version` };
  return { kind: "any" };
}

function textClause(operator: string, text: string): CondaVersionSpec | CondaSpecProblem {
  if (operator !== "" && operator !== "=" && operator !== "==" && operator !== "!=") {
    return { problem: `"${operator}" does not go with the pattern "${text}"` };
  }
  const pattern = parseTextPattern(text);
  return isCondaSpecProblem(pattern) ? pattern : { kind: "text", negated: operator === "!=", pattern };
}

function versionClause(operator: string, version: CondaVersion, starred: boolean): CondaVersionSpec {
  switch (operator) {
    case "=":
      return { kind: "starts-with", negated: false, version };
    case "~=":
      return { kind: "compatible", version, prefix: withoutLastSegment(version) };
    case "<":
    case "<=":
    case ">=":
      return { kind: "compare", operator, version };
    case ">":
      // `>2.10*` is written by people who mean 2.10 and later.
      return { kind: "compare", operator: starred ? ">=" : ">", version };
    default: {
      const negated = operator === "!=";
      if (starred) return { kind: "starts-with", negated, version };
      return { kind: "compare", operator: negated ? "!=" : "==", version };
    }
  }
}

function withoutLastSegment({ segments }: CondaVersion): CondaVersionPrefix {
  return { segments: segments.slice(0, -1), localSegments: [] };
}
