/** From core metadata to a ReleaseMetadata that is known to be of the release asked for. */
import { isMetadataProblem, parseCoreMetadata, type CoreMetadata } from "#packaging/core-metadata.ts";
import { normalizeName } from "#packaging/names.ts";
import type { IndexProblem, MetadataOrigin, ReleaseMetadata } from "#packaging/index-records.ts";
import { compareVersions, parseVersion } from "#packaging/pep440-version.ts";
import { problem } from "../http/problems.ts";
import { shownUrl } from "#packaging/safe-url.ts";

/** The release that metadata is wanted for. */
export interface WantedRelease {
  readonly name: string;
  readonly version: string;
}

export type MetadataOutcome = { readonly metadata: ReleaseMetadata } | { readonly problem: IndexProblem };

/** Parses core metadata of a wheel or a sidecar and checks whose it is. */
export function coreMetadataAnswer(
  text: string,
  wanted: WantedRelease,
  source: { readonly url: string; readonly origin: MetadataOrigin },
): MetadataOutcome {
  const parsed = parseCoreMetadata(text);
  if (isMetadataProblem(parsed)) {
    const sentence = `${shownUrl(source.url)} has unreadable metadata (line ${parsed.line}: ${parsed.problem}); it is left out.`;
    return problem("bad-content", source.url, sentence);
  }
  return checkedMetadata(releaseMetadata(parsed, source.origin), wanted, source.url);
}

export function releaseMetadata(parsed: CoreMetadata, origin: MetadataOrigin): ReleaseMetadata {
  const { name, version, summary, requiresPython, requiresDist, providesExtras } = parsed;
  return { name, version, summary, requiresPython, requiresDist, providesExtras, origin };
}

/** A file whose metadata speaks of another project or version is not what its name says. */
export function checkedMetadata(metadata: ReleaseMetadata, wanted: WantedRelease, url: string): MetadataOutcome {
  const said = parseVersion(metadata.version);
  const asked = parseVersion(wanted.version);
  const sameVersion = said !== null && asked !== null && compareVersions(said, asked) === 0;
  if (normalizeName(metadata.name) === normalizeName(wanted.name) && sameVersion) return { metadata };
  const found = `${metadata.name} ${metadata.version}`.slice(0, 100);
  const sentence = `${shownUrl(url)} says that it is ${found}, not ${wanted.name} ${wanted.version}; it is left out.`;
  return problem("bad-content", url, sentence);
}
