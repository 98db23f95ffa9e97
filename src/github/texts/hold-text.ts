/** The pull request that is left when a hold leaves nothing to update. */
import type { ProposedPullRequest } from "#planning/proposal.ts";
import type { HoldChange } from "./commit-message.ts";
import { codeSpan } from "./escape.ts";

/** Proposes the holds alone; the caller adds the edit of the configuration. */
export function holdOnlyPullRequest(group: string, holds: readonly HoldChange[]): ProposedPullRequest {
  const lines = holds.map((hold) => `- ${describeHold(hold)}`);
  const body = [
    "This pull request only changes what Relock may update:",
    "",
    ...lines,
    "",
    "With this in place, nothing else is left to update in this group.",
  ];
  return {
    group,
    branch: `relock/${group}`,
    title: `Hold ${holds.map((hold) => hold.name).join(", ")}`,
    body: body.join("\n"),
    edits: [],
    changes: [],
  };
}

/** One hold as a sentence. */
export function describeHold(hold: HoldChange): string {
  if (hold.kind === "unhold") return `${codeSpan(hold.name)} may move again`;
  if (hold.specifier === null) return `${codeSpan(hold.name)} stays where it is`;
  return `${codeSpan(hold.name)} stays within ${codeSpan(hold.specifier)}`;
}
