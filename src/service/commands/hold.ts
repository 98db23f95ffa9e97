/** `/relock hold NAME [SPEC]` and `/relock unhold NAME`: a change of the configuration, on this pull request's branch. */
import { needsPullRequestReply } from "#github/texts/command-replies.ts";
import type { HoldChange } from "#github/texts/commit-message.ts";
import type { CommandAnswer, CommandInput } from "./handler.ts";

export function handleHold(input: CommandInput, hold: HoldChange): CommandAnswer {
  if (input.place.kind !== "own-pull-request") {
    return { kind: "reply", text: needsPullRequestReply(`/relock ${hold.kind}`) };
  }
  const request = { kind: "relock" as const, group: input.place.group };
  return { kind: "request", request, hold };
}
