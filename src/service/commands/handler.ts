/** What a command's handler gets and gives. Handlers decide; the command job acts. */
import type { BotIdentity, GitHubRepository } from "#github/client.ts";
import type { HoldChange } from "#github/texts/commit-message.ts";
import type { UpdateRequest } from "../../engine.ts";
import type { ServiceContext } from "../context.ts";

/** The issue or pull request under which a command stands. */
export type CommandPlace =
  | { readonly kind: "issue" }
  /** A pull request of ours. */
  | { readonly kind: "own-pull-request"; readonly group: string }
  | { readonly kind: "other-pull-request" };

export interface CommandInput {
  readonly context: ServiceContext;
  readonly client: GitHubRepository;
  readonly bot: BotIdentity;
  readonly repository: string;
  readonly installation: number;
  readonly place: CommandPlace;
}

export type CommandAnswer =
  /** Said at once. */
  | { readonly kind: "reply"; readonly text: string }
  /** Stored as a request; the answer comes when it is done. */
  | {
      readonly kind: "request";
      readonly request: UpdateRequest;
      readonly hold: HoldChange | null;
    };
