/** Follows the commands of one comment: permission first, then an acknowledgement, then the work. */
import type { BotIdentity, GitHubRepository } from "#github/client.ts";
import { parseCommands, type ParsedCommand } from "#github/commands/grammar.ts";
import { publishOutcome, react, type OutcomeSection } from "#github/comments.ts";
import { orNull, statusOf } from "#github/errors.ts";
import { commandPermission } from "#github/permissions.ts";
import { closedReply, failureReply, problemReply, workingReply } from "#github/texts/command-replies.ts";
import { handleCommand } from "../commands/handle-command.ts";
import type { CommandAnswer, CommandInput, CommandPlace } from "../commands/handler.ts";
import type { ServiceContext } from "../context.ts";
import type { DomainEvent } from "../domain-event.ts";
import type { JobHandler } from "../queue.ts";
import { requestRun } from "./request-run.ts";

type CommandEvent = Extract<DomainEvent, { kind: "command-comment" }>;

/** Every step looks first, so the whole job can be repeated. */
export function commandJob(context: ServiceContext): JobHandler<"command"> {
  return {
    async run(data) {
      const event = data as CommandEvent;
      // Bots get no answer at all: two bots that answer each other never stop.
      if (event.isBot) return;
      const client = await context.github.repository(event.installation, event.repository);
      const permission = await commandPermission(client, event);
      if (permission.kind === "denied") {
        context.log.info({ login: event.login, reason: permission.reason }, "command denied");
        // No words: whoever may not command us shall not make us write either.
        await react(client, event.comment, "confused");
        return;
      }
      if (!(await acknowledge(client, event))) return;
      context.onStep("command-acknowledged");
      await follow(context, client, event);
    },
    async giveUp(data, error) {
      const event = data as CommandEvent;
      if (event.isBot) return;
      const client = await context.github.repository(event.installation, event.repository);
      if ((await commandPermission(client, event)).kind === "denied") return;
      const text = failureReply(context.secrets.describe(error).replace(/\.$/, ""));
      await publishOutcome(client, await context.github.bot(), event, [answerAt(0, text, false)]);
      await react(client, event.comment, "confused");
    },
  };
}

/** False where the comment was deleted meanwhile: then it commands nothing. */
async function acknowledge(client: GitHubRepository, event: CommandEvent): Promise<boolean> {
  try {
    await react(client, event.comment, "eyes");
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw error;
  }
}

async function follow(context: ServiceContext, client: GitHubRepository, event: CommandEvent): Promise<void> {
  const bot = await context.github.bot();
  const place = await placeOf(client, bot, event.issue);
  const origin = { issue: event.issue, comment: event.comment };
  if (place === null) {
    await publishOutcome(client, bot, origin, [answerAt(0, closedReply(), false)]);
    return;
  }
  const { repository, installation } = event;
  const input: CommandInput = { context, client, bot, repository, installation, place };
  const answers: CommandAnswer[] = [];
  for (const parsed of parseCommands(event.body)) answers.push(await answerTo(input, parsed));
  const sections = answers.map((answer, index) => {
    // A run may have ended before this job is repeated: its answer stays.
    if (answer.kind === "request") return answerAt(index, workingReply(), true);
    return answerAt(index, context.secrets.redact(answer.text), false);
  });
  await publishOutcome(client, bot, origin, sections);
  context.onStep("command-answered");
  for (const [section, answer] of answers.entries()) {
    if (answer.kind !== "request") continue;
    await requestRun(context, {
      id: `command:${repository}:${String(event.comment)}:${String(section)}`,
      repository,
      installation,
      request: answer.request,
      scope: "all",
      hold: answer.hold,
      origin: { ...origin, section },
    });
  }
}

function answerAt(section: number, text: string, onlyIfAbsent: boolean): OutcomeSection {
  return { section, text, onlyIfAbsent };
}

async function answerTo(input: CommandInput, parsed: ParsedCommand): Promise<CommandAnswer> {
  if (parsed.kind === "problem") return { kind: "reply", text: problemReply(parsed) };
  return handleCommand(input, parsed.command);
}

/** Where the command stands; null where that is closed or gone. */
async function placeOf(client: GitHubRepository, bot: BotIdentity, issue: number): Promise<CommandPlace | null> {
  const { owner, repo, octokit } = client;
  const found = await orNull(octokit.issues.get({ owner, repo, issue_number: issue }));
  if (found === null || found.data.state !== "open") return null;
  if (found.data.pull_request === undefined) return { kind: "issue" };
  const { data } = await octokit.pulls.get({ owner, repo, pull_number: issue });
  const ours = data.user.login === bot.login && data.head.repo?.full_name === data.base.repo.full_name;
  if (!ours || !data.head.ref.startsWith("relock/")) return { kind: "other-pull-request" };
  return { kind: "own-pull-request", group: data.head.ref.slice("relock/".length) };
}
