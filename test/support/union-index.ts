/** The recorded releases of one real repository's lock history, as releases of a test index. */
import { readFileSync } from "node:fs";
import type { TestRelease } from "./index-data.ts";

/** A release as `imprint/union-index.json` records it. */
interface RecordedRelease {
  readonly name: string;
  readonly version: string;
  readonly first_seen: string;
  readonly python: string;
  readonly requires_dist: readonly string[];
  readonly extras: Readonly<Record<string, readonly string[]>>;
  readonly files: readonly { readonly file: string; readonly hash: string }[];
  readonly source: { readonly url: string } | null;
}

export interface RecordedIndex {
  /** What PyPI had. */
  readonly releases: readonly TestRelease[];
  /** What find-links pages had, by the file name of the page (`jax_cuda_releases.html`). */
  readonly findLinksPages: Readonly<Record<string, readonly TestRelease[]>>;
}

/**
 * Reads the recorded releases that had been seen by a date.
 * @param path `union-index.json`
 * @param asOf RFC 3339 or a date; null for all
 * @param hashes `recorded` advertises the real sha256 of each file (its bytes are made up: fetch the sidecar, not the file);
 * `served` advertises the hash of what the server sends, which native tools that download files need
 */
export function loadUnionIndex(
  path: string,
  asOf: string | null,
  hashes: "recorded" | "served" = "recorded",
): RecordedIndex {
  const limit = asOf === null ? Number.POSITIVE_INFINITY : Date.parse(asOf);
  const releases: TestRelease[] = [];
  const findLinksPages: Record<string, TestRelease[]> = {};
  for (const recorded of JSON.parse(readFileSync(path, "utf8")) as RecordedRelease[]) {
    if (Date.parse(recorded.first_seen) > limit) continue;
    const release = testRelease(recorded, hashes);
    if (recorded.source === null) releases.push(release);
    else (findLinksPages[recorded.source.url.split("/").pop() ?? ""] ??= []).push(release);
  }
  return { releases, findLinksPages };
}

function testRelease(recorded: RecordedRelease, hashes: "recorded" | "served"): TestRelease {
  return {
    name: recorded.name,
    version: recorded.version,
    requiresPython: recorded.python === "*" ? null : recorded.python,
    requiresDist: recorded.requires_dist,
    extras: Object.keys(recorded.extras),
    uploadTime: new Date(recorded.first_seen).toISOString(),
    files: recorded.files.map(({ file, hash }) => ({
      filename: file,
      sha256: hashes === "recorded" ? hash.replace(/^sha256:/, "") : undefined,
    })),
  };
}
