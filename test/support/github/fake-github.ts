/**
 * A GitHub to run against: the REST operations that the app uses, on real bare git repositories, with webhooks, permissions,
 * limits and faults. Every answer and every webhook is checked against GitHub's own descriptions; `close()` fails the test
 * if one did not hold.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { changeSelection, install, tellSelection, uninstall } from "./actions/installations.ts";
import { openContract, type Contract, type Violation } from "./contract.ts";
import { Faults, type FaultRule } from "./faults.ts";
import { FakeRepository, type RepositoryOptions } from "./repository.ts";
import type { AppConversion } from "./routes/route.ts";
import { createGitHubServer, type LoggedRequest } from "./server.ts";
import {
  emptyState,
  type Account,
  type Delivery,
  type GitHubState,
  type Installation,
  type Permissions,
} from "./state.ts";
import { Webhooks } from "./webhooks.ts";
import { World, type FakeApp } from "./world.ts";

/** The parts of app.yml that say what the app is granted. */
export interface AppManifest {
  readonly name?: string;
  readonly description?: string;
  readonly url?: string;
  readonly default_permissions?: Permissions;
  readonly default_events?: readonly string[];
}

export interface FakeGitHubOptions {
  /** Folder for the bare repositories (`<root>/<owner>/<name>.git`) and the saved state. */
  readonly root: string;
  /** app.yml as parsed: exactly these permissions and events are granted. */
  readonly app: AppManifest;
  readonly appId: number;
  /** PEM of the key that verifies the app's own tokens. */
  readonly publicKey: string;
  readonly webhookSecret: string;
  /** Where webhooks go; may be set later with `setWebhookUrl`. */
  readonly webhookUrl?: string;
  /** 0 or absent: any free port. */
  readonly port?: number;
  /** Milliseconds; `advance` adds to it. Tokens expire by the real clock. */
  readonly clock?: () => number;
  /** To share compiled schemas between fakes: compiling them takes longer than the rest. */
  readonly contract?: Contract;
  /** Default `relock`: the bot is `relock[bot]`. */
  readonly slug?: string;
  /** For set-up mode: what `POST /app-manifests/{code}/conversions` hands out. */
  readonly conversion?: Omit<AppConversion, "app">;
}

const STATE_FILE = "github-state.json";

export class FakeGitHub {
  readonly world: World;
  readonly webhooks: Webhooks;
  readonly requests: LoggedRequest[] = [];
  /** Where the fake, or a request, was not as GitHub describes it. `close()` throws if any is left. */
  readonly violations: Violation[] = [];
  private readonly faults = new Faults();
  private readonly stop: () => Promise<void>;

  private constructor(options: FakeGitHubOptions, contract: Contract, listen: Listen) {
    const app = appOf(options);
    const saved = join(options.root, STATE_FILE);
    const state = existsSync(saved) ? (JSON.parse(readFileSync(saved, "utf8")) as GitHubState) : emptyState();
    this.world = new World({ state, app, folder: options.root, clock: options.clock ?? Date.now });
    const report = (violations: readonly Violation[]): void => {
      this.violations.push(...violations);
    };
    const { webhookSecret } = options;
    this.webhooks = new Webhooks({ world: this.world, secret: webhookSecret, contract, report });
    this.webhooks.target = options.webhookUrl ?? null;
    if (this.world.findAccount(app.owner) === null) this.createAccount(app.owner, "Organization", "Relock authors");
    if (this.world.findAccount(this.world.botLogin()) === null) this.createAccount(this.world.botLogin(), "Bot", null);
    this.stop = listen({
      world: this.world,
      webhooks: this.webhooks,
      webhookSecret,
      publicKey: options.publicKey,
      contract,
      faults: this.faults,
      conversion: options.conversion === undefined ? null : { ...options.conversion, app },
      report,
      log: (request) => this.requests.push(request),
    });
  }

