import { createRef, deleteRef, updateRef } from "../actions/refs.ts";
import { ApiError, notAccessible, notFound } from "../api-error.ts";
import type { Signature } from "../commit-object.ts";
import type { TreeChange } from "../change-tree.ts";
import { nodeId } from "../render/accounts.ts";
import { renderGitCommit } from "../render/commits.ts";
import { repositoryUrl } from "../render/repositories.ts";
import {
  created,
  noContent,
  ok,
  onRepository,
  page,
  parameter,
  text,
  type RepositoryCall,
  type Routes,
} from "./route.ts";

type Json = Record<string, unknown>;

const BLOB_LIMIT = 100_000_000;

const unprocessable = (message: string): ApiError => new ApiError(422, message);

function renderRef(call: RepositoryCall, name: string, object: { sha: string; type: string }): Json {
  const url = repositoryUrl(call.world, call.repository);
  return {
    ref: name,
    node_id: nodeId("Ref", name),
    url: `${url}/git/${name}`,
    object: { type: object.type, sha: object.sha, url: `${url}/git/${object.type}s/${object.sha}` },
  };
}

function refNamed(call: RepositoryCall): string {
  return `refs/${parameter(call, "ref")}`;
}

function getRef(call: RepositoryCall): Json {
  const git = call.world.git(call.repository);
  const sha = git.ref(refNamed(call));
  if (sha === null) throw notFound();
  return renderRef(call, refNamed(call), { sha, type: git.object(sha)?.type ?? "commit" });
}

function matchingRefs(call: RepositoryCall): Json[] {
  return call.world
    .git(call.repository)
    .refs(refNamed(call))
    .map((ref) => renderRef(call, ref.name, ref));
}

function afterRef(call: RepositoryCall, ref: string, sha: string): Json {
  return renderRef(call, ref, { sha, type: call.world.git(call.repository).object(sha)?.type ?? "commit" });
}

function makeRef(call: RepositoryCall): Json {
  const ref = text(call, "ref");
  const sha = text(call, "sha");
  if (!ref.startsWith("refs/")) throw unprocessable("Reference name must start with 'refs/'.");
  createRef(call.world, call.repository, { ref, sha, actor: call.actor });
  return afterRef(call, ref, sha);
}

function moveRef(call: RepositoryCall): Json {
  const sha = text(call, "sha");
  updateRef(call.world, call.repository, {
    ref: refNamed(call),
    sha,
    actor: call.actor,
    force: call.body["force"] === true,
  });
  return afterRef(call, refNamed(call), sha);
}

function person(value: unknown, fallback: Signature): Signature {
  const given = value as { name: string; email: string; date?: string };
  return { name: given.name, email: given.email, date: given.date ?? fallback.date };
}

/** Verified only if the app names nobody: then GitHub itself signs for it. */
function makeCommit(call: RepositoryCall): Json {
  const { world, repository, body } = call;
  const git = world.git(repository);
  const tree = text(call, "tree");
  const parents = (body["parents"] ?? []) as string[];
  if (git.object(tree)?.type !== "tree") throw unprocessable("Tree SHA does not exist");
  for (const parent of parents)
    if (git.commit(parent) === null) throw unprocessable("Parent SHA does not exist or is not a commit object");
  const own = world.signature(call.actor);
  const named = body["author"] !== undefined || body["committer"] !== undefined || body["signature"] !== undefined;
  const author = body["author"] === undefined ? own : person(body["author"], own);
  const sign = !named && call.caller.kind === "installation";
  const committer =
    body["committer"] === undefined ? (sign ? world.webFlow() : author) : person(body["committer"], own);
  const sha = git.writeCommit({ tree, parents, author, committer, message: text(call, "message"), sign });
  return renderGitCommit(world, repository, git.commit(sha) ?? impossible(sha));
}

function impossible(sha: string): never {
  throw new Error(`git lost ${sha}`);
}

function getCommit(call: RepositoryCall): Json {
  const commit = call.world.git(call.repository).commit(parameter(call, "commit_sha"));
  if (commit === null || commit.sha.length !== 40) throw notFound();
  return renderGitCommit(call.world, call.repository, commit);
}

function getTree(call: RepositoryCall): Json {
  const git = call.world.git(call.repository);
  const asked = parameter(call, "tree_sha");
  const object = /^[0-9a-f]{40}$/.test(asked) ? asked : git.resolve(asked);
  const sha = object === null ? null : (git.commit(object)?.tree ?? object);
  const entries = sha === null ? null : git.tree(sha, call.query.has("recursive"));
  if (sha === null || entries === null) throw notFound();
  return renderTree(call, sha, entries);
}

function renderTree(
  call: RepositoryCall,
  sha: string,
  entries: NonNullable<ReturnType<ReturnType<typeof call.world.git>["tree"]>>,
): Json {
  const url = `${repositoryUrl(call.world, call.repository)}/git`;
  return {
    sha,
    url: `${url}/trees/${sha}`,
    tree: entries.slice(0, call.world.treeLimit).map((entry) => ({
      path: entry.path,
      mode: entry.mode,
      type: entry.type,
      sha: entry.sha,
      ...(entry.size === null ? {} : { size: entry.size }),
      ...(entry.type === "commit" ? {} : { url: `${url}/${entry.type}s/${entry.sha}` }),
    })),
    truncated: entries.length > call.world.treeLimit,
  };
}

