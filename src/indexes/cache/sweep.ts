/** Housekeeping of the cache folder. */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** What may go. Hashes stay: they are tiny, and each took a download of up to gigabytes. */
const EVICTABLE = ["pages", "metadata", "blobs"];
const ABANDONED_AFTER = 86_400_000;

interface StoredFile {
  readonly path: string;
  readonly bytes: number;
  readonly used: number;
}

/**
 * Removes what was not used for longest until four fifths of `maxBytes` are left, and temporary files that a killed
 * process left behind. Other processes may read, write and sweep meanwhile: a file that is gone is none of our work.
 */
export async function sweep(root: string, maxBytes: number, now: number): Promise<void> {
  for (const file of await filesUnder(join(root, "tmp"))) {
    if (file.used < now - ABANDONED_AFTER) await rm(file.path, { force: true }).catch(() => undefined);
  }
  const files: StoredFile[] = [];
  for (const folder of EVICTABLE) files.push(...(await filesUnder(join(root, folder))));
  let total = files.reduce((sum, file) => sum + file.bytes, 0);
  if (total <= maxBytes) return;
  for (const file of files.sort((a, b) => a.used - b.used)) {
    if (total <= maxBytes * 0.8) return;
    await rm(file.path, { force: true }).catch(() => undefined);
    total -= file.bytes;
  }
}

async function filesUnder(folder: string): Promise<StoredFile[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const found: StoredFile[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const status = await stat(path).catch(() => null);
    if (status?.isFile() === true) found.push({ path, bytes: status.size, used: status.mtimeMs });
  }
  return found;
}
