/** Git's loose objects, read and written as git does: starting git for each of them would cost most of a test's time. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { deflateSync, inflateSync } from "node:zlib";

export type ObjectType = "blob" | "tree" | "commit" | "tag";

export interface GitObject {
  readonly type: ObjectType;
  readonly content: Buffer;
}

const placeOf = (folder: string, sha: string): string => join(folder, "objects", sha.slice(0, 2), sha.slice(2));

/** @returns null where the object is in a pack, or nowhere */
export function readLooseObject(folder: string, sha: string): GitObject | null {
  const place = placeOf(folder, sha);
  if (!/^[0-9a-f]{40}$/.test(sha) || !existsSync(place)) return null;
  const data = inflateSync(readFileSync(place));
  const end = data.indexOf(0);
  const [type = "blob"] = data.toString("latin1", 0, end).split(" ");
  return { type: type as ObjectType, content: data.subarray(end + 1) };
}

/** @returns the sha; an object that is there already is left alone */
export function writeLooseObject(folder: string, type: ObjectType, content: Uint8Array): string {
  const data = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
  const sha = createHash("sha1").update(data).digest("hex");
  const place = placeOf(folder, sha);
  if (existsSync(place)) return sha;
  mkdirSync(dirname(place), { recursive: true });
  // Complete under another name first, so that a killed process leaves no half object.
  const draft = `${place}.${process.pid}`;
  writeFileSync(draft, deflateSync(data, { level: 1 }), { mode: 0o444 });
  renameSync(draft, place);
  return sha;
}

export interface RawTreeEntry {
  readonly name: string;
  readonly mode: string;
  readonly sha: string;
}

export function parseTree(content: Buffer): RawTreeEntry[] {
  const entries: RawTreeEntry[] = [];
  let at = 0;
  while (at < content.length) {
    const space = content.indexOf(32, at);
    const end = content.indexOf(0, space);
    entries.push({
      mode: content.toString("latin1", at, space).padStart(6, "0"),
      name: content.toString("utf8", space + 1, end),
      sha: content.toString("hex", end + 1, end + 21),
    });
    at = end + 21;
  }
  return entries;
}

export function hasPackedRefs(folder: string): boolean {
  return existsSync(join(folder, "packed-refs"));
}
