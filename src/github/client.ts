/** Authenticated access to GitHub: as the app, and as its installation on one repository. */
import { Octokit } from "@octokit/rest";
import { Probot, ProbotOctokit } from "probot";
import type { Log } from "./log.ts";
import { applyRequestPolicy, createPacer, type Pacer, type RequestPolicy } from "./request-policy.ts";
import type { SecretRegistry } from "./secrets.ts";

/** One repository, with a client whose token reaches no other. */
export interface GitHubRepository {
  readonly owner: string;
  readonly repo: string;
  readonly octokit: Octokit;
  /** For a clone where the API cannot list the tree. Registered as a secret. */
  readonly token: string;
}

/** The app's own account, as commits and comments show it. */
export interface BotIdentity {
  /** `relock[bot]`. */
  readonly login: string;
  readonly appId: number;
}

export interface AppAccess {
  readonly probot: Probot;
  bot(): Promise<BotIdentity>;
  repository(installationId: number, fullName: string): Promise<GitHubRepository>;
  /** Calls that only an app may make. */
  asApp(): Promise<Octokit>;
  /** Full names of the repositories that an installation may see. */
  installedRepositories(installationId: number): Promise<readonly string[]>;
}

export interface AppAccessOptions {
  readonly appId: string;
  readonly privateKey: string;
  readonly webhookSecret: string;
  /** Root of the API, without a slash at its end. */
  readonly apiUrl: string;
  readonly policy: RequestPolicy;
  readonly secrets: SecretRegistry;
  readonly log: Log;
}

interface CachedToken {
  readonly token: string;
  readonly expiresAt: number;
}

const RENEW_BEFORE_MS = 10 * 60_000;

/** Opens the app's access. Nothing is asked of GitHub before the first use. */
export function createAppAccess(options: AppAccessOptions): AppAccess {
  const { secrets, policy } = options;
  secrets.register(options.privateKey);
  secrets.register(options.webhookSecret);
  const probot = new Probot({
    appId: options.appId,
    privateKey: options.privateKey,
    secret: options.webhookSecret,
    baseUrl: options.apiUrl,
    // Probot's own limits wait inside the process; here a job is put off instead (request-policy.ts).
    Octokit: ProbotOctokit.defaults((given: object) => ({
      ...given,
      retry: { enabled: false },
      throttle: { enabled: false },
    })),
    log: options.log as unknown as NonNullable<ConstructorParameters<typeof Probot>[0]>["log"],
  });
  const tokens = new Map<string, CachedToken>();
  const pacers = new Map<number, Pacer>();
  const session = { probot, tokens, pacers, options, app: null as Promise<Octokit> | null };
  const asApp = (): Promise<Octokit> => (session.app ??= openAsApp(probot, policy));
  let bot: Promise<BotIdentity> | null = null;
  return {
    probot,
    asApp,
    bot() {
      bot ??= identify(asApp).catch((error: unknown) => {
        bot = null;
        throw error;
      });
      return bot;
    },
    async repository(installationId, fullName) {
      const [owner = "", repo = ""] = fullName.split("/");
      const token = await tokenFor(session, asApp, { installationId, repository: repo });
      return { owner, repo, token, octokit: clientWith(session, installationId, token) };
    },
    async installedRepositories(installationId) {
      const token = await tokenFor(session, asApp, { installationId, repository: null });
      const octokit = clientWith(session, installationId, token);
      const found = await octokit.paginate(octokit.apps.listReposAccessibleToInstallation, {
        per_page: 100,
      });
      return found.map((repository) => repository.full_name);
    },
  };
}

interface Session {
  readonly tokens: Map<string, CachedToken>;
  readonly pacers: Map<number, Pacer>;
  readonly options: AppAccessOptions;
}

async function openAsApp(probot: Probot, policy: RequestPolicy): Promise<Octokit> {
  const client = await probot.auth();
  applyRequestPolicy(client as never, policy, createPacer({ ...policy, writeIntervalMs: 0 }));
  return client as unknown as Octokit;
}

async function identify(asApp: () => Promise<Octokit>): Promise<BotIdentity> {
  const { data } = await (await asApp()).rest.apps.getAuthenticated();
  if (data === null) throw new Error("GitHub did not say which app this is");
  return { login: `${data.slug ?? data.name}[bot]`, appId: data.id };
}

/** A token for one repository alone, so that a mistake cannot reach another repository of the installation. */
async function tokenFor(
  session: Session,
  asApp: () => Promise<Octokit>,
  scope: { readonly installationId: number; readonly repository: string | null },
): Promise<string> {
  const { policy, secrets } = session.options;
  const key = `${String(scope.installationId)}/${scope.repository ?? ""}`;
  const cached = session.tokens.get(key);
  if (cached !== undefined && cached.expiresAt - RENEW_BEFORE_MS > policy.now()) return cached.token;
  const { data } = await (
    await asApp()
  ).rest.apps.createInstallationAccessToken({
    installation_id: scope.installationId,
    ...(scope.repository === null ? {} : { repositories: [scope.repository] }),
  });
  secrets.registerToken(data.token);
  // GitHub's clock and ours may differ, and tests move ours: count from now, an hour at most.
  session.tokens.set(key, { token: data.token, expiresAt: policy.now() + 60 * 60_000 });
  return data.token;
}

function clientWith(session: Session, installationId: number, token: string): Octokit {
  const { policy, log, apiUrl } = session.options;
  const quiet = (message: unknown): void => {
    // Octokit says "request" before each one; the line after it has the details.
    if (message !== "request") log.debug(message);
  };
  const octokit = new Octokit({
    auth: token,
    baseUrl: apiUrl,
    userAgent: "relock",
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
  const pacer = session.pacers.get(installationId) ?? createPacer(policy);
  session.pacers.set(installationId, pacer);
  applyRequestPolicy(octokit as never, policy, pacer);
  return octokit;
}
