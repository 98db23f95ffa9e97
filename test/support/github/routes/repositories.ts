import { requireBranch } from "../actions/refs.ts";
import { ApiError, notFound } from "../api-error.ts";
import type { TreeEntry } from "../git.ts";
import { renderUser } from "../render/accounts.ts";
import { renderCommit, renderFileChanges } from "../render/commits.ts";
import { renderPull } from "../render/issues.ts";
import { renderFullRepository, renderRepository, repositoryPage, repositoryUrl } from "../render/repositories.ts";
import type { Role } from "../state.ts";
import { ok, onRepository, page, parameter, type Answer, type RepositoryCall, type Routes } from "./route.ts";

type Json = Record<string, unknown>;

/** Over this size the JSON form has no content; raw goes up to 100 MB. */
const INLINE_LIMIT = 1_000_000;

function entryLinks(call: RepositoryCall, entry: TreeEntry, at: string): Json {
  const path = entry.path.split("/").map(encodeURIComponent).join("/");
  const url = `${repositoryUrl(call.world, call.repository)}/contents/${path}?ref=${at}`;
  const kind = entry.type === "tree" ? "tree" : "blob";
  const page = repositoryPage(call.world, call.repository);
  const links = {
    self: url,
    git: `${repositoryUrl(call.world, call.repository)}/git/${kind}s/${entry.sha}`,
    html: `${page}/${kind}/${at}/${path}`,
  };
  return {
    name: entry.path.split("/").at(-1),
    path: entry.path,
    sha: entry.sha,
    size: entry.size ?? 0,
    url,
    html_url: links.html,
    git_url: links.git,
    download_url: kind === "tree" ? null : `${page}/raw/${at}/${path}`,
    _links: links,
  };
}

function entryType(entry: TreeEntry): string {
  if (entry.type === "tree") return "dir";
  if (entry.mode === "120000") return "symlink";
  return entry.type === "commit" ? "submodule" : "file";
}

function renderFile(call: RepositoryCall, entry: TreeEntry, at: string): Json {
  const content = call.world.git(call.repository).blob(entry.sha) ?? Buffer.alloc(0);
  const links = entryLinks(call, entry, at);
  if (entryType(entry) === "symlink") return { ...links, type: "symlink", target: content.toString("utf8") };
  if (content.length > INLINE_LIMIT) return { ...links, type: "file", content: "", encoding: "none" };
  return {
    ...links,
    type: "file",
    content: content.toString("base64").replaceAll(/.{60}/g, "$&\n"),
    encoding: "base64",
  };
}

