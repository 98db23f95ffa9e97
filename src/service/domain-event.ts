/** Webhooks as events of ours: what is not listed here is dropped at the door. */
import { z } from "zod";
import { hasCommand } from "#github/commands/grammar.ts";

/** Something that happened on GitHub. A hint: the jobs read the state again, because deliveries may be late. */
export type DomainEvent =
  | {
      readonly kind: "repositories-added";
      readonly installation: number;
      /** null: all that the installation may see. */
      readonly repositories: readonly string[] | null;
    }
  | { readonly kind: "repositories-removed"; readonly repositories: readonly string[] }
  | { readonly kind: "installation-removed"; readonly installation: number }
  | ({ readonly kind: "default-branch-moved"; readonly commit: string } & RepositoryEvent)
  | ({ readonly kind: "pull-request-closed"; readonly number: number } & RepositoryEvent)
  | ({
      readonly kind: "command-comment";
      readonly comment: number;
      readonly issue: number;
      readonly login: string;
      readonly isBot: boolean;
      readonly body: string;
    } & RepositoryEvent)
  | ({ readonly kind: "check-rerun"; readonly branch: string; readonly check: number } & RepositoryEvent);

interface RepositoryEvent {
  readonly repository: string;
  readonly installation: number;
}

const named = z.object({ full_name: z.string() });
const installation = z.object({ id: z.number() });
const repositoryEvent = z.object({
  installation,
  repository: z.object({ full_name: z.string(), default_branch: z.string().optional() }),
});
const installationEvent = z.object({
  action: z.string(),
  installation,
  repositories: z.array(named).optional(),
});
const repositoriesEvent = z.object({
  installation,
  repositories_added: z.array(named),
  repositories_removed: z.array(named),
});
const pushEvent = repositoryEvent.extend({ ref: z.string(), after: z.string(), deleted: z.boolean().optional() });
const pullRequestEvent = repositoryEvent.extend({
  action: z.string(),
  pull_request: z.object({ number: z.number(), head: z.object({ ref: z.string() }) }),
});
const commentEvent = repositoryEvent.extend({
  action: z.string(),
  issue: z.object({ number: z.number(), state: z.string().optional() }),
  comment: z.object({
    id: z.number(),
    body: z.string(),
    user: z.object({ login: z.string(), type: z.string().optional() }).nullable(),
  }),
});
const checkEvent = repositoryEvent.extend({
  action: z.string(),
  check_run: z.object({
    id: z.number(),
    check_suite: z.object({ head_branch: z.string().nullable() }).nullable(),
  }),
});

type Parser = (payload: unknown) => DomainEvent | null;

const PARSERS: Readonly<Record<string, Parser>> = {
  installation: parseInstallation,
  installation_repositories: parseRepositories,
  push: parsePush,
  pull_request: parsePullRequest,
  issue_comment: parseComment,
  check_run: parseCheckRun,
};

/** The names of the events that are listened to. */
export const EVENT_NAMES: readonly string[] = Object.keys(PARSERS);

/** The event of a delivery, or null where it is none of our business. */
export function toDomainEvent(name: string, payload: unknown): DomainEvent | null {
  return PARSERS[name]?.(payload) ?? null;
}

function parseInstallation(payload: unknown): DomainEvent | null {
  const { data } = installationEvent.safeParse(payload);
  if (data === undefined) return null;
  const { id } = data.installation;
  switch (data.action) {
    case "created":
    case "unsuspend":
    case "new_permissions_accepted": {
      const names = data.repositories?.map((repository) => repository.full_name) ?? null;
      return { kind: "repositories-added", installation: id, repositories: names };
    }
    case "deleted":
    case "suspend":
      return { kind: "installation-removed", installation: id };
    default:
      return null;
  }
}

function parseRepositories(payload: unknown): DomainEvent | null {
  const { data } = repositoriesEvent.safeParse(payload);
  if (data === undefined) return null;
  const names = (list: readonly { full_name: string }[]): string[] => list.map((one) => one.full_name);
  if (data.repositories_removed.length > 0) {
    return { kind: "repositories-removed", repositories: names(data.repositories_removed) };
  }
  const added = names(data.repositories_added);
  if (added.length === 0) return null;
  return { kind: "repositories-added", installation: data.installation.id, repositories: added };
}

function parsePush(payload: unknown): DomainEvent | null {
  const { data } = pushEvent.safeParse(payload);
  if (data === undefined || data.deleted === true) return null;
  if (data.ref !== `refs/heads/${data.repository.default_branch ?? ""}`) return null;
  return { kind: "default-branch-moved", commit: data.after, ...whereOf(data) };
}

function parsePullRequest(payload: unknown): DomainEvent | null {
  const { data } = pullRequestEvent.safeParse(payload);
  if (data?.action !== "closed" || !data.pull_request.head.ref.startsWith("relock/")) return null;
  return { kind: "pull-request-closed", number: data.pull_request.number, ...whereOf(data) };
}

/** New comments only: an edited one may have been approved for something else. */
function parseComment(payload: unknown): DomainEvent | null {
  const { data } = commentEvent.safeParse(payload);
  if (data?.action !== "created" || !hasCommand(data.comment.body)) return null;
  const { user } = data.comment;
  if (user === null) return null;
  return {
    kind: "command-comment",
    comment: data.comment.id,
    issue: data.issue.number,
    login: user.login,
    isBot: user.type === "Bot" || user.login.endsWith("[bot]"),
    body: data.comment.body,
    ...whereOf(data),
  };
}

function parseCheckRun(payload: unknown): DomainEvent | null {
  const { data } = checkEvent.safeParse(payload);
  const branch = data?.check_run.check_suite?.head_branch;
  if (data?.action !== "rerequested" || branch == null || !branch.startsWith("relock/")) return null;
  return { kind: "check-rerun", branch, check: data.check_run.id, ...whereOf(data) };
}

function whereOf(data: z.infer<typeof repositoryEvent>): RepositoryEvent {
  return { repository: data.repository.full_name, installation: data.installation.id };
}
