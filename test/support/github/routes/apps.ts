import { issueToken, repositoriesOf } from "../actions/installations.ts";
import { ApiError, notFound } from "../api-error.ts";
import { rateWindow } from "../authentication.ts";
import { renderApp, renderInstallation, renderPublicUser } from "../render/accounts.ts";
import { renderRepository } from "../render/repositories.ts";
import type { Delivery, Installation, Permissions, Repository } from "../state.ts";
import type { World } from "../world.ts";
import { created, noContent, ok, page, parameter, type Call, type Routes } from "./route.ts";

type Json = Record<string, unknown>;

const RANK: Readonly<Record<string, number>> = { read: 1, write: 2, admin: 3 };

function installationById(world: World, id: string): Installation {
  const found = world.state.installations.find((one) => String(one.id) === id);
  if (found === undefined) throw notFound();
  return found;
}

function installationOfAccount(world: World, login: string): Installation {
  const found = world.state.installations.find((one) => one.account.toLowerCase() === login.toLowerCase());
  if (found === undefined) throw notFound();
  return found;
}

/** What the token may see: what was asked for, if the installation has it. */
function narrowedRepositories(call: Call, installation: Installation): readonly number[] | null {
  const names = call.body["repositories"] as readonly string[] | undefined;
  const ids = call.body["repository_ids"] as readonly number[] | undefined;
  if (names === undefined && ids === undefined) return null;
  const granted = repositoriesOf(call.world, installation);
  const wanted = (repository: Repository): boolean =>
    (names?.some((name) => name.toLowerCase() === repository.name.toLowerCase()) ?? false) ||
    (ids?.includes(repository.id) ?? false);
  const found = granted.filter(wanted);
  if (found.length < (names?.length ?? 0) + (ids?.length ?? 0)) {
    throw new ApiError(
      422,
      "There is at least one repository that does not exist or is not accessible to the parent installation.",
    );
  }
  return found.map((repository) => repository.id);
}

function narrowedPermissions(call: Call, installation: Installation): Permissions {
  const wanted = call.body["permissions"] as Permissions | undefined;
  if (wanted === undefined || Object.keys(wanted).length === 0) return installation.permissions;
  for (const [name, level] of Object.entries(wanted)) {
    if ((RANK[installation.permissions[name] ?? ""] ?? 0) < (RANK[level] ?? 0)) {
      throw new ApiError(422, "The permissions requested are not granted to this installation.");
    }
  }
  return { ...wanted, metadata: "read" };
}

function createToken(call: Call): Json {
  const installation = installationById(call.world, parameter(call, "installation_id"));
  const repositories = narrowedRepositories(call, installation);
  const token = issueToken(call.world, installation, {
    repositories,
    permissions: narrowedPermissions(call, installation),
  });
  return {
    token: token.token,
    expires_at: new Date(token.expiresAt).toISOString().replace(/\.\d+Z$/, "Z"),
    permissions: token.permissions,
    repository_selection: repositories === null ? installation.selection : "selected",
    ...(repositories === null
      ? {}
      : { repositories: repositories.map((id) => renderRepository(call.world, call.world.repositoryById(id))) }),
  };
}

function renderDelivery(delivery: Delivery): Json {
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: delivery.deliveredAt,
    redelivery: delivery.redelivery,
    duration: delivery.duration,
    status: delivery.status,
    status_code: delivery.statusCode,
    event: delivery.event,
    action: delivery.action,
    installation_id: delivery.installation,
    repository_id: delivery.repository,
    throttled_at: null,
  };
}

function deliveryById(world: World, id: string): Delivery {
  const found = world.state.deliveries.find((one) => String(one.id) === id);
  if (found === undefined) throw notFound();
  return found;
}

/** Newest first; `cursor` is the id from which to go on. */
function listDeliveries(call: Call): Json[] {
  const size = Number(call.query.get("per_page") ?? 30);
  const cursor = call.query.get("cursor");
  const status = call.query.get("status");
  return call.world.state.deliveries
    .filter((one) => cursor === null || one.id < Number(cursor))
    .filter((one) => status === null || (status === "success") === (one.statusCode >= 200 && one.statusCode < 400))
    .toReversed()
    .slice(0, size)
    .map(renderDelivery);
}

function convertManifest(call: Call): Json {
  const conversion = call.conversion;
  if (conversion === null || conversion.code !== parameter(call, "code")) throw notFound();
  return {
    ...renderApp(call.world),
    client_id: conversion.clientId,
    client_secret: conversion.clientSecret,
    webhook_secret: call.webhookSecret,
    pem: conversion.privateKey,
  };
}

