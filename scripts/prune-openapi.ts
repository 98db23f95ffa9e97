/**
 * Cuts GitHub's published API description down to what the fake GitHub of the tests offers.
 *
 *     npm pack @octokit/openapi@23.0.2 @octokit/webhooks-schemas@7.6.1   (in a temporary folder; unpacked 385 MB)
 *     node scripts/prune-openapi.ts OPENAPI_JSON WEBHOOKS_JSON
 *     prettier --write test/support/github/*.json
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

/** Paths and methods that the fake answers. An operation that is not here is answered by 404 and fails the test. */
const OPERATIONS: Readonly<Record<string, readonly string[]>> = {
  "/app": ["get"],
  "/app-manifests/{code}/conversions": ["post"],
  "/app/installations": ["get"],
  "/app/installations/{installation_id}": ["get"],
  "/app/installations/{installation_id}/access_tokens": ["post"],
  "/app/hook/config": ["get"],
  "/app/hook/deliveries": ["get"],
  "/app/hook/deliveries/{delivery_id}": ["get"],
  "/app/hook/deliveries/{delivery_id}/attempts": ["post"],
  "/installation/repositories": ["get"],
  "/installation/token": ["delete"],
  "/rate_limit": ["get"],
  "/user": ["get"],
  "/users/{username}": ["get"],
  "/orgs/{org}/installation": ["get"],
  "/users/{username}/installation": ["get"],
  "/repos/{owner}/{repo}": ["get"],
  "/repos/{owner}/{repo}/installation": ["get"],
  "/repos/{owner}/{repo}/contents/{path}": ["get"],
  "/repos/{owner}/{repo}/collaborators/{username}/permission": ["get"],
  "/repos/{owner}/{repo}/branches": ["get"],
  "/repos/{owner}/{repo}/branches/{branch}": ["get"],
  "/repos/{owner}/{repo}/commits": ["get"],
  "/repos/{owner}/{repo}/commits/{ref}": ["get"],
  "/repos/{owner}/{repo}/commits/{ref}/status": ["get"],
  "/repos/{owner}/{repo}/commits/{ref}/check-runs": ["get"],
  "/repos/{owner}/{repo}/commits/{commit_sha}/pulls": ["get"],
  "/repos/{owner}/{repo}/compare/{basehead}": ["get"],
  "/repos/{owner}/{repo}/git/ref/{ref}": ["get"],
  "/repos/{owner}/{repo}/git/matching-refs/{ref}": ["get"],
  "/repos/{owner}/{repo}/git/refs": ["post"],
  "/repos/{owner}/{repo}/git/refs/{ref}": ["patch", "delete"],
  "/repos/{owner}/{repo}/git/commits": ["post"],
  "/repos/{owner}/{repo}/git/commits/{commit_sha}": ["get"],
  "/repos/{owner}/{repo}/git/trees": ["post"],
  "/repos/{owner}/{repo}/git/trees/{tree_sha}": ["get"],
  "/repos/{owner}/{repo}/git/blobs": ["post"],
  "/repos/{owner}/{repo}/git/blobs/{file_sha}": ["get"],
  "/repos/{owner}/{repo}/pulls": ["get", "post"],
  "/repos/{owner}/{repo}/pulls/{pull_number}": ["get", "patch"],
  "/repos/{owner}/{repo}/pulls/{pull_number}/files": ["get"],
  "/repos/{owner}/{repo}/pulls/{pull_number}/commits": ["get"],
  "/repos/{owner}/{repo}/issues": ["get", "post"],
  "/repos/{owner}/{repo}/issues/{issue_number}": ["get", "patch"],
  "/repos/{owner}/{repo}/issues/{issue_number}/comments": ["get", "post"],
  "/repos/{owner}/{repo}/issues/comments/{comment_id}": ["get", "patch", "delete"],
  "/repos/{owner}/{repo}/issues/{issue_number}/labels": ["get", "post", "put"],
  "/repos/{owner}/{repo}/issues/{issue_number}/labels/{name}": ["delete"],
  "/repos/{owner}/{repo}/labels": ["get", "post"],
  "/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions": ["get", "post"],
  "/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions/{reaction_id}": ["delete"],
  "/repos/{owner}/{repo}/issues/{issue_number}/reactions": ["get", "post"],
  "/repos/{owner}/{repo}/check-runs": ["post"],
  "/repos/{owner}/{repo}/check-runs/{check_run_id}": ["get", "patch"],
};

