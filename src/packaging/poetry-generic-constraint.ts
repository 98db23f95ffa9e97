/** Poetry's constraints on texts (platform names, extras): one comparison, all of several, or one of several. */

export interface TextComparison {
  readonly kind: "one";
  readonly value: string;
  readonly operator: "==" | "!=" | "in" | "not in";
  /** Several extras can be asked for at once, so `== a` and `== b` do not exclude each other. */
  readonly extra: boolean;
}

export interface AllOfTexts {
  readonly kind: "all";
  readonly parts: readonly TextComparison[];
  readonly extra: boolean;
}

export interface SomeOfTexts {
  readonly kind: "some";
  readonly parts: readonly TextConstraint[];
}

export type TextConstraint =
  { readonly kind: "any" } | { readonly kind: "empty" } | TextComparison | AllOfTexts | SomeOfTexts;

const ANY: TextConstraint = { kind: "any" };
const EMPTY: TextConstraint = { kind: "empty" };
const OPPOSITE = { "==": "!=", "!=": "==", in: "not in", "not in": "in" } as const;

/** The text that Poetry writes for it; equal constraints have equal texts. */
export function textOfConstraint(constraint: TextConstraint): string {
  switch (constraint.kind) {
    case "any":
      return "*";
    case "empty":
      return "";
    case "one": {
      const { operator, value } = constraint;
      if (operator === "in" || operator === "not in") return `'${value}' ${operator}`;
      return operator === "==" ? value : `${operator}${value}`;
    }
    case "all":
      return constraint.parts.map(textOfConstraint).join(", ");
    case "some":
      return constraint.parts.map(textOfConstraint).join(" || ");
  }
}

export function sameTextConstraint(left: TextConstraint, right: TextConstraint): boolean {
  return left.kind === right.kind && textOfConstraint(left) === textOfConstraint(right);
}

function contains(list: readonly TextConstraint[], wanted: TextConstraint): boolean {
  return list.some((item) => sameTextConstraint(item, wanted));
}

function isSubsetOf(left: readonly TextConstraint[], right: readonly TextConstraint[]): boolean {
  return left.every((item) => contains(right, item));
}

/** Reads `== linux || == win32` and the like; null where a part cannot be read. */
export function parseTextConstraint(text: string, extra: boolean): TextConstraint | null {
  if (text === "*") return ANY;
  const alternatives: TextConstraint[] = [];
  for (const alternative of text.trim().split(/\s*\|\|?\s*/)) {
    let all: TextConstraint | null = null;
    for (const part of alternative.split(/\s*,\s*/)) {
      const one = parseComparison(part, extra);
      if (one === null) return null;
      all = all === null ? one : intersectTexts(all, one);
    }
    if (all !== null) alternatives.push(all);
  }
  const [only] = alternatives;
  return alternatives.length === 1 && only !== undefined ? only : { kind: "some", parts: alternatives };
}

