/** `/relock explain NAME`: asked of the engine at once; nothing is changed. */
import { failureReply } from "#github/texts/command-replies.ts";
import { EngineFailure } from "../engine-pool.ts";
import { openRepository } from "../open-repository.ts";
import { engineRun } from "../propose.ts";
import type { CommandAnswer, CommandInput } from "./handler.ts";

export async function handleExplain(input: CommandInput, name: string): Promise<CommandAnswer> {
  const { context, repository, installation } = input;
  const opened = await openRepository(context, repository, installation);
  if (opened.kind === "closed") return { kind: "reply", text: failureReply(opened.reason) };
  if (opened.kind === "invalid-configuration") {
    return { kind: "reply", text: failureReply(`${opened.answer.file} is not valid`) };
  }
  try {
    const run = engineRun(context, opened.repository);
    const text = await context.engine.explain(opened.repository.snapshot, name, run);
    return { kind: "reply", text };
  } catch (error) {
    if (!(error instanceof EngineFailure)) throw error;
    return { kind: "reply", text: failureReply(context.secrets.describe(error)) };
  }
}
