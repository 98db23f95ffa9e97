/** Folders of bare repositories, and refs that have a file of their own. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What `git init --bare` makes, but for the samples; pushes over HTTP and partial clones are allowed. */
export function createBareFolder(folder: string, defaultBranch: string): void {
  for (const inside of ["objects/info", "objects/pack", "refs/heads", "refs/tags"]) {
    mkdirSync(join(folder, inside), { recursive: true });
  }
  const config = [
    "[core]",
    "\trepositoryformatversion = 0",
    "\tfilemode = true",
    "\tbare = true",
    "[http]",
    "\treceivepack = true",
    "[uploadpack]",
    "\tallowFilter = true",
    "\tallowReachableSHA1InWant = true",
    "",
  ];
  writeFileSync(join(folder, "config"), config.join("\n"));
  writeFileSync(join(folder, "HEAD"), `ref: refs/heads/${defaultBranch}\n`);
}

/** @returns the sha in a ref's own file; null: it may still be a packed one */
export function readLooseRef(folder: string, name: string): string | null {
  if (!name.startsWith("refs/") || name.split("/").includes("..")) return null;
  try {
    const text = readFileSync(join(folder, name), "utf8").trim();
    return /^[0-9a-f]{40}$/.test(text) ? text : null;
  } catch {
    return null;
  }
}

/** Full names, sorted. */
export function looseRefs(folder: string): string[] {
  return readdirSync(join(folder, "refs"), { recursive: true, encoding: "utf8" })
    .map((name) => `refs/${name.replaceAll("\\", "/")}`)
    .filter((name) => readLooseRef(folder, name) !== null)
    .sort();
}

/** @returns false where another ref is in the way */
export function writeLooseRef(folder: string, name: string, sha: string): boolean {
  const place = join(folder, name);
  try {
    mkdirSync(dirname(place), { recursive: true });
    // Folders that deleted refs left behind are in nobody's way.
    if (statSync(place, { throwIfNoEntry: false })?.isDirectory() === true) rmdirSync(place);
    writeFileSync(`${place}.lock`, `${sha}\n`);
    renameSync(`${place}.lock`, place);
    return true;
  } catch (error) {
    const code = (error as { code?: string }).code ?? "";
    if (["ENOTDIR", "EEXIST", "ENOTEMPTY", "EISDIR"].includes(code)) return false;
    throw error;
  }
}
