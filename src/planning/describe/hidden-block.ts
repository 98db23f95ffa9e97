/** The machine-readable part of a body: a comment that automation reads and people do not see. */
import type { PullRequestSummary } from "./summary.ts";

const MARKER = "relock-proposal";

/**
 * The hidden block.
 * @param whole also lists every change; left out where the body would not fit
 */
export function hiddenBlock(summary: PullRequestSummary, whole: boolean): string {
  const data = {
    version: 1,
    group: summary.group,
    projects: summary.projects,
    constraints: whole ? summary.constraints : summary.constraints.length,
    changes: whole ? summary.changes : summary.changes.length,
    held: whole ? summary.held : summary.held.length,
    targets: summary.targets.map((row) => row.target),
  };
  // `-->` in a string would end the comment, and `@name` or an invisible character has no business in it.
  const json = JSON.stringify(data).replace(
    /[<>@#-]|[^\x20-\x7E]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `<!-- ${MARKER}: ${json} -->`;
}

/** Reads the block back. @returns null where there is none or it is not ours */
export function readHiddenBlock(body: string): unknown {
  const match = new RegExp(`<!-- ${MARKER}: (\\{.*\\}) -->`, "u").exec(body);
  if (match?.[1] === undefined) {
    return null;
  }
  try {
    return JSON.parse(match[1]);
  } catch {
    return null;
  }
}
