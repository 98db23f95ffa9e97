/** Hashes of pip files that their index lists without one (find-links pages): from the old lock, else the file is streamed once. */
import type { PackageIndex } from "#ports.ts";
import { formatVersion } from "#packaging/pep440-version.ts";
import type { ResolvedPackage } from "#solver/pypi/resolution.ts";
import type { CondaWorkspace, SolvedTarget } from "./conda-workspace.ts";

export type HashedTargets = { readonly solved: ReadonlyMap<string, SolvedTarget> } | { readonly reason: string };

/** The solved targets with a sha256 for every file of pip's, or why one has none. */
export async function hashPips(
  solved: ReadonlyMap<string, SolvedTarget>,
  locked: CondaWorkspace["locked"],
  index: Pick<PackageIndex, "fileHash">,
): Promise<HashedTargets> {
  const hashed = new Map<string, SolvedTarget>();
  for (const [target, outcome] of solved) {
    const known = new Map((locked.get(target) ?? []).map(({ url, hash }) => [plainUrl(url), hash.sha256]));
    const pypi: ResolvedPackage[] = [];
    for (const one of outcome.pypi) {
      const answer = await withHash(one, known, index);
      if ("reason" in answer) {
        return answer;
      }
      pypi.push(answer);
    }
    hashed.set(target, { ...outcome, pypi });
  }
  return { solved: hashed };
}

async function withHash(
  one: ResolvedPackage,
  known: ReadonlyMap<string, string | null>,
  index: Pick<PackageIndex, "fileHash">,
): Promise<ResolvedPackage | { readonly reason: string }> {
  const { file, name, version, metadata } = one;
  // What is kept as the lock has it has the hash of the lock, whatever that is.
  if (file === null || file.hashes["sha256"] !== undefined || metadata.origin === "lock") {
    return one;
  }
  const before = known.get(plainUrl(file.url)) ?? null;
  const answer = before === null ? await index.fileHash(file) : { sha256: before };
  return "problem" in answer
    ? { reason: `${name} ${formatVersion(version)} cannot be locked: ${answer.problem.message}` }
    : { ...one, file: { ...file, hashes: { ...file.hashes, sha256: answer.sha256 } } };
}

function plainUrl(url: string): string {
  return url.split("#", 1)[0] ?? url;
}
