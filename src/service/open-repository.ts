/** Reads what a run needs of a repository, at the commit on which its default branch stands now. */
import { CONFIG_PATH, type Config } from "#config/config.ts";
import { readConfig, type ConfigAnswer } from "#config/read-config.ts";
import type { SnapshotFile } from "#formats/repository-snapshot.ts";
import { decodeText } from "#formats/text/decode.ts";
import { isReadFile } from "#formats/project-files.ts";
import { unreadNames } from "#formats/read-files.ts";
import type { BotIdentity, GitHubRepository } from "#github/client.ts";
import { orNull, RateLimited, statusOf } from "#github/errors.ts";
import {
  DEFAULT_SNAPSHOT_LIMITS,
  readRepositorySnapshot,
  readTextFile,
  type CommitSnapshot,
} from "#github/repository-snapshot.ts";
import type { ServiceContext } from "./context.ts";

export interface OpenedRepository {
  readonly name: string;
  readonly client: GitHubRepository;
  readonly bot: BotIdentity;
  readonly defaultBranch: string;
  readonly snapshot: CommitSnapshot;
  readonly configuration: Config;
  readonly organisationDefaults: string | null;
}

export type OpenAnswer =
  | { readonly kind: "open"; readonly repository: OpenedRepository }
  /** Nothing can be read or done there, and that is no fault of ours. */
  | { readonly kind: "closed"; readonly reason: string }
  | {
      readonly kind: "invalid-configuration";
      readonly client: GitHubRepository;
      readonly bot: BotIdentity;
      readonly commit: string;
      readonly answer: Extract<ConfigAnswer, { kind: "invalid" }>;
    };

/** Opens a repository through its installation. */
export async function openRepository(context: ServiceContext, name: string, installation: number): Promise<OpenAnswer> {
  const client = await clientOrNull(context, name, installation);
  if (client === null) return closed("the app has no access to this repository any more");
  const { owner, repo, octokit } = client;
  const about = await orNull(octokit.repos.get({ owner, repo }));
  if (about === null) return closed("the repository is not there any more");
  if (about.data.archived) return closed("the repository is archived");
  const defaultBranch = about.data.default_branch;
  const ref = await orNull(octokit.git.getRef({ owner, repo, ref: `heads/${defaultBranch}` }));
  if (ref === null) return closed("the repository is empty");
  const options = { ...DEFAULT_SNAPSHOT_LIMITS, wanted: (path: string) => path === CONFIG_PATH || isReadFile(path) };
  const snapshot = await readRepositorySnapshot(client, ref.data.object.sha, options, (read) =>
    unreadNames(read, { targets: null, isIncluded: () => true }),
  );
  const organisationDefaults = await readOrganisationDefaults(context, client, installation);
  const bot = await context.github.bot();
  const answer = configurationOf(snapshot, organisationDefaults);
  if (answer.kind === "invalid") {
    return { kind: "invalid-configuration", client, bot, commit: snapshot.commit, answer };
  }
  const configuration = answer.config;
  const read = { name, client, bot, defaultBranch, snapshot, configuration, organisationDefaults };
  return { kind: "open", repository: read };
}

/** A configuration that is there and cannot be read is an invalid one: it never becomes a silent default. */
function configurationOf(snapshot: CommitSnapshot, organisationDefaults: string | null): ConfigAnswer {
  const file = snapshot.files.get(CONFIG_PATH);
  const message = file === undefined ? null : whyUnreadable(file);
  if (message !== null) return { kind: "invalid", file: CONFIG_PATH, problems: [{ line: 1, message }] };
  return readConfig(configurationText(snapshot), organisationDefaults);
}

function whyUnreadable({ mode, content }: SnapshotFile): string | null {
  if (!mode.startsWith("100")) return "it is a link or a submodule, and has to be a file";
  if (content === null) return "it is too large to be read";
  return decodeText(content).kind === "text" ? null : "it is not a text in UTF-8 or UTF-16";
}

/** The text of the configuration in a snapshot; null where there is none. */
export function configurationText(snapshot: CommitSnapshot): string | null {
  const content = snapshot.files.get(CONFIG_PATH)?.content ?? null;
  const decoded = content === null ? null : decodeText(content);
  return decoded?.kind === "text" ? decoded.decoded.text : null;
}

function closed(reason: string): OpenAnswer {
  return { kind: "closed", reason };
}

/** GitHub gives no token for a repository that the installation does not see (404, 422) or that is suspended (403). */
async function clientOrNull(
  context: ServiceContext,
  name: string,
  installation: number,
): Promise<GitHubRepository | null> {
  try {
    return await context.github.repository(installation, name);
  } catch (error) {
    const status = statusOf(error);
    if (error instanceof RateLimited || ![403, 404, 422].includes(status ?? 0)) throw error;
    return null;
  }
}

/** The same file of the organisation's `.github` repository, where we may see it. */
async function readOrganisationDefaults(
  context: ServiceContext,
  client: GitHubRepository,
  installation: number,
): Promise<string | null> {
  if (client.repo === ".github") return null;
  const shared = await clientOrNull(context, `${client.owner}/.github`, installation);
  return shared === null ? null : orNull(readTextFile(shared, CONFIG_PATH));
}