function visibleRepositories(call: Call): Json[] {
  const { caller, world } = call;
  if (caller.kind !== "installation") return [];
  return repositoriesOf(world, caller.installation)
    .filter((one) => caller.scope.repositories?.includes(one.id) ?? true)
    .map((repository) => renderRepository(world, repository));
}

const limit = (call: Call): Json => {
  const { key, reset } = rateWindow(call.world, call.caller);
  const used = call.world.state.used[key] ?? 0;
  return { limit: call.world.rateLimit, remaining: Math.max(0, call.world.rateLimit - used), reset, used };
};

export const appRoutes: Routes = {
  "GET /app": { access: "app", handle: (call) => ok(renderApp(call.world)) },
  "POST /app-manifests/{code}/conversions": { access: "anyone", handle: (call) => created(convertManifest(call)) },
  "GET /app/installations": {
    access: "app",
    handle: ({ world }) => page(world.state.installations.map((one) => renderInstallation(world, one))),
  },
  "GET /app/installations/{installation_id}": {
    access: "app",
    handle: (call) =>
      ok(renderInstallation(call.world, installationById(call.world, parameter(call, "installation_id")))),
  },
  "POST /app/installations/{installation_id}/access_tokens": {
    access: "app",
    handle: (call) => created(createToken(call)),
  },
  "GET /app/hook/config": {
    access: "app",
    handle: ({ webhooks }) =>
      ok({
        content_type: "json",
        insecure_ssl: "0",
        secret: "********",
        ...(webhooks.target === null ? {} : { url: webhooks.target }),
      }),
  },
  "GET /app/hook/deliveries": { access: "app", handle: (call) => ok(listDeliveries(call)) },
  "GET /app/hook/deliveries/{delivery_id}": {
    access: "app",
    handle: (call) => {
      const delivery = deliveryById(call.world, parameter(call, "delivery_id"));
      return ok({
        ...renderDelivery(delivery),
        url: call.webhooks.target ?? "",
        request: { headers: call.webhooks.headers(delivery), payload: JSON.parse(delivery.body) as unknown },
        response: { headers: {}, payload: delivery.responseBody },
      });
    },
  },
  "POST /app/hook/deliveries/{delivery_id}/attempts": {
    access: "app",
    handle: (call) => {
      call.webhooks.redeliver(deliveryById(call.world, parameter(call, "delivery_id")));
      return { status: 202, body: {} };
    },
  },
  "GET /installation/repositories": {
    access: "installation",
    handle: (call) => page(visibleRepositories(call), "repositories"),
  },
  "DELETE /installation/token": {
    access: "installation",
    handle: ({ world, caller }) => {
      const used = caller.kind === "installation" ? caller.scope.token : "";
      const at = world.state.tokens.findIndex((token) => token.token === used);
      world.state.tokens.splice(at, 1);
      return noContent();
    },
  },
  "GET /rate_limit": {
    access: "anyone",
    handle: (call) => ok({ resources: { core: limit(call), search: limit(call) }, rate: limit(call) }),
  },
  "GET /user": {
    access: "anyone",
    handle: ({ world, caller }) => {
      if (caller.kind === "anonymous") throw new ApiError(401, "Requires authentication");
      if (caller.kind !== "user") throw new ApiError(403, "Resource not accessible by integration");
      return ok(renderPublicUser(world, world.account(caller.login)));
    },
  },
  "GET /users/{username}": {
    access: "anyone",
    handle: (call) => {
      const account = call.world.findAccount(parameter(call, "username"));
      if (account === null) throw notFound();
      return ok(renderPublicUser(call.world, account));
    },
  },
  "GET /orgs/{org}/installation": {
    access: "app",
    handle: (call) => ok(renderInstallation(call.world, installationOfAccount(call.world, parameter(call, "org")))),
  },
  "GET /users/{username}/installation": {
    access: "app",
    handle: (call) =>
      ok(renderInstallation(call.world, installationOfAccount(call.world, parameter(call, "username")))),
  },
  "GET /repos/{owner}/{repo}/installation": {
    access: "app",
    handle: (call) => {
      const repository = call.world.findRepository(parameter(call, "owner"), parameter(call, "repo"));
      const installation = repository === null ? undefined : call.world.installationsOf(repository)[0];
      if (installation === undefined) throw notFound();
      return ok(renderInstallation(call.world, installation));
    },
  },
};
