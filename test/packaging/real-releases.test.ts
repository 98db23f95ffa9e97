import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "@jest/globals";
import { parseSdistFilename, parseWheelFilename } from "#packaging/filenames.ts";
import { parseLenientSpecifierSet } from "#packaging/lenient-metadata.ts";
import { formatMarker, isMarkerProblem, parseMarker } from "#packaging/marker-syntax.ts";
import { normalizeName } from "#packaging/names.ts";
import { compareVersions, formatVersion, parseVersion } from "#packaging/pep440-version.ts";
import { isRequirementProblem, parseRequirement } from "#packaging/requirement.ts";
import { isSpecifierProblem, parseSpecifierSet, setContains, type SpecifierSet } from "#packaging/specifier.ts";
import { rangeContains, rangeFromSpecifierSet } from "#packaging/version-range.ts";
import { describeWithData } from "../support/test-data.ts";

interface Release {
  readonly name: string;
  readonly version: string;
  readonly requiresPython: string | null;
  readonly requiresDist: readonly string[];
  readonly files: readonly string[];
}

interface CorpusRelease {
  readonly requires_python?: string;
  readonly requires_dist?: readonly string[];
  readonly files: readonly { readonly filename: string }[];
}

interface UnionRelease {
  readonly name: string;
  readonly version: string;
  readonly python: string;
  readonly requires_dist: readonly string[];
  readonly files: readonly { readonly file: string }[];
}

/** One project in twenty, unless the whole corpus is asked for. */
const STEP = process.env["RELOCK_TEST_FULL"] === undefined ? 20 : 1;

function corpusReleases(folder: string): Release[] {
  const lines = gunzipSync(readFileSync(join(folder, "packages.jsonl.gz")))
    .toString("utf8")
    .trim()
    .split("\n");
  const chosen = lines.filter((_, index) => index % STEP === 0);
  return chosen.flatMap((line) => {
    const project = JSON.parse(line) as {
      readonly name: string;
      readonly versions: Readonly<Record<string, CorpusRelease>>;
    };
    return Object.entries(project.versions).map(([version, release]) => ({
      name: project.name,
      version,
      requiresPython: release.requires_python ?? null,
      requiresDist: release.requires_dist ?? [],
      files: release.files.map(({ filename }) => decodeURIComponent(filename)),
    }));
  });
}

function unionReleases(folder: string): Release[] {
  const releases = JSON.parse(readFileSync(join(folder, "union-index.json"), "utf8")) as readonly UnionRelease[];
  return releases.map(({ name, version, python, requires_dist, files }) => ({
    name,
    version,
    requiresPython: python,
    requiresDist: requires_dist,
    files: files.map(({ file }) => file),
  }));
}

/** Texts that lock files hold in the notation of their own tool: unions of ranges, versions without an operator. */
const LOCK_NOTATION = /\|\||^[\w.-]+ \(?\d/;

function expectReadable(releases: readonly Release[]): void {
  const versions = new Set(releases.map(({ version }) => version));
  const requirements = [...new Set(releases.flatMap(({ requiresDist }) => requiresDist))];
  expect(versions.size).toBeGreaterThan(100);
  expect(requirements.length).toBeGreaterThan(100);
  expect([...versions].filter((version) => parseVersion(version) === null)).toEqual([]);
  const unreadable = requirements.filter(
    (text) => !LOCK_NOTATION.test(text) && isRequirementProblem(parseRequirement(text)),
  );
  expect(unreadable).toEqual([]);
  const pythons = [...new Set(releases.flatMap(({ requiresPython }) => requiresPython ?? []))];
  expect(pythons.filter((text) => isSpecifierProblem(parseLenientSpecifierSet(text)))).toEqual([]);
}

function expectFilenamesToNameTheirRelease(releases: readonly Release[]): void {
  const wrong: string[] = [];
  for (const { name, version, files } of releases) {
    const expected = parseVersion(version);
    for (const file of files.filter((each) => !each.endsWith(".egg"))) {
      const wheel = parseWheelFilename(file);
      const found = wheel ?? parseSdistFilename(file, name);
      const agrees = found !== null && expected !== null && compareVersions(found.version, expected) === 0;
      if (!agrees || (wheel !== null && wheel.name !== normalizeName(name))) wrong.push(`${name} ${version} ${file}`);
    }
  }
  // The corpus itself has five files under another release of their project; they all parse.
  expect(wrong.filter((line) => !/^(dask|fonttools|numcodecs|platformdirs|virtualenv) /.test(line))).toEqual([]);
  expect(wrong.length).toBeLessThanOrEqual(5);
}

function expectRangesToAgree(releases: readonly Release[]): void {
  const versions = [...new Set(releases.map(({ version }) => version))].flatMap((text) => parseVersion(text) ?? []);
  const sets = new Map<string, SpecifierSet>();
  for (const text of releases.flatMap(({ requiresDist }) => requiresDist)) {
    const requirement = parseRequirement(text);
    if (!isRequirementProblem(requirement)) sets.set(JSON.stringify(requirement.specifiers), requirement.specifiers);
  }
  const wrong: string[] = [];
  let place = 0;
  for (const set of sets.values()) {
    const range = rangeFromSpecifierSet(set);
    for (let count = 0; count < 100; count += 1, place += 7) {
      const version = versions[place % versions.length];
      if (version !== undefined && rangeContains(range, version) !== setContains(set, version)) {
        wrong.push(
          `${set.specifiers.map(({ operator, versionText }) => operator + versionText).join()} ${version.text}`,
        );
      }
    }
  }
  expect(wrong).toEqual([]);
}

function expectMarkersToRoundTrip(releases: readonly Release[]): void {
  const markers = releases.flatMap(({ requiresDist }) => requiresDist).flatMap((text) => text.split(/;(.*)/s)[1] ?? []);
  const wrong = [...new Set(markers)].filter((text) => {
    const marker = parseMarker(text);
    if (isMarkerProblem(marker)) return true;
    return ([`'`, `"`] as const).some(
      (quote) => JSON.stringify(parseMarker(formatMarker(marker, quote))) !== JSON.stringify(marker),
    );
  });
  expect(markers.length).toBeGreaterThan(20);
  expect(wrong).toEqual([]);
}

describeWithData("releases of the PyPI corpus", "pypi", (folder) => {
  const releases = corpusReleases(folder);
  test("can be read", () => expectReadable(releases));
  test("have files that name them", () => expectFilenamesToNameTheirRelease(releases));
  test("have specifiers that are the same as ranges", () => expectRangesToAgree(releases));
  test("have markers that survive writing", () => expectMarkersToRoundTrip(releases));
  test("have versions whose normalised text is the same version", () => {
    const versions = releases.flatMap(({ version }) => parseVersion(version) ?? []);
    expect(versions.filter((version) => parseVersion(formatVersion(version))?.sortKey !== version.sortKey)).toEqual([]);
  });
});

describeWithData("releases of the imprint index", "imprint", (folder) => {
  const releases = unionReleases(folder);
  test("can be read", () => expectReadable(releases));
  test("have files that name them", () => expectFilenamesToNameTheirRelease(releases));
  test("need no repair of their requirements", () => {
    const strict = releases
      .flatMap(({ requiresPython }) => requiresPython ?? [])
      .filter((text) => isSpecifierProblem(parseSpecifierSet(text)));
    expect(strict.filter((text) => text !== "*")).toEqual([]);
  });
});
