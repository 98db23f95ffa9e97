/** Installing the app on an account, and changing which repositories it sees. */
import { randomBytes } from "node:crypto";
import { renderInstallation, renderUser } from "../render/accounts.ts";
import { renderRepositoryName } from "../render/repositories.ts";
import type { Installation, Permissions, Repository, Token } from "../state.ts";
import type { ActorLogin, World } from "../world.ts";

export interface InstallationChoice {
  readonly account: string;
  /** Names of repositories, or all that the account has and will have. */
  readonly repositories: "all" | readonly string[];
  readonly actor: ActorLogin;
}

export function repositoriesOf(world: World, installation: Installation): Repository[] {
  return world.state.repositories.filter((repository) => world.covers(installation, repository));
}

function idsOf(world: World, account: string, names: readonly string[]): number[] {
  return names.map((name) => {
    const repository = world.findRepository(account, name);
    if (repository === null) throw new Error(`the fake GitHub has no repository ${account}/${name}`);
    return repository.id;
  });
}

export function install(world: World, choice: InstallationChoice): Installation {
  const all = choice.repositories === "all";
  const chosen = choice.repositories === "all" ? [] : idsOf(world, choice.account, choice.repositories);
  const installation: Installation = {
    id: world.nextId(),
    account: world.account(choice.account).login,
    selection: all ? "all" : "selected",
    repositories: chosen,
    permissions: world.app.permissions,
    events: world.app.events,
    createdAt: world.now(),
    updatedAt: world.now(),
  };
  world.state.installations.push(installation);
  world.emitAlways("installation", "created", installation, {
    action: "created",
    installation: renderInstallation(world, installation),
    repositories: repositoriesOf(world, installation).map(renderRepositoryName),
    sender: renderUser(world, choice.actor),
  });
  return installation;
}

export function uninstall(world: World, installation: Installation, actor: ActorLogin): void {
  const repositories = repositoriesOf(world, installation).map(renderRepositoryName);
  world.state.installations.splice(world.state.installations.indexOf(installation), 1);
  world.emitAlways("installation", "deleted", installation, {
    action: "deleted",
    installation: renderInstallation(world, installation),
    repositories,
    sender: renderUser(world, actor),
  });
}

export interface SelectionChange {
  readonly add: readonly string[];
  readonly remove: readonly string[];
  readonly actor: ActorLogin;
}

/** Adds and removes repositories; one webhook for each direction. */
export function changeSelection(world: World, installation: Installation, change: SelectionChange): void {
  const added = idsOf(world, installation.account, change.add);
  const removed = idsOf(world, installation.account, change.remove);
  installation.selection = "selected";
  installation.repositories = [...new Set([...installation.repositories, ...added])].filter(
    (id) => !removed.includes(id),
  );
  installation.updatedAt = world.now();
  if (added.length > 0) tellSelection(world, installation, { added, removed: [], actor: change.actor });
  if (removed.length > 0) tellSelection(world, installation, { added: [], removed, actor: change.actor });
}

/** Also for a new repository of an account that chose all. */
export function tellSelection(
  world: World,
  installation: Installation,
  change: { added: readonly number[]; removed: readonly number[]; actor: ActorLogin },
): void {
  const named = (ids: readonly number[]): unknown[] => ids.map((id) => renderRepositoryName(world.repositoryById(id)));
  const action = change.added.length > 0 ? "added" : "removed";
  world.emitAlways("installation_repositories", action, installation, {
    action,
    installation: renderInstallation(world, installation),
    repository_selection: installation.selection,
    repositories_added: named(change.added),
    repositories_removed: named(change.removed),
    requester: null,
    sender: renderUser(world, change.actor),
  });
}

const HOUR = 3_600_000;

export interface TokenScope {
  readonly repositories: readonly number[] | null;
  readonly permissions: Permissions;
}

export function issueToken(world: World, installation: Installation, scope: TokenScope): Token {
  const token: Token = {
    token: `ghs_${randomBytes(27).toString("base64url").replaceAll(/[-_]/g, "0")}`,
    installation: installation.id,
    login: null,
    expiresAt: Date.now() + HOUR,
    ...scope,
  };
  world.state.tokens.push(token);
  return token;
}
