/** The plain data that test indexes are made from: releases and their files. */
import type { IndexFile } from "#packaging/index-records.ts";
import { buildSdist, buildWheel, metadataText, sha256, type MetadataFacts } from "./archives.ts";

/** One release. With no `files`, it has one pure wheel that is made up when it is asked for. */
export interface TestRelease {
  readonly name: string;
  readonly version: string;
  readonly summary?: string | undefined;
  readonly requiresPython?: string | null | undefined;
  readonly requiresDist?: readonly string[] | undefined;
  readonly extras?: readonly string[] | undefined;
  readonly yanked?: false | string | undefined;
  readonly uploadTime?: string | null | undefined;
  readonly files?: readonly TestFile[] | undefined;
}

/** One file. With `sha256`, that fact is advertised, whatever the made-up bytes are; with `content`, those bytes are served. */
export interface TestFile {
  readonly filename: string;
  readonly sha256?: string | undefined;
  readonly size?: number | undefined;
  readonly uploadTime?: string | null | undefined;
  readonly yanked?: false | string | undefined;
  readonly requiresPython?: string | null | undefined;
  readonly content?: Uint8Array | undefined;
}

/** PEP 503. */
export function normalizedName(name: string): string {
  return name.replaceAll(/[-_.]+/g, "-").toLowerCase();
}

export function metadataFacts(release: TestRelease): MetadataFacts {
  const { name, version, summary, requiresPython, requiresDist, extras } = release;
  return { name, version, summary, requiresPython, requiresDist, extras };
}

/** The files of a release; where none is given, its pure wheel. */
export function filesOf(release: TestRelease): readonly TestFile[] {
  const base = `${normalizedName(release.name).replaceAll("-", "_")}-${release.version}`;
  return release.files ?? [{ filename: `${base}-py3-none-any.whl` }];
}

/** The bytes that a test server sends for a file: those given, or a small valid archive of the release's facts. */
export function bytesOf(release: TestRelease, file: TestFile): Uint8Array {
  if (file.content !== undefined) return file.content;
  const facts = metadataFacts(release);
  return file.filename.endsWith(".whl") ? buildWheel(file.filename, facts) : buildSdist(file.filename, facts);
}

/** The sidecar of PEP 658. */
export function sidecarOf(release: TestRelease, file: TestFile): string {
  return metadataText(metadataFacts(release), file.filename.endsWith(".whl") ? "2.1" : "2.2");
}

/** A file as an index would list it; facts that are not given are those of the made-up bytes. */
export function indexFileOf(release: TestRelease, file: TestFile, url: string): IndexFile {
  const bytes = file.sha256 === undefined ? bytesOf(release, file) : null;
  return {
    filename: file.filename,
    url,
    hashes: { sha256: file.sha256 ?? sha256(bytes ?? "") },
    requiresPython: file.requiresPython ?? release.requiresPython ?? null,
    yanked: file.yanked ?? release.yanked ?? false,
    uploadTime: file.uploadTime ?? release.uploadTime ?? null,
    size: file.size ?? bytes?.length ?? null,
    coreMetadata: { sha256: sha256(sidecarOf(release, file)) },
  };
}

/** Releases by normalised project name, in the order given. */
export function byProject(releases: readonly TestRelease[]): Map<string, TestRelease[]> {
  const projects = new Map<string, TestRelease[]>();
  for (const release of releases) {
    const name = normalizedName(release.name);
    const list = projects.get(name);
    if (list === undefined) projects.set(name, [release]);
    else list.push(release);
  }
  return projects;
}
