/** The hidden line at the end of what we write, by which we know later what stands there. */
import { createHash } from "node:crypto";
import type { ProposedPullRequest } from "#planning/proposal.ts";

export interface ContentMarker {
  /** Names what is proposed. */
  readonly content: string;
  /** Hash of the text above the marker, passing time aside. */
  readonly body: string;
}

const MARKER = /<!-- relock:content=([0-9a-f]{16}) body=([0-9a-f]{16}) -->/;
const MOST_CHARACTERS = 65_000;

/** A short hash, for comparing texts of our own. */
export function shortHash(text: string | Uint8Array): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/**
 * What a body says whatever the day: ages of releases, and the date of the command that reproduces it, left out.
 * A week in which nothing is new is no reason to write a pull request again.
 */
function withoutPassingTime(body: string): string {
  return body
    .replace(/\b(?:today|\d+ (?:days?|months?|years?) ago)(?= \(\d{4}-\d{2}-\d{2}\))/g, "")
    .replace(/--exclude-newer \d{4}-\d{2}-\d{2}T[\d:.]+Z/g, "");
}

/** The body with its marker as the last line, within GitHub's limit. */
export function withMarker(body: string, contentHash: string): string {
  const marker = `<!-- relock:content=${contentHash} body=${shortHash(withoutPassingTime(body))} -->`;
  const room = MOST_CHARACTERS - marker.length - 2;
  const text = body.length <= room ? body : body.slice(0, room);
  return `${text.trimEnd()}\n\n${marker}`;
}

/** The last marker of a body, or null. */
export function readMarker(body: string): ContentMarker | null {
  const found = [...body.matchAll(new RegExp(MARKER, "g"))].at(-1);
  return found === undefined ? null : { content: found[1] ?? "", body: found[2] ?? "" };
}

/**
 * Names what a pull request proposes: its files and the moves of its packages. Where no package moves (a fact in a
 * Dockerfile), the new text of the files.
 */
export function proposalHash(proposed: ProposedPullRequest): string {
  const files = proposed.edits.map((edit) => edit.file).toSorted();
  const moves = proposed.changes.map((change) => [change.name, change.from, change.to]);
  const sorted = moves.map((move) => JSON.stringify(move)).toSorted();
  const texts = proposed.edits.map((edit) => `${edit.file} ${shortHash(edit.content)}`).toSorted();
  return shortHash(JSON.stringify([files, sorted.length > 0 ? sorted : texts]));
}

/** The content of a pull request that we closed ourselves; no proposal has this hash. */
export const CLOSED_BY_US = "0000000000000000";
