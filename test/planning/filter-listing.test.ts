import { describe, expect, test } from "@jest/globals";
import type { IndexFile } from "#packaging/index-records.ts";
import { filterListing, type ListingPolicy } from "#planning/filter-listing.ts";

const CUTOFF = Date.parse("2024-01-10T00:00:00Z");

function file(filename: string, uploadTime: string | null): IndexFile {
  return {
    filename,
    url: `https://files.example/${filename}`,
    hashes: {},
    requiresPython: null,
    yanked: false,
    uploadTime,
    size: null,
    coreMetadata: false,
  };
}

function policy(changes: Partial<ListingPolicy> = {}): ListingPolicy {
  return { uploadedBefore: () => CUTOFF, undated: "keep", inUse: new Map(), refuses: () => false, ...changes };
}

const LISTING = {
  name: "jaxlib",
  indexUrl: "https://index.example/simple/",
  files: [
    file("jaxlib-0.4.1-py3-none-any.whl", "2024-01-01T00:00:00Z"),
    file("jaxlib-0.4.2-py3-none-any.whl", "2024-01-09T00:00:00Z"),
    file("jaxlib-0.4.2.tar.gz", "2024-01-20T00:00:00Z"),
    file("jaxlib-0.4.3-py3-none-any.whl", "2024-01-12T00:00:00Z"),
    file("jaxlib-0.4.4+cuda11.cudnn86-py3-none-any.whl", null),
    file("jaxlib-0.4.4+cuda12.cudnn88-py3-none-any.whl", null),
  ],
};

const names = (filtered: ReturnType<typeof filterListing>): string[] =>
  filtered.listing.files.map((entry) => entry.filename);

describe("listing policy", () => {
  test("young files are hidden, young releases named, undated files kept and named", () => {
    const filtered = filterListing(LISTING, policy());
    expect(names(filtered)).toEqual([
      "jaxlib-0.4.1-py3-none-any.whl",
      "jaxlib-0.4.2-py3-none-any.whl",
      "jaxlib-0.4.4+cuda11.cudnn86-py3-none-any.whl",
      "jaxlib-0.4.4+cuda12.cudnn88-py3-none-any.whl",
    ]);
    expect(filtered.tooYoung).toEqual(["0.4.3"]);
    expect(filtered.undated).toHaveLength(2);
  });

  test("undated files are dropped on demand", () => {
    expect(names(filterListing(LISTING, policy({ undated: "drop" })))).toEqual([
      "jaxlib-0.4.1-py3-none-any.whl",
      "jaxlib-0.4.2-py3-none-any.whl",
    ]);
  });

  test("what is in use stays however young, and keeps its accelerator's major", () => {
    const inUse = new Map([["jaxlib", new Set(["0.4.3", "0.4.4+cuda11.cudnn86"])]]);
    const filtered = filterListing(LISTING, policy({ inUse, undated: "drop" }));
    expect(names(filtered)).toEqual([
      "jaxlib-0.4.1-py3-none-any.whl",
      "jaxlib-0.4.2-py3-none-any.whl",
      "jaxlib-0.4.3-py3-none-any.whl",
      "jaxlib-0.4.4+cuda11.cudnn86-py3-none-any.whl",
    ]);
  });

  test("a refused version is hidden; without a cutoff nothing is young", () => {
    const filtered = filterListing(
      LISTING,
      policy({ uploadedBefore: () => null, refuses: (_, version) => version === "0.4.2" }),
    );
    expect(names(filtered)).toEqual([
      "jaxlib-0.4.1-py3-none-any.whl",
      "jaxlib-0.4.3-py3-none-any.whl",
      "jaxlib-0.4.4+cuda11.cudnn86-py3-none-any.whl",
      "jaxlib-0.4.4+cuda12.cudnn88-py3-none-any.whl",
    ]);
    expect(filtered.undated).toEqual([]);
  });
});
