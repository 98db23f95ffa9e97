/** Reads the files of a repository at one commit through the API; a clone only where GitHub cannot list the tree. */
import type { RepositorySnapshot } from "#formats/repository-snapshot.ts";
import { readSnapshotByClone } from "./blobless-clone.ts";
import type { GitHubRepository } from "./client.ts";
import { collectFiles, type SnapshotOptions, type TreeEntry } from "./snapshot-files.ts";

export const DEFAULT_SNAPSHOT_LIMITS = {
  maxFileBytes: 30 * 1024 * 1024,
  maxTotalBytes: 200 * 1024 * 1024,
  maxFiles: 2_000,
} as const;

/** A commit with its tree and the files read from it. */
export interface CommitSnapshot extends RepositorySnapshot {
  readonly tree: string;
}

/** What else is to be read, by what was read so far: paths of files that others name. */
export type FollowNames = (snapshot: RepositorySnapshot) => readonly string[];

/** Chains of files that name each other are followed this far. */
const MAXIMUM_ROUNDS = 4;

/**
 * The snapshot at `commit`. A file over a cap is listed without content. Throws for what GitHub refused.
 * @param follow asked again until it names nothing more; a clone of a repository without a whole listing is not followed
 */
export async function readRepositorySnapshot(
  repository: GitHubRepository,
  commit: string,
  options: SnapshotOptions,
  follow: FollowNames = () => [],
): Promise<CommitSnapshot> {
  const { owner, repo, octokit } = repository;
  const { data: found } = await octokit.git.getCommit({ owner, repo, commit_sha: commit });
  const { data: tree } = await octokit.git.getTree({
    owner,
    repo,
    tree_sha: found.tree.sha,
    recursive: "true",
  });
  if (tree.truncated) {
    const snapshot = await readSnapshotByClone(repository, commit, options);
    return { ...snapshot, tree: found.tree.sha };
  }
  const entries = tree.tree.map((entry) => ({
    path: entry.path,
    mode: entry.mode,
    sha: entry.sha,
    size: entry.size ?? 0,
  }));
  const read = (entry: TreeEntry): Promise<Uint8Array> => readBlob(repository, entry.sha);
  const files = new Map(await collectFiles(entries, read, options));
  for (let round = 0; round < MAXIMUM_ROUNDS; round += 1) {
    const named = new Set(follow({ commit, files }));
    if (named.size === 0) break;
    const more = entries.filter(({ path }) => named.has(path));
    const again = await collectFiles(more, read, { ...options, wanted: () => true });
    for (const [path, file] of again) files.set(path, file);
  }
  return { commit, tree: found.tree.sha, files };
}

async function readBlob(repository: GitHubRepository, sha: string): Promise<Uint8Array> {
  const { owner, repo, octokit } = repository;
  const { data } = await octokit.git.getBlob({ owner, repo, file_sha: sha });
  return Buffer.from(data.content, data.encoding === "base64" ? "base64" : "utf8");
}

/** One small text file of a repository's default branch, or null where it cannot be had. */
export async function readTextFile(repository: GitHubRepository, path: string): Promise<string | null> {
  const { owner, repo, octokit } = repository;
  const { data } = await octokit.repos.getContent({ owner, repo, path });
  if (Array.isArray(data) || data.type !== "file" || !("content" in data)) return null;
  return Buffer.from(data.content, "base64").toString("utf8");
}
