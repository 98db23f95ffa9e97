/** Facts about the releases of a change that a reviewer asks for: age, yank, size by target. */
import type { IndexFile } from "#packaging/index-records.ts";
import { parseWheelFilename } from "#packaging/filenames.ts";
import { formatVersion, parseVersion } from "#packaging/pep440-version.ts";
import type { Target } from "#packaging/target.ts";
import { wheelRank } from "#packaging/wheel-tags.ts";
import type { ReleaseFacts } from "#planning/describe/summary.ts";
import { versionOf } from "#planning/filter-listing.ts";
import type { PackageIndex } from "#ports.ts";

/** Looks a release up in an index; the listing is at hand after a solve. Null where no index has it. */
export async function releaseFacts(
  index: Pick<PackageIndex, "listing">,
  release: { readonly name: string; readonly version: string },
  targets: readonly Target[],
): Promise<ReleaseFacts | null> {
  const answer = await index.listing({ name: release.name, source: null });
  const version = parseVersion(release.version);
  if ("problem" in answer || version === null) {
    return null;
  }
  const wanted = formatVersion(version);
  const files = answer.listings.flatMap((listing) =>
    listing.files.filter((file) => versionOf(file, listing.name) === wanted),
  );
  if (files.length === 0) {
    return null;
  }
  const times = files.map((file) => file.uploadTime).filter((time) => time !== null);
  const sizes = targets.map((target) => [target.id, sizeFor(files, target)] as const);
  return {
    uploadTime: times.sort()[0] ?? null,
    yanked: files.every((file) => file.yanked !== false),
    sizes: Object.fromEntries(sizes.filter((entry): entry is [string, number] => entry[1] !== null)),
  };
}

/** Bytes of the best wheel for the target, else of a source distribution; null where the index does not say. */
function sizeFor(files: readonly IndexFile[], target: Target): number | null {
  const ranked = files
    .map((file) => ({ file, rank: wheelRank(parseWheelFilename(file.filename)?.tags ?? [], target) }))
    .filter((entry): entry is { file: IndexFile; rank: number } => entry.rank !== null)
    .sort((left, right) => left.rank - right.rank);
  const best = ranked[0]?.file ?? files.find((file) => !file.filename.endsWith(".whl"));
  return best?.size ?? null;
}
