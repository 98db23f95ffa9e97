import { describe, expect, test } from "@jest/globals";
import { readCondaRecord } from "../../../src/indexes/conda-channel/read-record.ts";

const place = {
  channel: "https://conda.anaconda.org/c",
  subdir: "linux-64",
  baseUrl: "https://conda.anaconda.org/c/linux-64/",
  shared: (text: string) => text,
};
const plain = { name: "a", version: "1.0", build: "h1_0", build_number: 3, depends: ["b >=1"] };
const read = (fields: object, filename = "a-1.0-h1_0.conda") =>
  readCondaRecord(place, filename, { ...plain, ...fields });

describe("a record of repodata.json", () => {
  test("is read with everything that a lock and a solve need", () => {
    const fields = {
      md5: "A".repeat(32),
      sha256: "b".repeat(64),
      size: 7,
      timestamp: 1_700_000_000_000,
      license: "MIT",
    };
    expect(read({ ...fields, constrains: ["c <2"], noarch: "python", purls: ["pkg:pypi/a"] })).toEqual({
      name: "a",
      version: "1.0",
      build: "h1_0",
      buildNumber: 3,
      subdir: "linux-64",
      channel: "https://conda.anaconda.org/c",
      filename: "a-1.0-h1_0.conda",
      url: "https://conda.anaconda.org/c/linux-64/a-1.0-h1_0.conda",
      md5: "a".repeat(32),
      sha256: "b".repeat(64),
      size: 7,
      timestampMs: 1_700_000_000_000,
      depends: ["b >=1"],
      constrains: ["c <2"],
      trackFeatures: [],
      noarch: "python",
      purls: ["pkg:pypi/a"],
    });
  });

  test.each([
    ["seconds", { timestamp: 1_512_000_000 }, { timestampMs: 1_512_000_000_000 }],
    ["no time", { timestamp: 0 }, { timestampMs: null }],
    ["a time that no calendar has", { timestamp: 1e300 }, { timestampMs: null }],
    ["the epoch of a version escaped", { version: "1%21164.3095" }, { version: "1%21164.3095" }],
    [
      "the time of indexing before that of building",
      { timestamp: 5e12, indexed_timestamp: 1.6e12 },
      { timestampMs: 1.6e12 },
    ],
    ["track_features as a text", { track_features: "mkl  debug" }, { trackFeatures: ["mkl", "debug"] }],
    ["track_features with commas", { track_features: "mkl,debug" }, { trackFeatures: ["mkl", "debug"] }],
    ["track_features as a list", { track_features: ["mkl"] }, { trackFeatures: ["mkl"] }],
    ["an empty track_features", { track_features: "" }, { trackFeatures: [] }],
    ["noarch of old", { noarch: true }, { noarch: "generic" }],
    ["not noarch", { noarch: false }, { noarch: null }],
    ["a digest that is none", { md5: "no", sha256: null }, { md5: null, sha256: null }],
    ["a size that is none", { size: -1 }, { size: null }],
    ["no depends", { depends: undefined }, { depends: [] }],
    ["no build number", { build_number: undefined }, { buildNumber: 0 }],
    ["no purls", { purls: [] }, { purls: [] }],
    ["a name in capitals", { name: "A" }, { name: "a" }],
  ])("may have %s", (_what, fields, expected) => {
    expect(read(fields)).toMatchObject(expected);
  });

  test.each([
    ["has no version", read({ version: undefined })],
    ["has a build that is a number", read({ build: 0 })],
    ["has a build number that is a text", read({ build_number: "1" })],
    ["has depends that are a text", read({ depends: "b" })],
    ["has constrains with a number", read({ constrains: [1] })],
    ["is of another kind of file", read({}, "a-1.0-h1_0.whl")],
    ["would lie in another folder", read({}, "../a-1.0-h1_0.conda")],
    ["would lie in another folder when decoded", read({}, "..%2f..%2fa-1.0-h1_0.conda")],
    ["would end its URL", read({}, "a-1.0-h1_0.conda#.conda")],
    ["has a build of several lines", read({ build: "0\n  - evil=1=0" })],
    ["has a build that moves the cursor", read({ build: "0\u001B[2J" })],
    ["has a build that is markup", read({ build: "`<b>" })],
    ["has a build that is empty", read({ build: "" })],
    ["has a build of megabytes", read({ build: `${"a".repeat(16_000_000)}$` })],
    ["has a file name of megabytes", read({}, `${"a".repeat(16_000_000)}.conda`)],
    ["has a version with blanks", read({ version: " 2 " })],
    ["has a version that turns the text around", read({ version: "1\u202E" })],
    ["is a text", readCondaRecord(place, "a-1.0-h1_0.conda", "a")],
    ["is null", readCondaRecord(place, "a-1.0-h1_0.conda", null)],
  ])("is unusable, with the reason, where it %s", (_what, found) => {
    expect(found).toEqual({ unusable: expect.stringMatching(/^(its |it is a wheel)/) });
  });
});
