/** The metadata of one release: sidecar, wheel, sdist; never a build. */
import type { IndexFile, IndexProblem, ReleaseMetadata } from "#packaging/index-records.ts";
import { problem, problemOf } from "../http/problems.ts";
import { shownUrl } from "../http/safe-url.ts";
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
  const key = cacheKey(access, file);
  const stored = (await access.cache.read("metadata", key)) as ReleaseMetadata | null;
  if (stored !== null) return checkedMetadata(stored, wanted, file.url);
  if (access.http.offline && !file.url.startsWith("file:")) {
    const shown = shownUrl(file.url);
    return problem("offline", file.url, `The metadata of ${shown} is not in the cache; run once without --offline.`);
  }
  const outcome = await freshMetadata(access, file, wanted);
  if ("metadata" in outcome && !file.url.startsWith("file:"))
    await access.cache.write("metadata", key, outcome.metadata);
  return outcome;
}

/**
 * Metadata may be shared by all who are told the same digest of it, since it is verified. What an index only says of a
 * file is known under that file's own URL: another index must not be able to speak for it.
 */
function cacheKey(access: IndexAccess, file: IndexFile): string {
  const digest = sidecarDigest(file);
  if (digest !== null) return `sidecar ${digest}`;
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
