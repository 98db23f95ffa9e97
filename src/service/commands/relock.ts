/** `/relock`: this pull request again; on an issue, the weekly run now. */
import { notOursReply } from "#github/texts/command-replies.ts";
import type { CommandAnswer, CommandInput } from "./handler.ts";

export function handleRelock(input: CommandInput): CommandAnswer {
  switch (input.place.kind) {
    case "issue":
      return { kind: "request", request: { kind: "weekly" }, hold: null };
    case "own-pull-request": {
      const request = { kind: "relock" as const, group: input.place.group };
      return { kind: "request", request, hold: null };
    }
    case "other-pull-request":
      return { kind: "reply", text: notOursReply("/relock") };
  }
}
