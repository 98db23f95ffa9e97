/** The metadata of one release: sidecar, wheel, sdist; never a build. */
import type { IndexFile, IndexProblem, ReleaseMetadata } from "#packaging/index-records.ts";
import { problem, problemOf } from "../http/problems.ts";
import { shownUrl } from "#packaging/safe-url.ts";
import { localFileProblem, type IndexAccess } from "../index-access.ts";
import { metadataOrder } from "./file-order.ts";
import { checkedMetadata, type MetadataOutcome, type WantedRelease } from "./metadata-answer.ts";
import { sdistMetadata } from "./sdist.ts";
import { sidecarDigest, sidecarMetadata } from "./sidecar.ts";
import { wheelMetadata } from "./wheel.ts";

/** How many files of a release are tried where the first ones cannot be used. */
const MAX_FILES = 4;

/**
 * Reads the metadata of a release from the best of its files. What is wrong with one file (a broken archive, metadata of
 * another project, a build needed) makes the next be tried; what is wrong with the network, or a hash that is not the
 * one listed, is the answer at once.
 */
export async function readMetadata(
  access: IndexAccess,
  wanted: WantedRelease,
  files: readonly IndexFile[],
): Promise<MetadataOutcome> {
  let first: IndexProblem | null = null;
  for (const file of metadataOrder(files).slice(0, MAX_FILES)) {
    const outcome = await fileMetadata(access, file, wanted);
    if ("metadata" in outcome) return outcome;
    if (!PASSED_OVER.has(outcome.problem.kind)) return outcome;
    first ??= outcome.problem;
  }
  if (first !== null) return { problem: first };
  const sentence = `${wanted.name} ${wanted.version} has no file that could be read; it is left out.`;
  return problem("not-found", files[0]?.url ?? "", sentence);
}

const PASSED_OVER: ReadonlySet<IndexProblem["kind"]> = new Set(["bad-content", "needs-build", "not-found"]);

async function fileMetadata(access: IndexAccess, file: IndexFile, wanted: WantedRelease): Promise<MetadataOutcome> {
  const refused = localFileProblem(access, file.url);
  if (refused !== null) return refused;
  const stored = await storedMetadata(access, file);
  if (stored !== null) return checkedMetadata(stored, wanted, file.url);
  if (access.http.offline && !file.url.startsWith("file:")) {
    const shown = shownUrl(file.url);
    return problem("offline", file.url, `The metadata of ${shown} is not in the cache; run once without --offline.`);
  }
  const outcome = await freshMetadata(access, file, wanted);
  if ("metadata" in outcome && !file.url.startsWith("file:")) {
    const verified = outcome.metadata.origin === "sidecar" ? verifiedKey(file) : null;
    await access.cache.write("metadata", verified ?? ownKey(access, file), outcome.metadata);
  }
  return outcome;
}

async function storedMetadata(access: IndexAccess, file: IndexFile): Promise<ReleaseMetadata | null> {
  const verified = verifiedKey(file);
  const shared = verified === null ? null : await access.cache.read("metadata", verified);
  return (shared ?? (await access.cache.read("metadata", ownKey(access, file)))) as ReleaseMetadata | null;
}

/** A sidecar is shared by all who are told the same digest of it, since its bytes were verified against that digest. */
function verifiedKey(file: IndexFile): string | null {
  const digest = sidecarDigest(file);
  return digest === null ? null : `sidecar ${digest}`;
}

/**
 * What was not verified (an archive read where the promised sidecar is missing, too) is known under the file's own
 * URL alone: another index must not be able to speak for it.
 */
function ownKey(access: IndexAccess, file: IndexFile): string {
  const secret = access.credentials.get(URL.parse(file.url)?.origin ?? "") ?? "";
  return ["file", access.http.mirrors.fetched(file.url), file.hashes["sha256"] ?? "", secret].join("\n");
}

async function freshMetadata(access: IndexAccess, file: IndexFile, wanted: WantedRelease): Promise<MetadataOutcome> {
  try {
    if (file.coreMetadata !== false) {
      const beside = await sidecarMetadata(access, file, wanted);
      if (beside !== null) return beside;
    }
    return await (file.filename.endsWith(".whl")
      ? wheelMetadata(access, file, wanted)
      : sdistMetadata(access, file, wanted));
  } catch (error) {
    return { problem: problemOf(error, file.url).problem };
  }
}
