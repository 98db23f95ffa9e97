/** Everything the bot says in answer to a command. */
import type { ParsedCommand } from "../commands/grammar.ts";
import { COMMAND_LIST } from "../commands/command.ts";
import type { Finding } from "#formats/finding.ts";
import { codeSpan, escapeForeign } from "./escape.ts";
import { findingText } from "./finding-text.ts";
import type { HeldUpdate } from "#planning/proposal.ts";

/** What became of one pull request that a command led to. */
export interface PullRequestReport {
  readonly group: string;
  /** null where there is none. */
  readonly number: number | null;
  readonly result:
    | "created"
    | "updated"
    | "unchanged"
    | "nothing-to-do"
    | "declined"
    | "foreign-commit"
    | "refused"
    | "closed"
    /** Not proposed any more, and not closed either: the run met errors. */
    | "kept";
  /** Who committed, or why it was refused; empty elsewhere. */
  readonly detail: string;
}

export interface CommandReport {
  readonly problem: string | null;
  readonly pullRequests: readonly PullRequestReport[];
  readonly held: readonly HeldUpdate[];
  /** What could not be read: without it the answer would sound as if all were known. */
  readonly errors: readonly Finding[];
}

const MOST_HELD = 20;
const MOST_ERRORS = 10;

/** While a run is on. */
export function workingReply(): string {
  return "Working on it. This comment will say what came of it.";
}

/** The end of a run. */
export function reportReply(report: CommandReport): string {
  if (report.problem !== null) return `Nothing was changed: ${escapeForeign(report.problem)}.`;
  const lines = report.pullRequests.map((one) => `- ${sentenceFor(one)}`);
  const all = report.errors.length === 0;
  const nothing = all
    ? "Everything is up to date: there is nothing to propose."
    : "There is nothing to propose from what could be read.";
  const text = [...(lines.length === 0 ? [nothing] : lines), ...errorLines(report.errors)];
  if (report.held.length === 0) return text.join("\n");
  const held = report.held.slice(0, MOST_HELD).map((one) => {
    return `- ${codeSpan(one.name)} ${codeSpan(one.wanted)}: ${escapeForeign(one.reason)} (${escapeForeign(one.holder)})`;
  });
  const rest = report.held.length - held.length;
  const more = rest > 0 ? [`- and ${String(rest)} more`] : [];
  return [...text, "", "Held back:", "", ...held, ...more].join("\n");
}

function errorLines(errors: readonly Finding[]): readonly string[] {
  if (errors.length === 0) return [];
  const lines = errors.slice(0, MOST_ERRORS).map((finding) => `- ${findingText(finding)}`);
  const rest = errors.length - lines.length;
  const more = rest > 0 ? [`- and ${String(rest)} more`] : [];
  return ["", "This run met errors, so updates may be missing and nothing was closed:", "", ...lines, ...more];
}

function sentenceFor(report: PullRequestReport): string {
  const where = report.number === null ? codeSpan(report.group) : `#${String(report.number)}`;
  switch (report.result) {
    case "created":
      return `${where} was opened.`;
    case "updated":
      return `${where} was updated.`;
    case "unchanged":
      return `${where} is up to date already.`;
    case "nothing-to-do":
      return `${where}: there is nothing to change.`;
    case "closed":
      return `${where} was closed: nothing is left to propose in it.`;
    case "declined":
      return `${where} was closed by a person with this very content, so it is not opened again.`;
    case "kept":
      return `${where} was left as it is: this run met errors.`;
    case "foreign-commit":
      return `${where}: ${foreignCommitSentence(report.detail)}`;
    case "refused":
      return `${where}: ${escapeForeign(report.detail)}.`;
  }
}

function foreignCommitSentence(author: string): string {
  return `its branch holds a commit by ${codeSpan(author)}, so it was left as it is.`;
}

/** On a pull request whose branch a person has changed; said once for each such commit. */
export function foreignCommitNotice(author: string, commit: string): string {
  return [
    `The head of this branch, ${codeSpan(commit.slice(0, 10))} by ${codeSpan(author)}, is not mine, so I no longer update this pull request.`,
    "",
    "To have it updated again, remove that commit, or close this pull request and delete its branch.",
  ].join("\n");
}

/** On a pull request for which nothing is left. */
export function obsoleteNotice(): string {
  return "What this pull request proposed is in the base branch by now, or not to be had any more. Nothing is left to update, so it is closed.";
}

/** A command that was not understood. */
export function problemReply(problem: Extract<ParsedCommand, { kind: "problem" }>): string {
  const meant = problem.suggestion === null ? "" : ` Did you mean ${codeSpan(problem.suggestion)}?`;
  return `Line ${String(problem.line)} was not followed: ${problem.message}.${meant}`;
}

/** On a pull request that is not one of ours. */
export function notOursReply(command: string): string {
  return `${codeSpan(command)} works on a pull request that I opened, and this is not one.`;
}

/** On an issue, for a command that needs a pull request. */
export function needsPullRequestReply(command: string): string {
  return `${codeSpan(command)} works on a pull request that I opened.`;
}

/** On a closed issue or pull request. */
export function closedReply(): string {
  return "This is closed, so nothing was done. Comment on an open issue or pull request.";
}

/** An explanation that could not be had. */
export function failureReply(reason: string): string {
  return `That did not work: ${escapeForeign(reason)}.`;
}

/** The list of commands. */
export function helpReply(): string {
  const rows = COMMAND_LIST.map((command) => `| ${codeSpan(command.usage)} | ${command.meaning} |`);
  return ["| command | what it does |", "|---|---|", ...rows].join("\n");
}
