/** The recorded facts of `examples/recorded-index.json`, in the form that the index server takes. */
import { readFileSync } from "node:fs";
import type { TestRelease } from "./index-data.ts";

export interface RecordedExampleIndex {
  readonly releases: readonly TestRelease[];
  /** By the file name of the page (`jax_cuda_releases.html`). */
  readonly findLinksPages: Readonly<Record<string, readonly TestRelease[]>>;
}

/** @param asOf leaves out what was uploaded later; null for all */
export function loadRecordedIndex(path: string, asOf: string | null = null): RecordedExampleIndex {
  const { releases, findLinksPages } = JSON.parse(readFileSync(path, "utf8")) as RecordedExampleIndex;
  const limit = asOf === null ? Number.POSITIVE_INFINITY : Date.parse(asOf);
  const known = (list: readonly TestRelease[]): TestRelease[] =>
    list.filter((release) => Date.parse(release.uploadTime ?? "") <= limit);
  const pages = Object.entries(findLinksPages).map(([page, list]) => [page, known(list)] as const);
  return { releases: known(releases), findLinksPages: Object.fromEntries(pages) };
}
