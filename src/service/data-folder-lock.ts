/** One process per data folder: two of them on one embedded database lose each other's rows. */
import { readFileSync, writeFileSync } from "node:fs";
import { link, mkdir, readFile, rename, rm, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface DataFolderLock {
  release(): Promise<void>;
}

export type LockAnswer =
  { readonly kind: "locked"; readonly lock: DataFolderLock } | { readonly kind: "refused"; readonly reason: string };

interface LockOwner {
  readonly pid: number;
  /** When the process started, by the kernel's clock: process ids are used again. Empty where unknown. */
  readonly started: string;
}

const FILE = "relock.pid";

/** Takes the folder for this process, creating it. A lock whose owner is dead is taken over. */
export async function lockDataFolder(folder: string): Promise<LockAnswer> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, FILE);
  const owner: LockOwner = { pid: process.pid, started: startOf(process.pid) };
  const text = `${JSON.stringify(owner)}\n`;
  for (let attempt = 0; attempt < 5; attempt += 1) {
    if (await createWhole(path, text)) return { kind: "locked", lock: lockOn(path, text) };
    const found = await readFile(path, "utf8").catch(() => null);
    if (found === null) continue;
    const holder = parseOwner(found);
    // Without start times, a file with our own number may be left by an earlier process of that number (a container's 1).
    const mayBeOld = found === text && owner.started === "";
    if (holder !== null && isAlive(holder) && !mayBeOld) {
      return {
        kind: "refused",
        reason: `${folder} is in use by process ${String(holder.pid)}; stop it, or set RELOCK_DATA_DIR to another folder`,
      };
    }
    await removeStale(path, found);
  }
  return { kind: "refused", reason: `${path} cannot be taken over; remove it by hand` };
}

function lockOn(path: string, text: string): DataFolderLock {
  return {
    async release() {
      const found = await readFile(path, "utf8").catch(() => null);
      if (found === text) await rm(path, { force: true });
    },
  };
}

/** Creates the file with its whole content or not at all: a reader never sees half of it. */
async function createWhole(path: string, text: string): Promise<boolean> {
  const draft = `${path}.${String(process.pid)}`;
  await writeFile(draft, text);
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    if (codeOf(error) !== "EPERM" && codeOf(error) !== "ENOTSUP") throw error;
    return createExclusively(path, text);
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}

/** For file systems without hard links. */
function createExclusively(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: "wx" });
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** Moves a dead owner's file away; puts it back where another process has replaced it in between. */
async function removeStale(path: string, expected: string): Promise<void> {
  const aside = `${path}.stale.${String(process.pid)}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw error;
  }
  const moved = await readFile(aside, "utf8");
  if (moved !== expected) await link(aside, path).catch(() => undefined);
  await unlink(aside);
}

function parseOwner(text: string): LockOwner | null {
  try {
    const value = JSON.parse(text) as Partial<LockOwner>;
    return typeof value.pid === "number" ? { pid: value.pid, started: value.started ?? "" } : null;
  } catch {
    return null;
  }
}

function isAlive(owner: LockOwner): boolean {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it lives and belongs to another user.
    if (codeOf(error) !== "EPERM") return false;
  }
  const started = startOf(owner.pid);
  return owner.started === "" || started === "" || owner.started === started;
}

/** The 22nd field of /proc/PID/stat; the second, the command, may hold spaces and ends with the last `)`. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}
