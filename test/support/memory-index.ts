/** An index without HTTP: the same data as the index server, for fast tests of what asks an index. */
import type { IndexFile, IndexProblem, ProjectListing, ReleaseMetadata } from "#packaging/index-records.ts";
import type { IndexLocation, IndexPolicy, ListingRequest, PackageIndex } from "#ports.ts";
import { searchIndexes } from "#indexes/search-order.ts";
import { extrasOf, sha256 } from "./archives.ts";
import { byProject, filesOf, metadataFacts, normalizedName, sidecarOf, type TestRelease } from "./index-data.ts";

export interface MemoryIndexOptions {
  /** What PyPI has (a location named `pypi`, put first). */
  readonly releases?: readonly TestRelease[];
  /** Further indexes and find-links pages, in order. */
  readonly sources?: readonly MemorySource[];
  readonly strategy?: IndexPolicy["strategy"];
  /** Problems to answer instead, by normalised project name (its listing) or by `name==version` (its metadata). */
  readonly problems?: Readonly<Record<string, IndexProblem>>;
}

export interface MemorySource extends IndexLocation {
  readonly releases: readonly TestRelease[];
}

export interface MemoryIndex extends PackageIndex {
  readonly policy: IndexPolicy;
  /** What was asked, in order: `listing numpy`, `metadata numpy 1.0`, `hash FILENAME`. */
  readonly asked: string[];
}

/** Opens an index on plain data. File hashes that are not given are made from the file name; no archive is built. */
export function memoryIndex(options: MemoryIndexOptions): MemoryIndex {
  const pypi: MemorySource = {
    name: "pypi",
    url: "https://pypi.org/simple",
    kind: "index",
    use: "normal",
    releases: options.releases ?? [],
  };
  const sources = [...(options.releases === undefined ? [] : [pypi]), ...(options.sources ?? [])];
  const projects = new Map(sources.map((source) => [source.name, byProject(source.releases)]));
  const policy: IndexPolicy = {
    indexes: sources.map(({ name, url, kind, use }) => ({ name, url, kind, use })),
    strategy: options.strategy ?? "first-index",
  };
  const releaseOf = new Map<string, TestRelease>();
  const hashOf = new Map<string, string>();
  const asked: string[] = [];

  function listingOf(location: IndexLocation, name: string): ProjectListing | null {
    const releases = projects.get(location.name)?.get(name);
    if (releases === undefined) return null;
    const files = releases.flatMap((release) => memoryFiles(release, location, { releaseOf, hashOf }));
    return { name, indexUrl: location.url, files };
  }

  return {
    policy,
    asked,
    listing: async (request: ListingRequest) => {
      const name = normalizedName(request.name);
      asked.push(`listing ${name}`);
      const problem = options.problems?.[name];
      if (problem !== undefined) return { problem };
      return searchIndexes(policy, { ...request, name }, async (location) => ({ listing: listingOf(location, name) }));
    },
    metadata: async (name, version, files) => {
      asked.push(`metadata ${name} ${version}`);
      const problem = options.problems?.[`${normalizedName(name)}==${version}`];
      if (problem !== undefined) return { problem };
      const release = files.map((file) => releaseOf.get(file.url)).find((found) => found !== undefined);
      return release === undefined ? { problem: noFile(name, version) } : { metadata: memoryMetadata(release) };
    },
    fileHash: async (file) => {
      asked.push(`hash ${file.filename}`);
      return { sha256: file.hashes["sha256"] ?? hashOf.get(file.url) ?? sha256(file.filename) };
    },
  };
}

/** What is known of files by their URL. */
interface FileFacts {
  readonly releaseOf: Map<string, TestRelease>;
  readonly hashOf: Map<string, string>;
}

function memoryFiles(release: TestRelease, location: IndexLocation, known: FileFacts): IndexFile[] {
  return filesOf(release).map((file) => {
    const url = `${location.url}/files/${encodeURIComponent(file.filename)}`;
    const hash = file.sha256 ?? sha256(file.filename);
    known.releaseOf.set(url, release);
    known.hashOf.set(url, hash);
    const hashes = location.kind === "find-links" ? {} : { sha256: hash };
    return {
      filename: file.filename,
      url,
      hashes,
      requiresPython: file.requiresPython ?? release.requiresPython ?? null,
      yanked: file.yanked ?? release.yanked ?? false,
      uploadTime: file.uploadTime ?? release.uploadTime ?? null,
      size: file.size ?? null,
      coreMetadata: location.kind === "find-links" ? false : { sha256: sha256(sidecarOf(release, file)) },
    };
  });
}

function memoryMetadata(release: TestRelease): ReleaseMetadata {
  const facts = metadataFacts(release);
  const { name, version, summary, requiresPython, requiresDist } = facts;
  return {
    name,
    version,
    summary: summary ?? "",
    requiresPython: requiresPython ?? null,
    requiresDist: requiresDist ?? [],
    providesExtras: extrasOf(facts),
    origin: "sidecar",
  };
}

function noFile(name: string, version: string): IndexProblem {
  return { kind: "not-found", url: "", message: `No file of ${name} ${version} is listed by this index.` };
}
