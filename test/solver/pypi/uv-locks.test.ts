/** Real uv locks, turned back into an index: solving them again must choose exactly what they contain. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import toml from "@iarna/toml";
import { expect, test } from "@jest/globals";
import type { IndexFile, ProjectListing, ReleaseMetadata } from "#packaging/index-records.ts";
import { parseVersion } from "#packaging/pep440-version.ts";
import { isSpecifierProblem, parseSpecifierSet } from "#packaging/specifier.ts";
import { markerEnvironmentFor } from "#packaging/target.ts";
import { DEFAULT_OPTIONS } from "#solver/pypi/problem.ts";
import type { PypiQuestion, PypiReply } from "#solver/pypi/questions.ts";
import { createUniversalSolve } from "#solver/pypi/universal/solve-universal.ts";
import { closureProblems } from "../../support/check-closure.ts";
import { finish, rootsOf } from "../../support/solve-problem.ts";
import { describeWithData } from "../../support/test-data.ts";

interface Edge {
  readonly name: string;
  readonly version?: string;
  readonly extra?: readonly string[];
  readonly marker?: string;
}

interface LockedPackage {
  readonly name: string;
  readonly version?: string;
  readonly source: Readonly<Record<string, string>>;
  readonly dependencies?: readonly Edge[];
  readonly "optional-dependencies"?: Readonly<Record<string, readonly Edge[]>>;
  readonly "dev-dependencies"?: Readonly<Record<string, readonly Edge[]>>;
  readonly sdist?: { readonly url?: string };
  readonly wheels?: readonly { readonly url?: string }[];
}

interface UvLock {
  readonly "requires-python": string;
  readonly "resolution-markers"?: readonly string[];
  readonly package: readonly LockedPackage[];
}

function edgeText({ name, version, extra, marker }: Edge, ofExtra: string | null): string {
  const bracket = extra === undefined ? "" : `[${extra.join(",")}]`;
  const pin = version === undefined ? "" : `==${version}`;
  const conditions = [marker === undefined ? "" : `(${marker})`, ofExtra === null ? "" : `extra == '${ofExtra}'`];
  const condition = conditions.filter((part) => part !== "").join(" and ");
  return `${name}${bracket}${pin}${condition === "" ? "" : ` ; ${condition}`}`;
}

function requirementsOf(locked: LockedPackage): string[] {
  const optional = Object.entries(locked["optional-dependencies"] ?? {});
  return [
    ...(locked.dependencies ?? []).map((edge) => edgeText(edge, null)),
    ...optional.flatMap(([extra, edges]) => edges.map((edge) => edgeText(edge, extra))),
  ];
}

/** A member of the workspace asks for everything that it could: its extras and groups too. */
function rootTextsOf(locked: LockedPackage): string[] {
  const groups = [locked["optional-dependencies"] ?? {}, locked["dev-dependencies"] ?? {}];
  const edges = [...(locked.dependencies ?? []), ...groups.flatMap((group) => Object.values(group).flat())];
  return edges.map((edge) => edgeText(edge, null));
}

function isMember({ source }: LockedPackage): boolean {
  return source["registry"] === undefined;
}

function filesOf(locked: LockedPackage, version: string): IndexFile[] {
  const urls = [locked.sdist, ...(locked.wheels ?? [])].flatMap((file) => (file?.url === undefined ? [] : [file.url]));
  if (isMember(locked)) urls.push(`https://local.example/${locked.name.replaceAll("-", "_")}-${version}.tar.gz`);
  return urls.map((url) => ({
    filename: decodeURIComponent(url.split("/").at(-1) ?? ""),
    url,
    hashes: {},
    requiresPython: null,
    yanked: false,
    uploadTime: null,
    size: null,
    coreMetadata: true,
  }));
}

function indexOf(lock: UvLock): (question: PypiQuestion) => PypiReply {
  const listings = new Map<string, ProjectListing>();
  const releases = new Map<string, ReleaseMetadata>();
  for (const locked of lock.package) {
    const { name, version = "0" } = locked;
    const files = [...(listings.get(name)?.files ?? []), ...filesOf(locked, version)];
    listings.set(name, { name, indexUrl: "https://index.example/simple", files });
    const requiresDist = requirementsOf(locked);
    const facts = { summary: "", requiresPython: null, providesExtras: [], origin: "lock" as const };
    releases.set(`${name} ${parseVersion(version)?.sortKey ?? ""}`, { name, version, requiresDist, ...facts });
  }
  return (question) => {
    if (question.kind === "listing") {
      const listing = listings.get(question.name);
      return { question, answer: { listings: listing === undefined ? [] : [listing] } };
    }
    const metadata = releases.get(`${question.name} ${parseVersion(question.version)?.sortKey ?? ""}`);
    if (metadata === undefined) throw new Error(`the lock has no ${question.name} ${question.version}`);
    return { question, answer: { metadata } };
  };
}

describeWithData("uv locks", "uv-locks", (folder) => {
  test.each(readdirSync(folder))("%s", (project) => {
    // The data folder has "[X]" where a version number stood.
    const text = readFileSync(join(folder, project, "uv.lock"), "utf8").replaceAll("[X]", "1");
    const lock = toml.parse(text) as unknown as UvLock;
    const requiresPython = parseSpecifierSet(lock["requires-python"]);
    if (isSpecifierProblem(requiresPython)) throw new Error(requiresPython.problem);
    const members = lock.package.filter(isMember);
    const requirements = rootsOf([...new Set(members.flatMap(rootTextsOf))], "uv.lock");
    const forkMarkers = lock["resolution-markers"] ?? [];
    const parts = { requirements, constraints: [], overrides: [], soft: [], options: DEFAULT_OPTIONS };
    const { outcome } = finish(createUniversalSolve({ ...parts, requiresPython, forkMarkers }), indexOf(lock));
    if (outcome.kind !== "solved") throw new Error(`not solved: ${outcome.kind}`);
    const { packages } = outcome.resolution;
    const names = new Set(members.map(({ name }) => name));
    const wanted = lock.package
      .filter(({ name }) => !names.has(name))
      .map(({ name, version }) => `${name} ${version ?? "0"}`);
    const found = packages.filter(({ name }) => !names.has(name)).map(({ name, version }) => `${name} ${version.text}`);
    expect(found.sort()).toEqual(wanted.sort());
    for (const platform of ["linux-64", "osx-arm64", "win-64"] as const) {
      const environment = markerEnvironmentFor(platform, "3.13.0");
      const roots = requirements.map(({ requirement }) => requirement);
      expect(closureProblems(packages, roots, environment)).toEqual([]);
    }
  });
});