function parseComparison(text: string, extra: boolean): TextComparison | null {
  const contained = /^(['"])(.+?)\1\s*(not\sin|in)$/i.exec(text);
  if (contained !== null) {
    if (extra) return null;
    const operator = contained[3]?.toLowerCase() === "in" ? "in" : "not in";
    return { kind: "one", value: contained[2]?.trim() ?? "", operator, extra };
  }
  const basic = /^(!=|==?=?)?\s*(\S+?)\s*$/.exec(text);
  if (basic === null) return null;
  return { kind: "one", value: basic[2] ?? "", operator: basic[1] === "!=" ? "!=" : "==", extra };
}

export function invertText(constraint: TextConstraint): TextConstraint {
  switch (constraint.kind) {
    case "any":
      return EMPTY;
    case "empty":
      return ANY;
    case "one":
      return { ...constraint, operator: OPPOSITE[constraint.operator] };
    case "all":
      return { kind: "some", parts: constraint.parts.map(invertText) };
    case "some": {
      const parts = constraint.parts.map(invertText).filter((part) => part.kind === "one");
      return { kind: "all", parts, extra: parts.some((part) => part.extra) };
    }
  }
}

function allowsValue({ operator, value }: TextComparison, actual: string): boolean {
  switch (operator) {
    case "==":
      return actual === value;
    case "!=":
      return actual !== value;
    case "in":
      return actual.includes(value);
    case "not in":
      return !actual.includes(value);
  }
}

function allowsAllOf(left: TextComparison, right: TextComparison): boolean {
  if (right.operator === "==") return allowsValue(left, right.value);
  if (right.operator === "in" && left.operator === "in") return right.value.includes(left.value);
  if (right.operator === "not in") {
    if (left.operator === "not in") return left.value.includes(right.value);
    if (left.operator === "!=") return !right.value.includes(left.value);
  }
  return sameTextConstraint(left, right);
}

function allowsAnyOf(left: TextComparison, right: TextComparison): boolean {
  if (left.operator === "==") return allowsValue(right, left.value);
  if (right.operator === "==") return allowsValue(left, right.value);
  if (right.operator === "not in" && left.operator === "in") return !left.value.includes(right.value);
  if (right.operator === "in" && left.operator === "not in") return !right.value.includes(left.value);
  return true;
}

export function intersectTexts(left: TextConstraint, right: TextConstraint): TextConstraint {
  switch (left.kind) {
    case "any":
      return right;
    case "empty":
      return left;
    case "one":
      return right.kind === "one" ? intersectComparisons(left, right) : intersectTexts(right, left);
    case "all":
      return intersectAll(left, right);
    case "some":
      return intersectSome(left, right);
  }
}

function intersectComparisons(left: TextComparison, right: TextComparison): TextConstraint {
  if (sameTextConstraint(left, right)) return left;
  if (left.extra) {
    if (left.value === right.value) return EMPTY;
    return { kind: "all", parts: [left, right], extra: true };
  }
  if (allowsAllOf(left, right)) return right;
  if (allowsAllOf(right, left)) return left;
  if (!allowsAnyOf(left, right) || !allowsAnyOf(right, left)) return EMPTY;
  return { kind: "all", parts: [left, right], extra: false };
}

function intersectAll(left: AllOfTexts, right: TextConstraint): TextConstraint {
  if (right.kind === "all") {
    const parts = [...left.parts, ...right.parts.filter((part) => !contains(left.parts, part))];
    if (left.extra) {
      const wanted = parts.filter((part) => part.operator === "==").map((part) => part.value);
      if (parts.some((part) => part.operator === "!=" && wanted.includes(part.value))) return EMPTY;
    }
    return { ...left, parts };
  }
  if (right.kind !== "one") return intersectTexts(right, left);
  if (contains(left.parts, right)) return left;
  if (left.parts.some((part) => part.value === right.value)) return EMPTY;
  if (right.operator === "==" && !left.extra) return right;
  return { ...left, parts: [...left.parts, right] };
}

/** Keeps the first of each; conjunctions count as equal in any order. */
class Alternatives {
  readonly found: TextConstraint[] = [];
  readonly #conjunctions = new Set<string>();

  add(constraint: TextConstraint): void {
    if (constraint.kind === "empty" || contains(this.found, constraint)) return;
    if (constraint.kind === "all") {
      const key = constraint.parts.map(textOfConstraint).toSorted().join("\0");
      if (this.#conjunctions.has(key)) return;
      this.#conjunctions.add(key);
    }
    this.found.push(constraint);
  }
}

function intersectSome(left: SomeOfTexts, right: TextConstraint): TextConstraint {
  if (right.kind === "any") return left;
  if (right.kind === "empty") return right;
  if (right.kind === "one" && right.extra && contains(left.parts, right)) return right;
  const alternatives = new Alternatives();
  if (right.kind === "all") {
    for (const part of left.parts) {
      alternatives.add(right.parts.reduce<TextConstraint>((all, other) => intersectTexts(all, other), part));
    }
  } else {
    const others = right.kind === "one" ? [right] : right.parts;
    if (isSubsetOf(left.parts, others)) return left;
    if (isSubsetOf(others, left.parts)) return others.length === 1 ? right : { kind: "some", parts: others };
    for (const part of left.parts) for (const other of others) alternatives.add(intersectTexts(part, other));
  }
  return someOf(alternatives.found);
}

function someOf(parts: readonly TextConstraint[]): TextConstraint {
  const [only] = parts;
  if (only === undefined) return EMPTY;
  return parts.length === 1 ? only : { kind: "some", parts };
}

export function uniteTexts(left: TextConstraint, right: TextConstraint): TextConstraint {
  switch (left.kind) {
    case "any":
      return left;
    case "empty":
      return right;
    case "one":
      if (right.kind === "one") return uniteComparisons(left, right);
      return right.kind === "some" ? uniteSome({ kind: "some", parts: [left] }, right) : uniteTexts(right, left);
    case "all":
      return left.extra ? uniteExtras(left, right) : uniteAll(left, right);
    case "some":
      return uniteSome(left, right);
  }
}

function uniteComparisons(left: TextComparison, right: TextComparison): TextConstraint {
  if (sameTextConstraint(left, right)) return left;
  if (left.extra) {
    if (left.value === right.value) return ANY;
    return { kind: "some", parts: [left, right] };
  }
  if (allowsAllOf(left, right)) return left;
  if (allowsAllOf(right, left)) return right;
  if (coverEverything(left, right)) return ANY;
  return { kind: "some", parts: [left, right] };
}

function coverEverything(left: TextComparison, right: TextComparison): boolean {
  const operators = [left.operator, right.operator];
  if (left.operator === right.operator && (left.operator === "!=" || left.operator === "not in")) return true;
  const isNegative = operators.includes("!=") || operators.includes("not in");
  if (operators.includes("in") && isNegative && left.operator === "in" && right.value.includes(left.value)) return true;
  if (right.operator === "in" && left.value.includes(right.value)) return true;
  return sameTextConstraint(invertText(left), right);
}

function uniteAll(left: AllOfTexts, right: TextConstraint): TextConstraint {
  if (right.kind === "all") {
    const common = left.parts.filter((part) => contains(right.parts, part));
    const [only] = common;
    if (only === undefined) return ANY;
    return common.length === 1 ? only : { ...left, parts: common };
  }
  if (right.kind !== "one") return uniteTexts(right, left);
  if (contains(left.parts, right)) return right;
  if (!left.parts.some((part) => part.value === right.value)) return right.operator === "!=" ? ANY : left;
  const parts = left.parts.filter((part) => part.value !== right.value);
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { ...left, parts };
}

function uniteExtras(left: AllOfTexts, right: TextConstraint): TextConstraint {
  if (right.kind === "all") {
    if (isSubsetOf(left.parts, right.parts)) return left;
    if (isSubsetOf(right.parts, left.parts)) return right;
    return { kind: "some", parts: [left, right] };
  }
  if (right.kind !== "one") return uniteTexts(right, left);
  if (contains(left.parts, right)) return right;
  if (left.parts.length === 2 && left.parts.some((part) => part.value === right.value)) {
    return { kind: "some", parts: [...left.parts.filter((part) => part.value !== right.value), right] };
  }
  return { kind: "some", parts: [left, right] };
}

function uniteSome(left: SomeOfTexts, right: TextConstraint): TextConstraint {
  if (right.kind === "any") return right;
  if (right.kind === "empty" || sameTextConstraint(left, right)) return left;
  if (right.kind === "all") return uniteSomeWithAll(left, right);
  const merged = mergeAlternatives(left.parts, right.kind === "one" ? [right] : right.parts);
  return merged === null ? ANY : someOf(merged);
}

/** The alternatives of both sides without those that another one takes in; null where two cover everything. */
function mergeAlternatives(
  ours: readonly TextConstraint[],
  theirs: readonly TextConstraint[],
): readonly TextConstraint[] | null {
  const kept: [TextConstraint[], TextConstraint[], TextConstraint[]] = [[], [], []];
  const add = (list: TextConstraint[], item: TextConstraint) => {
    if (!contains(list, item)) list.push(item);
  };
  for (const their of theirs) {
    for (const our of ours) {
      const both = uniteTexts(our, their);
      if (both.kind === "any") return null;
      if (both.kind !== "one") {
        add(kept[0], our);
        add(kept[1], their);
      } else if (sameTextConstraint(both, our)) add(kept[0], both);
      else add(sameTextConstraint(both, their) ? kept[1] : kept[2], both);
    }
  }
  const merged = kept[0];
  for (const item of [...kept[1], ...kept[2]]) add(merged, item);
  return merged;
}

function uniteSomeWithAll(left: SomeOfTexts, right: AllOfTexts): TextConstraint {
  if (left.parts.some((part) => contains(right.parts, part))) return left;
  const simple = left.parts.filter((part) => part.kind === "one");
  const rest = right.parts.filter((part) => !simple.some((own) => uniteTexts(own, part).kind === "any"));
  if (rest.length === right.parts.length) return someOf([...left.parts, right]);
  return rest.length === 0 ? ANY : uniteTexts(left, { kind: "some", parts: rest });
}