  static async start(options: FakeGitHubOptions): Promise<FakeGitHub> {
    mkdirSync(options.root, { recursive: true });
    let ready: Promise<string> = Promise.resolve("");
    const listen: Listen = (serverOptions) => {
      const server = createGitHubServer(serverOptions);
      ready = new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(options.port ?? 0, "127.0.0.1", () => {
          resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
        });
      });
      return () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        });
    };
    const github = new FakeGitHub(options, options.contract ?? openContract(), listen);
    github.world.url = await ready;
    return github;
  }

  /** Root of the API (`GITHUB_API_URL`); the same is offered under `/api/v3`. */
  get url(): string {
    return this.world.url;
  }

  /** Stops listening and waits for deliveries; throws where the contract was broken. */
  async close(): Promise<void> {
    this.webhooks.target = null;
    await this.webhooks.settled();
    await this.stop();
    this.assertClean();
  }

  assertClean(): void {
    if (this.violations.length === 0) return;
    const lines = this.violations.map((one) => `- ${one.kind} ${one.operation}: ${one.detail}`);
    throw new Error(`not as GitHub describes it (${lines.length}):\n${lines.slice(0, 20).join("\n")}`);
  }

  /** Takes the violations out, for a test that provokes them. */
  takeViolations(): Violation[] {
    return this.violations.splice(0);
  }

  setWebhookUrl(url: string | null): void {
    this.webhooks.target = url;
  }

  advance(milliseconds: number): void {
    this.world.advance(milliseconds);
  }

  /** Writes everything but the git objects, so that a later `start` on the same folder goes on from here. */
  save(): void {
    writeFileSync(join(this.world.folder, STATE_FILE), JSON.stringify(this.world.state));
  }

  private createAccount(login: string, kind: Account["kind"], name: string | null): Account {
    const account = { id: this.world.nextId(), login, kind, name, createdAt: this.world.now() };
    this.world.state.accounts.push(account);
    return account;
  }

  createUser(login: string, name: string | null = null): Account {
    return this.world.findAccount(login) ?? this.createAccount(login, "User", name);
  }

  createOrganisation(login: string, owners: readonly string[] = []): Account {
    const account = this.world.findAccount(login) ?? this.createAccount(login, "Organization", null);
    for (const owner of owners) this.addMember(login, owner, "admin");
    return account;
  }

  addMember(organisation: string, login: string, role: "admin" | "member" = "member"): void {
    this.createUser(login);
    const at = this.world.state.memberships.findIndex(
      (one) => one.organisation === organisation && one.login === login,
    );
    if (at >= 0) this.world.state.memberships.splice(at, 1);
    this.world.state.memberships.push({ organisation, login, role });
  }

  /** A person's own token, for requests as that person. */
  createUserToken(login: string): string {
    const token = `ghp_${this.world.nextId()}${login}`;
    this.world.state.tokens.push({
      token,
      installation: null,
      login: this.world.account(login).login,
      expiresAt: Number.MAX_SAFE_INTEGER,
      repositories: null,
      permissions: {},
    });
    return token;
  }

  /** A new repository, with its first commit where files are given. An installation on all repositories hears of it. */
  createRepository(options: RepositoryOptions): FakeRepository {
    const repository = FakeRepository.create(this.world, options);
    for (const installation of this.world.installationsOf(repository.record)) {
      const actor = options.author ?? options.owner;
      tellSelection(this.world, installation, { added: [repository.record.id], removed: [], actor });
    }
    return repository;
  }

  repository(owner: string, name: string): FakeRepository {
    const record = this.world.findRepository(owner, name);
    if (record === null) throw new Error(`the fake GitHub has no repository ${owner}/${name}`);
    return new FakeRepository(this.world, record);
  }

  install(account: string, choice: { repositories?: "all" | readonly string[]; actor?: string } = {}): Installation {
    const actor = choice.actor ?? account;
    return install(this.world, { account, repositories: choice.repositories ?? "all", actor });
  }

  uninstall(installation: Installation, actor: string = installation.account): void {
    uninstall(this.world, installation, actor);
  }

  changeSelection(
    installation: Installation,
    change: { add?: readonly string[]; remove?: readonly string[]; actor?: string },
  ): void {
    const { add = [], remove = [], actor = installation.account } = change;
    changeSelection(this.world, installation, { add, remove, actor });
  }

  /** Makes requests go wrong; see `Fault`. */
  inject(rule: FaultRule): ReturnType<Faults["inject"]> {
    return this.faults.inject(rule);
  }

  clearFaults(): void {
    this.faults.clear();
  }

  get deliveries(): readonly Delivery[] {
    return this.world.state.deliveries;
  }

  /** Sends a delivery again, under the same `X-GitHub-Delivery`. */
  redeliver(delivery: Delivery): Delivery {
    return this.webhooks.redeliver(delivery);
  }

  /** Waits until every delivery has its answer. */
  settled(): Promise<void> {
    return this.webhooks.settled();
  }
}

type Listen = (options: Parameters<typeof createGitHubServer>[0]) => () => Promise<void>;

function appOf(options: FakeGitHubOptions): FakeApp {
  return {
    id: options.appId,
    slug: options.slug ?? "relock",
    name: options.app.name ?? "relock",
    description: options.app.description ?? null,
    url: options.app.url ?? "https://github.com/apps/relock",
    owner: "relock-authors",
    // Every app may read metadata.
    permissions: { ...options.app.default_permissions, metadata: "read" },
    events: options.app.default_events ?? [],
  };
}

export function startFakeGitHub(options: FakeGitHubOptions): Promise<FakeGitHub> {
  return FakeGitHub.start(options);
}