/** Definitions of `@octokit/webhooks-schemas` for what the fake sends. */
const WEBHOOKS = [
  "push$event",
  "check_run$completed",
  "check_run$created",
  "check_run$rerequested",
  "check_suite$requested",
  "create$event",
  "delete$event",
  "installation$created",
  "installation$deleted",
  "installation_repositories$added",
  "installation_repositories$removed",
  "issue_comment$created",
  "issue_comment$deleted",
  "issue_comment$edited",
  "issues$closed",
  "issues$edited",
  "issues$labeled",
  "issues$opened",
  "issues$reopened",
  "pull_request$closed",
  "pull_request$edited",
  "pull_request$labeled",
  "pull_request$opened",
  "pull_request$reopened",
  "pull_request$synchronize",
  "repository$renamed",
];

const PROSE = new Set(["description", "summary", "example", "examples", "externalDocs", "x-github", "title", "tags"]);

/** Leaves out prose and examples: the shape alone is checked. A property may itself be called `title`. */
function withoutProse(value: Json, insideProperties: boolean): Json {
  if (Array.isArray(value)) return value.map((item) => withoutProse(item, false));
  if (value === null || typeof value !== "object") return value;
  const kept = Object.entries(value).filter(([key]) => insideProperties || !PROSE.has(key));
  return Object.fromEntries(
    kept.map(([key, item]) => [key, withoutProse(item, key === "properties" && !insideProperties)]),
  );
}

function references(value: Json, found: Set<string>): void {
  if (Array.isArray(value)) value.forEach((item) => references(item, found));
  else if (value !== null && typeof value === "object") {
    for (const [key, item] of Object.entries(value)) {
      if (key === "$ref" && typeof item === "string") found.add(item);
      else references(item, found);
    }
  }
}

function at(root: JsonObject, pointer: string): Json {
  return pointer
    .replace(/^#\//, "")
    .split("/")
    .reduce<Json>((value, key) => (value as JsonObject)[key.replaceAll("~1", "/")] ?? null, root);
}

/** Copies what `start` refers to, and what that refers to, to the same place in `target`. */
function copyReferenced(source: JsonObject, target: JsonObject, start: Json): void {
  const waiting = new Set<string>();
  references(start, waiting);
  for (const pointer of waiting) {
    const value = withoutProse(at(source, pointer), false);
    references(value, waiting);
    const keys = pointer.replace(/^#\//, "").split("/");
    let place = target;
    for (const key of keys.slice(0, -1)) place = (place[key] ??= {}) as JsonObject;
    place[keys.at(-1) ?? ""] = value;
  }
}

/**
 * The list of installations demands of an account to be a user and an enterprise at once (`allOf`); the form of one
 * installation says either of the two, and that is what GitHub answers.
 */
function correct(paths: JsonObject): void {
  const place = "/~1app~1installations/get/responses/200/content/application~1json/schema";
  const list = at(paths, `#${place}`) as JsonObject;
  list["items"] = { $ref: "#/components/schemas/installation" };
}

function pruneOpenApi(source: JsonObject): JsonObject {
  const paths: JsonObject = {};
  for (const [path, methods] of Object.entries(OPERATIONS)) {
    const item = (source["paths"] as JsonObject)[path] as JsonObject | undefined;
    if (item === undefined) throw new Error(`the description has no ${path}`);
    paths[path] = Object.fromEntries(methods.map((method) => [method, withoutProse(item[method] ?? null, false)]));
  }
  const target: JsonObject = { openapi: source["openapi"] ?? null, paths, components: {} };
  correct(paths);
  copyReferenced(source, target, paths);
  return target;
}

function pruneWebhooks(source: JsonObject): JsonObject {
  const target: JsonObject = { $schema: source["$schema"] ?? null, definitions: {} };
  copyReferenced(
    source,
    target,
    WEBHOOKS.map((name) => ({ $ref: `#/definitions/${name}` })),
  );
  return target;
}

const [openApiFile, webhooksFile] = process.argv.slice(2);
if (openApiFile === undefined || webhooksFile === undefined) {
  throw new Error("usage: node scripts/prune-openapi.ts OPENAPI_JSON WEBHOOKS_JSON");
}
const folder = join(dirname(fileURLToPath(import.meta.url)), "../test/support/github");
const readJson = (file: string): JsonObject => JSON.parse(readFileSync(file, "utf8")) as JsonObject;
writeFileSync(join(folder, "openapi.json"), JSON.stringify(pruneOpenApi(readJson(openApiFile)), null, 1));
writeFileSync(join(folder, "webhooks.json"), JSON.stringify(pruneWebhooks(readJson(webhooksFile)), null, 1));
