/** The sha256 of a file that its index lists without one. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { fileURLToPath } from "node:url";
import type { IndexFile } from "#packaging/index-records.ts";
import type { HashAnswer } from "#ports.ts";
import { problem, problemOf } from "./http/problems.ts";
import { shownUrl } from "#packaging/safe-url.ts";
import { localFileProblem, type IndexAccess } from "./index-access.ts";
import { downloadFile } from "./metadata/download.ts";

/** Streams a file once, without keeping it, and remembers its hash for good, under the URL and the secret that it was fetched with. */
export async function hashFile(access: IndexAccess, file: IndexFile): Promise<HashAnswer> {
  const listed = file.hashes["sha256"];
  if (listed !== undefined) return { sha256: listed };
  const refused = localFileProblem(access, file.url);
  if (refused !== null) return refused;
  if (file.url.startsWith("file:")) return hashLocalFile(file.url);
  const secret = access.credentials.get(URL.parse(file.url)?.origin ?? "") ?? "";
  const key = [access.http.mirrors.fetched(file.url), secret].join("\n");
  const known = await access.cache.read("hashes", key);
  if (typeof known === "string") return { sha256: known };
  if (access.http.offline) {
    const sentence = `The hash of ${shownUrl(file.url)} is not in the cache; run once without --offline.`;
    return problem("offline", file.url, sentence);
  }
  try {
    const { sha256 } = await downloadFile(access, file, { path: null, maxBytes: access.limits.hashedFile });
    await access.cache.write("hashes", key, sha256);
    return { sha256 };
  } catch (error) {
    return { problem: problemOf(error, file.url).problem };
  }
}

async function hashLocalFile(url: string): Promise<HashAnswer> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(fileURLToPath(url))) hash.update(chunk as Buffer);
    return { sha256: hash.digest("hex") };
  } catch {
    return problem("not-found", url, `${url} cannot be read; check the find-links folder.`);
  }
}
