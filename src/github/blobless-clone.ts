/** The fallback for a tree that the API truncates: a bare clone without blobs, read with git's plumbing only. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { simpleGit, type SimpleGit } from "simple-git";
import type { RepositorySnapshot } from "#formats/repository-snapshot.ts";
import type { GitHubRepository } from "./client.ts";
import { collectFiles, isSafePath, type SnapshotOptions, type TreeEntry } from "./snapshot-files.ts";

const CLONE_TIMEOUT_MS = 10 * 60_000;

/** Settings under which a hostile repository can run nothing and reach nothing else. */
const HARDENED_SETTINGS: readonly string[] = [
  "core.hooksPath=/dev/null",
  "core.symlinks=false",
  "core.fsmonitor=false",
  "submodule.recurse=false",
  "protocol.file.allow=never",
  "transfer.fsckObjects=true",
];

/** Clones `repository` at `commit` and reads the wanted files. Throws with git's message, which holds no token. */
export async function readSnapshotByClone(
  repository: GitHubRepository,
  commit: string,
  options: SnapshotOptions,
): Promise<RepositorySnapshot> {
  const { owner, repo, octokit } = repository;
  const { data } = await octokit.repos.get({ owner, repo });
  const folder = await mkdtemp(join(tmpdir(), "relock-clone-"));
  try {
    const git = openGit(folder, new URL(data.clone_url), repository.token);
    await git.raw(["init", "--bare", "--quiet", "."]);
    await git.raw(["remote", "add", "origin", data.clone_url]);
    await git.raw(["config", "remote.origin.promisor", "true"]);
    await git.raw(["config", "remote.origin.partialclonefilter", "blob:none"]);
    await git.raw(["fetch", "--quiet", "--depth=1", "--no-tags", "--filter=blob:none", "origin", commit]);
    const entries = parseTree(await git.raw(["ls-tree", "-r", "-z", commit]));
    const sizes = await readSizes(git, entries, options);
    // What is wanted and was not asked for is over a cap.
    const overCap = (path: string): number => (options.wanted(path) ? options.maxFileBytes + 1 : 0);
    const sized = entries.map((entry) => ({ ...entry, size: sizes.get(entry.sha) ?? overCap(entry.path) }));
    const read = async (entry: TreeEntry): Promise<Uint8Array> => {
      const content = await git.binaryCatFile(["blob", entry.sha]);
      return new Uint8Array(content as Buffer);
    };
    return { commit, files: await collectFiles(sized, read, options) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The token goes by the environment, for one origin only: neither `ps` nor a redirect nor an error text shows it. */
function openGit(folder: string, origin: URL, token: string): SimpleGit {
  const basic = Buffer.from(`x-access-token:${token}`).toString("base64");
  const environment = {
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "/bin/true",
    GIT_LFS_SKIP_SMUDGE: "1",
    // A local GitHub may speak plain http; every other protocol is closed.
    GIT_ALLOW_PROTOCOL: origin.protocol === "http:" ? "http:https" : "https",
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: `http.${origin.origin}/.extraheader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
  };
  return simpleGit({
    baseDir: folder,
    allowEnvironment: Object.keys(environment),
    config: [...HARDENED_SETTINGS],
    timeout: { block: CLONE_TIMEOUT_MS },
    unsafe: {
      allowUnsafeHooksPath: true,
      allowUnsafeAskPass: true,
      allowUnsafeConfigPaths: true,
      allowUnsafeFsMonitor: true,
      allowUnsafeProtocolOverride: true,
      allowUnsafeConfigEnvCount: true,
    },
  }).env(environment);
}

/** `ls-tree -r -z`: `<mode> <type> <sha>\t<path>\0`. */
function parseTree(listing: string): readonly TreeEntry[] {
  return listing
    .split("\0")
    .filter((line) => line !== "")
    .map((line) => {
      // A name may hold tabs too.
      const [about = "", ...path] = line.split("\t");
      const [mode = "", , sha = ""] = about.split(" ");
      return { path: path.join("\t"), mode, sha, size: 0 };
    });
}

/** Sizes of the wanted blobs. Asking for one fetches it, so the caps end the asking too: a tree may name millions. */
async function readSizes(
  git: SimpleGit,
  entries: readonly TreeEntry[],
  { wanted, maxFiles, maxTotalBytes }: SnapshotOptions,
): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  let total = 0;
  for (const { path, mode, sha } of entries) {
    if (!mode.startsWith("100") || !wanted(path) || !isSafePath(path) || sizes.has(sha)) continue;
    const size = Number((await git.raw(["cat-file", "-s", sha])).trim());
    sizes.set(sha, size);
    total += size;
    if (sizes.size >= maxFiles || total > maxTotalBytes) break;
  }
  return sizes;
}
