/** Puts what every webhook of a repository carries around what is particular to it. */
import { nodeId, renderOrganisation, renderUser } from "../render/accounts.ts";
import { renderRepository } from "../render/repositories.ts";
import type { Installation, Repository } from "../state.ts";
import type { ActorLogin, World } from "../world.ts";

type Json = Record<string, unknown>;

export interface Announcement {
  readonly name: string;
  readonly action: string | null;
  readonly actor: ActorLogin;
  readonly payload: Json;
}

export function announce(world: World, repository: Repository, event: Announcement): void {
  const owner = world.account(repository.owner);
  world.emit(event.name, event.action, repository, {
    ...(event.action === null ? {} : { action: event.action }),
    ...event.payload,
    repository: renderRepository(world, repository),
    ...(owner.kind === "Organization" ? { organization: renderOrganisation(world, owner) } : {}),
    sender: renderUser(world, event.actor),
  });
}

/** How the webhooks of a repository name the installation that they are sent to. */
export function installationOf(installation: Installation): Json {
  return { installation: { id: installation.id, node_id: nodeId("Installation", installation.id) } };
}