function getContents(call: RepositoryCall): Answer {
  const git = call.world.git(call.repository);
  const ref = call.query.get("ref") ?? call.repository.defaultBranch;
  const commit = git.resolve(ref.replace(/^refs\/(heads|tags)\//, ""));
  if (commit === null) {
    throw notFound(call.query.has("ref") ? `No commit found for the ref ${ref}` : "This repository is empty.");
  }
  const path = parameter(call, "path").replace(/^\/+|\/+$/g, "");
  if (path === "") return listFolder(call, { tree: commit, prefix: "", ref });
  const entry = git.entry(commit, path);
  if (entry === null) throw notFound();
  if (entry.type === "tree") return listFolder(call, { tree: entry.sha, prefix: `${path}/`, ref });
  if (!/raw(\+json)?$/.test(call.accept.split(",")[0]?.trim() ?? "")) return ok(renderFile(call, entry, ref));
  const raw = { type: `${call.accept}; charset=utf-8`, content: git.blob(entry.sha) ?? Buffer.alloc(0) };
  return { status: 200, raw };
}

function listFolder(call: RepositoryCall, folder: { tree: string; prefix: string; ref: string }): Answer {
  const entries = call.world.git(call.repository).tree(folder.tree, false) ?? [];
  return ok(
    entries.map((one) => {
      const full = { ...one, path: folder.prefix + one.path };
      return { ...entryLinks(call, full, folder.ref), type: entryType(full) };
    }),
  );
}

/** Four levels for old clients; the fine one is `role_name`. */
const OLD_LEVEL: Readonly<Record<Role | "none", string>> = {
  none: "none",
  read: "read",
  triage: "read",
  write: "write",
  maintain: "write",
  admin: "admin",
};

function getPermission(call: RepositoryCall): Json {
  const login = parameter(call, "username");
  const account = call.world.findAccount(login);
  if (account === null || account.kind !== "User") throw notFound(`${login} is not a user`);
  const role = call.world.role(call.repository, account.login);
  const rank = ["none", "read", "triage", "write", "maintain", "admin"].indexOf(role);
  return {
    permission: OLD_LEVEL[role],
    role_name: role,
    user: {
      ...renderUser(call.world, account.login),
      permissions: { pull: rank >= 1, triage: rank >= 2, push: rank >= 3, maintain: rank >= 4, admin: rank >= 5 },
      role_name: role,
    },
  };
}

function listBranches(call: RepositoryCall): Json[] {
  const url = repositoryUrl(call.world, call.repository);
  return call.world
    .git(call.repository)
    .refs("refs/heads/")
    .map(({ name, sha }) => ({
      name: name.slice("refs/heads/".length),
      commit: { sha, url: `${url}/commits/${sha}` },
      protected: false,
    }));
}

function getBranch(call: RepositoryCall): Json {
  const name = parameter(call, "branch");
  const sha = requireBranch(call.world, call.repository, name);
  const url = `${repositoryUrl(call.world, call.repository)}/branches/${name}`;
  return {
    name,
    commit: commitBySha(call, sha),
    _links: { self: url, html: `${repositoryPage(call.world, call.repository)}/tree/${name}` },
    protected: false,
    protection: { enabled: false },
    protection_url: `${url}/protection`,
  };
}

function commitBySha(call: RepositoryCall, sha: string): Json {
  const commit = call.world.git(call.repository).commit(sha);
  if (commit === null) throw notFound();
  return renderCommit(call.world, call.repository, commit);
}

function requireRevision(call: RepositoryCall, revision: string): string {
  const sha = call.world.git(call.repository).resolve(revision);
  if (sha === null) throw new ApiError(422, `No commit found for SHA: ${revision}`);
  return sha;
}

function getCommit(call: RepositoryCall): Json {
  const { world, repository } = call;
  const git = world.git(repository);
  const sha = requireRevision(call, parameter(call, "ref"));
  const changes = git.changes(git.commit(sha)?.parents[0] ?? null, sha);
  const additions = changes.reduce((sum, change) => sum + change.additions, 0);
  const deletions = changes.reduce((sum, change) => sum + change.deletions, 0);
  return {
    ...commitBySha(call, sha),
    stats: { additions, deletions, total: additions + deletions },
    files: renderFileChanges(world, repository, git.commit(sha)?.parents[0] ?? null, sha),
  };
}

function listCommits(call: RepositoryCall): Json[] {
  const git = call.world.git(call.repository);
  const sha = git.resolve(call.query.get("sha") ?? call.repository.defaultBranch);
  if (sha === null) throw notFound();
  const since = Date.parse(call.query.get("since") ?? "") || 0;
  const author = call.query.get("author")?.toLowerCase();
  return git
    .commits(git.log(sha, call.query.get("path")))
    .filter((commit) => Date.parse(commit.committer.date) >= since)
    .filter(
      (commit) =>
        author === undefined || call.world.accountOfEmail(commit.author.email)?.login.toLowerCase() === author,
    )
    .map((commit) => renderCommit(call.world, call.repository, commit));
}

function compare(call: RepositoryCall): Json {
  const { world, repository } = call;
  const git = world.git(repository);
  const [left = "", right = ""] = parameter(call, "basehead").split("...");
  const base = git.resolve(left);
  const head = git.resolve(right.replace(`${repository.owner}:`, ""));
  const middle = base === null || head === null ? null : git.mergeBase(base, head);
  if (base === null || head === null || middle === null) throw notFound();
  const ahead = git.log(`${base}..${head}`);
  const behind = git.log(`${head}..${base}`);
  const both = ahead.length > 0 && behind.length > 0;
  const status = both ? "diverged" : ahead.length > 0 ? "ahead" : behind.length > 0 ? "behind" : "identical";
  const page = `${repositoryPage(world, repository)}/compare/${left}...${right}`;
  return {
    url: `${repositoryUrl(world, repository)}/compare/${left}...${right}`,
    html_url: page,
    permalink_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    base_commit: commitBySha(call, base),
    merge_base_commit: commitBySha(call, middle),
    status,
    ahead_by: ahead.length,
    behind_by: behind.length,
    total_commits: ahead.length,
    commits: git.commits(ahead.slice(0, 250).reverse()).map((commit) => renderCommit(world, repository, commit)),
    files: renderFileChanges(world, repository, middle, head).slice(0, 300),
  };
}

function combinedStatus(call: RepositoryCall): Json {
  const sha = requireRevision(call, parameter(call, "ref"));
  const url = repositoryUrl(call.world, call.repository);
  return {
    state: "pending",
    statuses: [],
    sha,
    total_count: 0,
    repository: renderRepository(call.world, call.repository),
    commit_url: `${url}/commits/${sha}`,
    url: `${url}/commits/${sha}/status`,
  };
}

function pullsWithCommit(call: RepositoryCall): Json[] {
  const { world, repository } = call;
  const sha = requireRevision(call, parameter(call, "commit_sha"));
  const git = world.git(repository);
  return world.state.issues
    .filter((one) => one.repository === repository.id && one.pull !== null)
    .filter((one) => one.pull !== null && git.log(`${one.pull.baseSha}..${one.pull.headSha}`).includes(sha))
    .map((one) => renderPull(world, repository, one));
}

export const repositoryRoutes: Routes = {
  "GET /repos/{owner}/{repo}": onRepository([["metadata", "read"]], (call) =>
    ok(renderFullRepository(call.world, call.repository)),
  ),
  "GET /repos/{owner}/{repo}/contents/{path}": onRepository([["contents", "read"]], getContents),
  "GET /repos/{owner}/{repo}/collaborators/{username}/permission": onRepository([["metadata", "read"]], (call) =>
    ok(getPermission(call)),
  ),
  "GET /repos/{owner}/{repo}/branches": onRepository([["contents", "read"]], (call) => page(listBranches(call))),
  "GET /repos/{owner}/{repo}/branches/{branch}": onRepository([["contents", "read"]], (call) => ok(getBranch(call))),
  "GET /repos/{owner}/{repo}/commits": onRepository([["contents", "read"]], (call) => page(listCommits(call))),
  "GET /repos/{owner}/{repo}/commits/{ref}": onRepository([["contents", "read"]], (call) => ok(getCommit(call))),
  "GET /repos/{owner}/{repo}/compare/{basehead}": onRepository([["contents", "read"]], (call) => ok(compare(call))),
  "GET /repos/{owner}/{repo}/commits/{ref}/status": onRepository([["statuses", "read"]], (call) =>
    ok(combinedStatus(call)),
  ),
  "GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls": onRepository(
    [
      ["pull_requests", "read"],
      ["contents", "read"],
    ],
    (call) => page(pullsWithCommit(call)),
  ),
};
