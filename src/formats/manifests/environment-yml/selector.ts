/** Platform selectors in comments (`# [linux]`, `# [osx and not arm64]`) and in `sel(win):` keys (CEP 24, conda-lock). */
import type { PlatformName } from "#packaging/target.ts";

const WORDS: Readonly<Record<string, readonly PlatformName[]>> = {
  linux: ["linux-64", "linux-aarch64", "linux-ppc64le"],
  linux64: ["linux-64"],
  aarch64: ["linux-aarch64"],
  ppc64le: ["linux-ppc64le"],
  osx: ["osx-64", "osx-arm64"],
  osx64: ["osx-64"],
  arm64: ["osx-arm64", "win-arm64"],
  win: ["win-64", "win-arm64"],
  win64: ["win-64"],
  unix: ["linux-64", "linux-aarch64", "linux-ppc64le", "osx-64", "osx-arm64"],
  x86_64: ["linux-64", "osx-64", "win-64"],
  linux32: [],
  win32: [],
  s390x: [],
};

/** The words that a selector may be made of. */
export function isSelector(text: string): boolean {
  return evaluate(text, "linux-64") !== null;
}

/** Whether a selector (one that `isSelector` accepts) holds on a platform. */
export function selectorHolds(selector: string, platform: PlatformName): boolean {
  return evaluate(selector, platform) ?? true;
}

/** The selector of a comment such as `# [win] only there`: its text, null for none, or what is not understood. */
export function selectorOfComment(
  comment: string,
): { readonly selector: string | null } | { readonly unknown: string } {
  const inner = /\[(?<inner>[^[\]]+)\]/.exec(comment);
  const written = inner?.groups?.["inner"]?.trim();
  if (inner === null || written === undefined) return { selector: null };
  if (isSelector(written)) return { selector: written };
  // Brackets in the middle of a sentence are prose; right behind the `#` they are meant as a selector.
  return comment.slice(0, inner.index).trim() === "" ? { unknown: written } : { selector: null };
}

/** `or` over `and` over `not`, words and parentheses; null where the text is no such expression. */
function evaluate(text: string, platform: PlatformName): boolean | null {
  const tokens = text.match(/[()]|[^\s()]+/g) ?? [];
  if (tokens.length > 64) return null;
  const state = { tokens, next: 0 };
  const value = readOr(state, platform);
  return state.next === tokens.length ? value : null;
}

interface State {
  readonly tokens: readonly string[];
  next: number;
}

function readOr(state: State, platform: PlatformName): boolean | null {
  let value = readAnd(state, platform);
  while (value !== null && state.tokens[state.next] === "or") {
    state.next += 1;
    const right = readAnd(state, platform);
    value = right === null ? null : value || right;
  }
  return value;
}

function readAnd(state: State, platform: PlatformName): boolean | null {
  let value = readOne(state, platform);
  while (value !== null && state.tokens[state.next] === "and") {
    state.next += 1;
    const right = readOne(state, platform);
    value = right === null ? null : value && right;
  }
  return value;
}

function readOne(state: State, platform: PlatformName): boolean | null {
  const token = state.tokens[state.next];
  state.next += 1;
  if (token === undefined) return null;
  if (token === "not") {
    const value = readOne(state, platform);
    return value === null ? null : !value;
  }
  if (token === "(") {
    const value = readOr(state, platform);
    const closed = state.tokens[state.next] === ")";
    state.next += 1;
    return closed ? value : null;
  }
  return Object.hasOwn(WORDS, token) ? (WORDS[token]?.includes(platform) ?? null) : null;
}
