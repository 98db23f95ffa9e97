/** The state of the fake, the repositories behind it, and what every part needs: ids, time, look-ups, events. */
import { join } from "node:path";
import { notFound } from "./api-error.ts";
import type { Signature } from "./commit-object.ts";
import { BareRepository } from "./git.ts";
import type { Account, GitHubState, Installation, Issue, Permissions, Repository, Role } from "./state.ts";

/** The app under test, with exactly the permissions and events of its app.yml. */
export interface FakeApp {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly description: string | null;
  readonly url: string;
  /** Account that owns the app. */
  readonly owner: string;
  readonly permissions: Permissions;
  readonly events: readonly string[];
}

/** Something that happened and that the app may be told about. */
export interface WorldEvent {
  readonly name: string;
  readonly action: string | null;
  readonly repository: Repository | null;
  readonly installation: Installation;
  readonly payload: Record<string, unknown>;
}

/** Who does something: a person's login, or the app's bot. */
export type ActorLogin = string;

const RANK: Readonly<Record<Role | "none", number>> = { none: 0, read: 1, triage: 2, write: 3, maintain: 4, admin: 5 };

const NO_REPLY = "users.noreply.github.com";

export class World {
  readonly state: GitHubState;
  readonly app: FakeApp;
  readonly folder: string;
  /** Root of the API and of the pages, without a slash at the end; known when the server listens. */
  url = "http://127.0.0.1";
  /** Requests that an installation may make in an hour. */
  rateLimit = 5000;
  /** A recursive listing of a tree is cut here. */
  treeLimit = 100_000;
  private readonly clock: () => number;
  private readonly stores = new Map<number, BareRepository>();
  private readonly listeners: ((event: WorldEvent) => void)[] = [];
  private advanced = 0;

  constructor(options: { state: GitHubState; app: FakeApp; folder: string; clock: () => number }) {
    this.state = options.state;
    this.app = options.app;
    this.folder = options.folder;
    this.clock = options.clock;
  }

  milliseconds(): number {
    return this.clock() + this.advanced;
  }

  advance(milliseconds: number): void {
    this.advanced += milliseconds;
  }

  /** ISO 8601 in seconds, as the API writes times. */
  now(): string {
    return new Date(this.milliseconds()).toISOString().replace(/\.\d+Z$/, "Z");
  }

  nextId(): number {
    this.state.lastId += 1;
    return this.state.lastId;
  }

  onEvent(listener: (event: WorldEvent) => void): void {
    this.listeners.push(listener);
  }

  /** Tells the installation of that repository, if the app asked for such events. */
  emit(name: string, action: string | null, repository: Repository, payload: Record<string, unknown>): void {
    for (const installation of this.installationsOf(repository)) {
      if (!installation.events.includes(name)) continue;
      for (const listener of this.listeners) listener({ name, action, repository, installation, payload });
    }
  }

  /** Events about the installation itself always come. */
  emitAlways(name: string, action: string, installation: Installation, payload: Record<string, unknown>): void {
    for (const listener of this.listeners) listener({ name, action, repository: null, installation, payload });
  }

  installationsOf(repository: Repository): Installation[] {
    return this.state.installations.filter((installation) => this.covers(installation, repository));
  }

  covers(installation: Installation, repository: Repository): boolean {
    if (installation.account !== repository.owner) return false;
    return installation.selection === "all" || installation.repositories.includes(repository.id);
  }

  botLogin(): string {
    return `${this.app.slug}[bot]`;
  }

  findAccount(login: string): Account | null {
    const wanted = login.toLowerCase();
    return this.state.accounts.find((account) => account.login.toLowerCase() === wanted) ?? null;
  }

  account(login: string): Account {
    const account = this.findAccount(login);
    if (account === null) throw new Error(`the fake GitHub has no account ${login}: create it first`);
    return account;
  }

  findRepository(owner: string, name: string): Repository | null {
    const wanted = `${owner}/${name}`.toLowerCase();
    return this.state.repositories.find((one) => `${one.owner}/${one.name}`.toLowerCase() === wanted) ?? null;
  }

  repositoryById(id: number): Repository {
    const repository = this.state.repositories.find((one) => one.id === id);
    if (repository === undefined) throw notFound();
    return repository;
  }

  git(repository: Repository): BareRepository {
    const known = this.stores.get(repository.id);
    if (known !== undefined) return known;
    const folder = join(this.folder, repository.owner, `${repository.name}.git`);
    const store = new BareRepository(folder, repository.defaultBranch);
    this.stores.set(repository.id, store);
    return store;
  }

  forgetStore(repository: Repository): void {
    this.stores.delete(repository.id);
  }

  findIssue(repository: Repository, number: number): Issue | null {
    return this.state.issues.find((issue) => issue.repository === repository.id && issue.number === number) ?? null;
  }

  issue(repository: Repository, number: number): Issue {
    const issue = this.findIssue(repository, number);
    if (issue === null) throw notFound();
    return issue;
  }

  nextNumber(repository: Repository): number {
    const taken = this.state.issues.filter((issue) => issue.repository === repository.id);
    return Math.max(0, ...taken.map((issue) => issue.number)) + 1;
  }

  /** What a person may do: owner, organisation role, collaborator, and everybody on a public repository. */
  role(repository: Repository, login: string): Role | "none" {
    const wanted = login.toLowerCase();
    if (repository.owner.toLowerCase() === wanted) return "admin";
    const membership = this.state.memberships.find(
      (one) => one.organisation === repository.owner && one.login.toLowerCase() === wanted,
    );
    const roles: (Role | "none")[] = [repository.private ? "none" : "read"];
    if (membership?.role === "admin") roles.push("admin");
    if (membership?.role === "member") roles.push(repository.basePermission);
    const named = Object.entries(repository.collaborators).find(([name]) => name.toLowerCase() === wanted);
    if (named !== undefined) roles.push(named[1]);
    return roles.reduce((best, role) => (RANK[role] > RANK[best] ? role : best));
  }

  /** The name under which GitHub writes a commit of that account. */
  signature(login: string): Signature {
    const account = this.account(login);
    return {
      name: account.name ?? account.login,
      email: `${account.id}+${account.login}@${NO_REPLY}`,
      date: this.now(),
    };
  }

  webFlow(): Signature {
    return { name: "GitHub", email: "noreply@github.com", date: this.now() };
  }

  /** Whose address it is, or null: nobody's here. */
  accountOfEmail(email: string): Account | null {
    const login = new RegExp(`^\\d+\\+(.+)@${NO_REPLY.replaceAll(".", "\\.")}$`).exec(email)?.[1];
    return login === undefined ? null : this.findAccount(login);
  }
}
