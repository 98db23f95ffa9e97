/** Which file of a release is asked for its metadata first. */
import { parseWheelFilename } from "#packaging/filenames.ts";
import type { IndexFile } from "#packaging/index-records.ts";

/**
 * Orders the files of a release: wheels before sdists (a wheel's metadata is final), those with a sidecar first, then
 * the wheel that most installations would take: pure ones, Linux on x86-64, other Linux, macOS, the rest. Indexes exist
 * whose wheels differ in metadata by platform, and an odd platform should not speak for all.
 */
export function metadataOrder(files: readonly IndexFile[]): readonly IndexFile[] {
  const ranked = files.map((file, position) => ({ file, rank: rankOf(file), position }));
  return ranked.sort((a, b) => a.rank - b.rank || a.position - b.position).map(({ file }) => file);
}

function rankOf(file: IndexFile): number {
  const wheel = parseWheelFilename(file.filename);
  const yanked = file.yanked === false ? 0 : 1000;
  const sidecar = file.coreMetadata === false ? 50 : 0;
  if (wheel === null) return yanked + sidecar + 500 + (file.filename.endsWith(".tar.gz") ? 0 : 1);
  return yanked + sidecar + platformRank(wheel.tags.join(" ")) + pythonRank(wheel.tags[0] ?? "");
}

function platformRank(tags: string): number {
  if (/-any\b/.test(tags)) return 0;
  if (/(linux)\w*x86_64/.test(tags)) return 10;
  if (/linux/.test(tags)) return 20;
  if (/macosx/.test(tags)) return 30;
  return 40;
}

/** Python 3 before Python 2. */
function pythonRank(tag: string): number {
  return /^(py2|cp2|pp2)/.test(tag) && !tag.includes("py3") ? 9 : 0;
}
