/** `/relock rebase`: this pull request on the newest commit of its base. A run always starts from that commit. */
import { needsPullRequestReply } from "#github/texts/command-replies.ts";
import type { CommandAnswer, CommandInput } from "./handler.ts";

export function handleRebase(input: CommandInput): CommandAnswer {
  if (input.place.kind !== "own-pull-request") {
    return { kind: "reply", text: needsPullRequestReply("/relock rebase") };
  }
  const request = { kind: "relock" as const, group: input.place.group };
  return { kind: "request", request, hold: null };
}
