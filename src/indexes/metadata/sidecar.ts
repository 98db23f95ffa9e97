/** Metadata beside a file: PEP 658, 714. */
import { createHash } from "node:crypto";
import { isMetadataProblem, parseCoreMetadata } from "#packaging/core-metadata.ts";
import type { IndexFile } from "#packaging/index-records.ts";
import type { IndexAccess } from "../index-access.ts";
import { problem } from "../http/problems.ts";
import { shownUrl } from "#packaging/safe-url.ts";
import { isStatic } from "./sdist-static.ts";
import { coreMetadataAnswer, type MetadataOutcome, type WantedRelease } from "./metadata-answer.ts";

const MAX_SIDECAR_BYTES = 8 * 1024 * 1024;
const DEADLINE = 60_000;
/** Strongest first. */
const ALGORITHMS = ["sha512", "sha384", "sha256"] as const;

/**
 * Reads the sidecar of a file and verifies its digest.
 * @returns null where the sidecar says nothing that can be used: it is promised but missing, or that of an sdist whose
 * build may still change it; the next way is then tried
 */
export async function sidecarMetadata(
  access: IndexAccess,
  file: IndexFile,
  wanted: WantedRelease,
): Promise<MetadataOutcome | null> {
  const url = sidecarUrl(file.url);
  const answer = await access.http.fetch({
    url,
    maxBytes: MAX_SIDECAR_BYTES,
    deadline: DEADLINE,
    credentials: access.credentials,
  });
  if ("problem" in answer) return answer;
  if (answer.status === 404 || answer.status === 410 || answer.status === 403) return null;
  if (answer.status !== 200) {
    const sentence = `${shownUrl(url)} answered with status ${answer.status}; try again later.`;
    return problem("unreachable", url, sentence);
  }
  const lie = digestProblem(answer.body, file.coreMetadata);
  if (lie !== null) return problem("hash-mismatch", url, `${shownUrl(url)} ${lie}; it is not used.`);
  const text = answer.body.toString("utf8");
  if (!file.filename.endsWith(".whl")) {
    const parsed = parseCoreMetadata(text);
    if (isMetadataProblem(parsed) || !isStatic(parsed)) return null;
  }
  return coreMetadataAnswer(text, wanted, { url, origin: "sidecar" });
}

/** The digest that identifies the content of a sidecar, or null where the index gives none. */
export function sidecarDigest(file: IndexFile): string | null {
  if (typeof file.coreMetadata === "boolean") return null;
  for (const algorithm of ALGORITHMS) {
    const digest = file.coreMetadata[algorithm];
    if (digest !== undefined) return `${algorithm}:${digest}`;
  }
  return null;
}

function sidecarUrl(fileUrl: string): string {
  const url = new URL(fileUrl);
  url.pathname += ".metadata";
  return url.href;
}

function digestProblem(body: Buffer, expected: IndexFile["coreMetadata"]): string | null {
  if (typeof expected === "boolean") return null;
  for (const algorithm of ALGORITHMS) {
    const digest = expected[algorithm];
    if (digest === undefined) continue;
    const actual = createHash(algorithm).update(body).digest("hex");
    if (actual !== digest) return `has the ${algorithm} ${actual}, but the index says ${digest}`;
    return null;
  }
  return null;
}
