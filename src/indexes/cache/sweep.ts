/** Housekeeping of the cache folder. */
import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What may go. Hashes stay: they are tiny, and each took a download of up to gigabytes. */
const EVICTABLE = ["pages", "metadata", "blobs"];
const ABANDONED_AFTER = 86_400_000;

const SWEEP_EVERY = 3_600_000;

/** Sweeps, unless this or another process did within the hour: a short run should not walk a large folder for nothing. */
export async function sweepIfDue(root: string, maxBytes: number, now: number): Promise<void> {
  const marker = join(root, "swept");
  const last = await stat(marker).catch(() => null);
  if (last !== null && Math.abs(now - last.mtimeMs) < SWEEP_EVERY) return;
  try {
    await mkdir(root, { recursive: true });
    await writeFile(marker, "");
  } catch {
    return;
  }
  await sweep(root, maxBytes, now);
}

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