interface WantedEntry {
  readonly path: string;
  readonly mode?: string;
  readonly type?: string;
  readonly sha?: string | null;
  readonly content?: string;
}

function changeOf(call: RepositoryCall, wanted: WantedEntry, base: string | null): TreeChange {
  const git = call.world.git(call.repository);
  const mode = wanted.mode ?? "100644";
  if (wanted.content !== undefined) return { path: wanted.path, mode, sha: git.writeBlob(Buffer.from(wanted.content)) };
  if (wanted.sha === null || wanted.sha === undefined) {
    if (base === null || git.entry(base, wanted.path) === null) throw unprocessable("GitRPC::BadObjectState");
    return { path: wanted.path, mode, sha: null };
  }
  if (mode !== "160000" && git.object(wanted.sha) === null)
    throw unprocessable(`tree.sha ${wanted.sha} is not a valid ${wanted.type ?? "blob"}`);
  return { path: wanted.path, mode, sha: wanted.sha };
}

/** Only an app with `workflows` may change what runs in CI. */
function guardWorkflows(call: RepositoryCall, changes: readonly TreeChange[], base: string | null): void {
  if (call.caller.kind !== "installation" || call.caller.scope.permissions["workflows"] === "write") return;
  const git = call.world.git(call.repository);
  for (const change of changes) {
    if (!change.path.startsWith(".github/workflows/")) continue;
    if (base !== null && git.entry(base, change.path)?.sha === change.sha) continue;
    throw notAccessible();
  }
}

function makeTree(call: RepositoryCall): Json {
  const git = call.world.git(call.repository);
  const asked = call.body["base_tree"];
  const base = typeof asked === "string" ? asked : null;
  if (base !== null && !["tree", "commit"].includes(git.object(base)?.type ?? "")) throw notFound();
  const wanted = (call.body["tree"] ?? []) as WantedEntry[];
  if (wanted.length === 0 && base === null) throw unprocessable("Invalid tree info");
  const changes = wanted.map((entry) => changeOf(call, entry, base));
  guardWorkflows(call, changes, base);
  const sha = git.writeTree(base, changes);
  if (sha === null) throw unprocessable("tree.path contains a malformed path component");
  return renderTree(call, sha, git.tree(sha, false) ?? []);
}

function getBlob(call: RepositoryCall): Json {
  const sha = parameter(call, "file_sha");
  const content = call.world.git(call.repository).blob(sha);
  if (content === null || sha.length !== 40) throw notFound();
  if (content.length > BLOB_LIMIT) throw new ApiError(403, "The blob is too large to fetch via the API.");
  return {
    sha,
    node_id: nodeId("Blob", sha),
    size: content.length,
    url: `${repositoryUrl(call.world, call.repository)}/git/blobs/${sha}`,
    content: content.toString("base64").replaceAll(/.{60}/g, "$&\n"),
    encoding: "base64",
  };
}

function makeBlob(call: RepositoryCall): Json {
  const encoding = call.body["encoding"] === "base64" ? "base64" : "utf8";
  const sha = call.world.git(call.repository).writeBlob(Buffer.from(text(call, "content"), encoding));
  return { sha, url: `${repositoryUrl(call.world, call.repository)}/git/blobs/${sha}` };
}

export const gitRoutes: Routes = {
  "GET /repos/{owner}/{repo}/git/ref/{ref}": onRepository([["contents", "read"]], (call) => ok(getRef(call))),
  "GET /repos/{owner}/{repo}/git/matching-refs/{ref}": onRepository([["contents", "read"]], (call) =>
    page(matchingRefs(call)),
  ),
  "POST /repos/{owner}/{repo}/git/refs": onRepository([["contents", "write"]], (call) => created(makeRef(call))),
  "PATCH /repos/{owner}/{repo}/git/refs/{ref}": onRepository([["contents", "write"]], (call) => ok(moveRef(call))),
  "DELETE /repos/{owner}/{repo}/git/refs/{ref}": onRepository([["contents", "write"]], (call) => {
    deleteRef(call.world, call.repository, refNamed(call), call.actor);
    return noContent();
  }),
  "POST /repos/{owner}/{repo}/git/commits": onRepository([["contents", "write"]], (call) => created(makeCommit(call))),
  "GET /repos/{owner}/{repo}/git/commits/{commit_sha}": onRepository([["contents", "read"]], (call) =>
    ok(getCommit(call)),
  ),
  "POST /repos/{owner}/{repo}/git/trees": onRepository([["contents", "write"]], (call) => created(makeTree(call))),
  "GET /repos/{owner}/{repo}/git/trees/{tree_sha}": onRepository([["contents", "read"]], (call) => ok(getTree(call))),
  "POST /repos/{owner}/{repo}/git/blobs": onRepository([["contents", "write"]], (call) => created(makeBlob(call))),
  "GET /repos/{owner}/{repo}/git/blobs/{file_sha}": onRepository([["contents", "read"]], (call) => ok(getBlob(call))),
};
