/** Which handler follows which command. */
import type { Command } from "#github/commands/command.ts";
import { helpReply } from "#github/texts/command-replies.ts";
import { handleExplain } from "./explain.ts";
import type { CommandAnswer, CommandInput } from "./handler.ts";
import { handleHold } from "./hold.ts";
import { handlePackages } from "./packages.ts";
import { handleRebase } from "./rebase.ts";
import { handleRelock } from "./relock.ts";

/** The answer to a command, or the request that it makes. */
export async function handleCommand(input: CommandInput, command: Command): Promise<CommandAnswer> {
  switch (command.kind) {
    case "relock":
      return handleRelock(input);
    case "packages":
      return handlePackages(command.packages);
    case "rebase":
      return handleRebase(input);
    case "explain":
      return handleExplain(input, command.name);
    case "hold":
    case "unhold":
      return handleHold(input, command);
    case "help":
      return { kind: "reply", text: helpReply() };
  }
}
