/** Hashes for files that their index lists without one (find-links pages): from the old lock, else streamed once. */
import type { PoetryLock } from "#formats/locks/poetry-lock/model.ts";
import type { IndexFile } from "#packaging/index-records.ts";
import { normalizeName } from "#packaging/names.ts";
import type { PackageIndex } from "#ports.ts";
import type { PoetryResolution, PoetryResolvedPackage } from "#solver/pypi/poetry/problem.ts";

/** The resolution with a hash for every file, or the first file that cannot be hashed. */
export async function hashFiles(
  resolution: PoetryResolution,
  old: PoetryLock | null,
  index: Pick<PackageIndex, "fileHash">,
): Promise<{ readonly resolution: PoetryResolution } | { readonly problem: string }> {
  const known = knownHashes(old);
  const packages: PoetryResolvedPackage[] = [];
  for (const one of resolution.packages) {
    const files: IndexFile[] = [];
    for (const file of one.files) {
      const hashed = await withHash(file, known.get(`${one.name} ${file.filename}`), index);
      if ("problem" in hashed) {
        return { problem: `${one.name} ${one.version} is held: ${hashed.problem}` };
      }
      files.push(hashed.file);
    }
    packages.push({ ...one, files });
  }
  return { resolution: { ...resolution, packages } };
}

async function withHash(
  file: IndexFile,
  known: string | undefined,
  index: Pick<PackageIndex, "fileHash">,
): Promise<{ readonly file: IndexFile } | { readonly problem: string }> {
  if (Object.keys(file.hashes).length > 0) {
    return { file };
  }
  if (known !== undefined) {
    const [algorithm = "sha256", digest = ""] = known.split(":");
    return { file: { ...file, hashes: { [algorithm]: digest } } };
  }
  const answer = await index.fileHash(file);
  return "problem" in answer
    ? { problem: answer.problem.message }
    : { file: { ...file, hashes: { sha256: answer.sha256 } } };
}

/** By normalised name and file name. */
function knownHashes(old: PoetryLock | null): ReadonlyMap<string, string> {
  const entries = (old?.packages ?? []).flatMap((entry) =>
    entry.files.map((file): [string, string] => [`${normalizeName(entry.name)} ${file.file}`, file.hash]),
  );
  return new Map(entries);
}
