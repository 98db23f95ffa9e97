/** Reads commands out of a comment. What is not understood is a value with the line and a suggestion. */
import type { RequestedPackage } from "../../engine.ts";
import { COMMAND_LIST, type Command } from "./command.ts";

export type ParsedCommand =
  | { readonly kind: "command"; readonly line: number; readonly command: Command }
  | {
      readonly kind: "problem";
      /** 1-based line of the comment. */
      readonly line: number;
      /** What is wrong, without the text of the comment. */
      readonly message: string;
      /** The command that may have been meant, or null. */
      readonly suggestion: string | null;
    };

const MOST_COMMANDS = 5;
const MOST_PACKAGES = 20;
const MOST_CHARACTERS = 65_536;
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?$/;
const VERSION = /^[A-Za-z0-9][A-Za-z0-9.!+_-]{0,63}$/;
const SPECIFIER = /^(?:===|==|~=|!=|<=|>=|<|>|=)?\s*[0-9][A-Za-z0-9.!+*_-]{0,63}$/;

/**
 * The commands of a comment: lines that start with `/relock`, outside quotes, code blocks and HTML comments. At most
 * five; a sixth is a problem.
 */
export function parseCommands(comment: string): readonly ParsedCommand[] {
  const parsed: ParsedCommand[] = [];
  for (const { line, text } of commandLines(comment.slice(0, MOST_CHARACTERS))) {
    if (parsed.length === MOST_COMMANDS) {
      const message = `only the first ${String(MOST_COMMANDS)} commands of a comment are followed`;
      parsed.push({ kind: "problem", line, message, suggestion: null });
      break;
    }
    parsed.push(parseLine(line, text));
  }
  return parsed;
}

/** Whether a comment is worth a job at all. */
export function hasCommand(comment: string): boolean {
  return !commandLines(comment.slice(0, MOST_CHARACTERS)).next().done;
}

function* commandLines(comment: string): Generator<{ line: number; text: string }> {
  let fence: string | null = null;
  let hidden = false;
  for (const [index, raw] of comment.split(/\r\n|\r|\n/).entries()) {
    if (hidden) {
      hidden = !raw.includes("-->");
      continue;
    }
    const mark = /^ {0,3}(?:>\s*)*(`{3,}|~{3,})(.*)$/.exec(raw);
    if (fence !== null) {
      // A fence is closed by its own character, at least as many, and nothing behind.
      const closes = mark?.[1]?.startsWith(fence) === true && mark[2]?.trim() === "";
      if (closes) fence = null;
      continue;
    }
    if (mark?.[1] !== undefined) {
      fence = mark[1];
      continue;
    }
    hidden = raw.lastIndexOf("<!--") > raw.lastIndexOf("-->");
    if (/^\/relock(?:\s|$)/.test(raw)) yield { line: index + 1, text: raw };
  }
}

function parseLine(line: number, text: string): ParsedCommand {
  const words = text.trim().split(/\s+/).slice(1);
  const [first, ...rest] = words;
  if (first === undefined) return { kind: "command", line, command: { kind: "relock" } };
  const command = parseKeyword(first, rest) ?? parsePackages(words);
  if ("kind" in command) return { kind: "command", line, command };
  return { kind: "problem", line, message: command.message, suggestion: command.suggestion };
}

interface Mistake {
  readonly message: string;
  readonly suggestion: string | null;
}

function parseKeyword(word: string, rest: readonly string[]): Command | Mistake | null {
  switch (word) {
    case "help":
      return rest.length === 0 ? { kind: "help" } : tooMany("help");
    case "rebase":
      return rest.length === 0 ? { kind: "rebase" } : tooMany("rebase");
    case "explain":
      return withName(word, rest, (name) => ({ kind: "explain", name }));
    case "unhold":
      return withName(word, rest, (name) => ({ kind: "unhold", name }));
    case "hold":
      return parseHold(rest);
    default:
      return null;
  }
}

function withName(word: string, rest: readonly string[], make: (name: string) => Command): Command | Mistake {
  const [name, ...more] = rest;
  if (name === undefined) return { message: `${word} needs the name of a package`, suggestion: usageOf(word) };
  if (more.length > 0) return tooMany(word);
  return NAME.test(name) ? make(name) : notAName(usageOf(word));
}

function parseHold(rest: readonly string[]): Command | Mistake {
  const [first = "", ...more] = rest;
  // `hold numpy<2` means the same as `hold numpy <2`.
  const joined = /^([A-Za-z0-9._-]+?)((?:===|==|~=|!=|<=|>=|<|>).+)?$/.exec(first);
  const name = joined?.[1] ?? "";
  const specifier = `${joined?.[2] ?? ""} ${more.join(" ")}`.trim();
  if (first === "") return { message: "hold needs the name of a package", suggestion: usageOf("hold") };
  if (!NAME.test(name)) return notAName(usageOf("hold"));
  if (specifier === "") return { kind: "hold", name, specifier: null };
  const parts = specifier.split(",").map((part) => part.trim());
  if (parts.length > 8 || !parts.every((part) => SPECIFIER.test(part))) {
    return { message: "the version range of hold is not understood", suggestion: "/relock hold NAME <2" };
  }
  return { kind: "hold", name, specifier: parts.map((part) => part.replace(/\s+/g, "")).join(",") };
}

function parsePackages(words: readonly string[]): Command | Mistake {
  if (words.length > MOST_PACKAGES) {
    return { message: `at most ${String(MOST_PACKAGES)} packages at once`, suggestion: null };
  }
  const packages: RequestedPackage[] = [];
  for (const word of words) {
    const [name = "", version, ...more] = word.split("==");
    const meant = version === undefined ? nearestKeyword(name) : null;
    if (meant !== null) return { message: "this command is not known", suggestion: usageOf(meant) };
    if (!NAME.test(name)) return notAName("/relock NAME==VERSION");
    if (more.length > 0 || (version !== undefined && !VERSION.test(version))) {
      return { message: "a version is not understood", suggestion: "/relock NAME==VERSION" };
    }
    packages.push({ name, version: version ?? null });
  }
  return { kind: "packages", packages };
}

function tooMany(word: string): Mistake {
  return { message: `${word} takes no more than its usage shows`, suggestion: usageOf(word) };
}

function notAName(suggestion: string): Mistake {
  return { message: "this is not the name of a package", suggestion };
}

function usageOf(word: string): string {
  return COMMAND_LIST.find((command) => command.word === word)?.usage ?? "/relock help";
}

/** The command word that differs from `word` by one slip of the keyboard, or null. */
function nearestKeyword(word: string): string | null {
  const keywords = COMMAND_LIST.flatMap((command) => command.word ?? []);
  const lower = word.toLowerCase();
  return keywords.find((keyword) => isOneSlipAway(lower, keyword)) ?? null;
}

function isOneSlipAway(word: string, keyword: string): boolean {
  if (Math.abs(word.length - keyword.length) > 1) return false;
  let start = 0;
  while (start < word.length && word[start] === keyword[start]) start += 1;
  const left = word.slice(start);
  const right = keyword.slice(start);
  const swapped = `${left[1] ?? ""}${left[0] ?? ""}${left.slice(2)}`;
  return left.slice(1) === right.slice(1) || left.slice(1) === right || left === right.slice(1) || swapped === right;
}
