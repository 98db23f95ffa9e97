/** pip entries of a conda environment that name an address (a file, a repository, a path) in place of a release. PEP 508. */
import type { ManifestRequirement } from "#formats/manifests/manifest.ts";
import { parseSdistFilename, parseWheelFilename } from "#packaging/filenames.ts";
import type { IndexFile, ReleaseMetadata } from "#packaging/index-records.ts";
import { compareVersions, formatVersion, parseVersion } from "#packaging/pep440-version.ts";
import { formatPoetryConstraint, parsePoetryConstraint } from "#packaging/poetry-constraint.ts";
import { isRequirementProblem, parseRequirement } from "#packaging/requirement.ts";
import { hasUrlSecret, shownUrl } from "#packaging/safe-url.ts";
import type { InstalledPackage } from "./conda-lock-changes.ts";

/** What a lock has of such an entry. */
export interface LockedPip extends InstalledPackage {
  readonly hash: { readonly sha256: string | null };
  /** Poetry's constraints by name. */
  readonly dependencies: ReadonlyMap<string, string>;
}

/** The one release that an address stands for. */
export interface AddressedRelease {
  readonly version: string;
  readonly file: IndexFile;
}

export type AddressedPip =
  /** The lock has it: it stays as it is, with the dependencies that the lock records. `note`: what is not looked up. */
  | {
      readonly kind: "kept";
      readonly release: AddressedRelease;
      readonly metadata: ReleaseMetadata;
      readonly note: string | null;
    }
  /** A file that can be locked when its metadata is read. */
  | { readonly kind: "file"; readonly release: AddressedRelease }
  | { readonly kind: "left-out"; readonly reason: string }
  | { readonly kind: "refused"; readonly reason: string };

export interface AddressedPlace {
  /** The lock's entry of the name, or null. */
  readonly locked: LockedPip | null;
  /** Whether the manifests are those that the lock was made from. */
  readonly isFresh: () => boolean;
}

/** What becomes of a requirement for an address; null for a requirement for a release of an index. */
export function addressedPip(requirement: ManifestRequirement, place: AddressedPlace): AddressedPip | null {
  const { origin, name } = requirement;
  if (origin.kind === "index") return null;
  const same = place.locked === null ? null : lockedAddress(requirement, place.locked, place.isFresh);
  if (same !== null && place.locked !== null) return kept(name, place.locked, same.note);
  switch (origin.kind) {
    case "path":
      return { kind: "left-out", reason: "a path belongs to one machine, and a lock is for others too" };
    case "git":
      return { kind: "refused", reason: repositoryReason(requirement, place.locked) };
    case "url":
      return newFile(requirement);
  }
}

/**
 * Whether a lock's entry is what the requirement asks for. What a branch or a tag is today is asked of nobody: with a
 * version as its name it has to be the version of the entry, unless the manifests are those of the lock.
 * @returns null where it is another address
 */
export function lockedAddress(
  { origin, hashes }: ManifestRequirement,
  locked: LockedPip,
  isFresh: () => boolean,
): { readonly note: string | null } | null {
  switch (origin.kind) {
    case "index":
      return null;
    case "git":
      return lockedCommit(origin.location, locked, isFresh);
    case "path":
    case "url": {
      const wanted = withoutFragment(origin.location);
      const found = withoutFragment(locked.url);
      const sha256 = statedHash(origin.location, hashes);
      const isSame = wanted === found || `file://${wanted}` === found;
      return isSame && (sha256 === null || sha256 === locked.hash.sha256) ? { note: null } : null;
    }
  }
}

function lockedCommit(
  location: string,
  { url, version }: LockedPip,
  isFresh: () => boolean,
): { readonly note: string | null } | null {
  const wanted = repositoryOf(location);
  const found = repositoryOf(url);
  if (!url.startsWith("git+") || wanted.repository !== found.repository) return null;
  const { reference } = wanted;
  if (reference === null) return { note: "the newest commit is not looked up" };
  if (/^[0-9a-f]{7,40}$/u.test(reference)) {
    return found.reference?.startsWith(reference) === true ? { note: null } : null;
  }
  const isOther = isOtherVersion(reference, version) && !isFresh();
  return isOther ? null : { note: `what ${reference} is today is not looked up` };
}

/** A tag like `v1.2`, and the lock has 1.1. */
function isOtherVersion(reference: string, locked: string): boolean {
  const [tag, version] = [/\./u.test(reference) ? parseVersion(reference) : null, parseVersion(locked)];
  return tag !== null && version !== null && compareVersions(tag, version) !== 0;
}

interface Repository {
  readonly repository: string;
  readonly reference: string | null;
}

/** `git+https://host/owner/name.git@reference#…`; an `@` before the host is its user. */
function repositoryOf(address: string): Repository {
  const plain = withoutFragment(address).replace(/^git\+/u, "");
  const start = /^[a-z+]+:\/\/(?:[^@/]*@)?/iu.exec(plain)?.[0].length ?? 0;
  const at = plain.indexOf("@", start);
  const path = plain.slice(start, at === -1 ? undefined : at);
  const repository = path
    .replace(/\/+$/u, "")
    .replace(/\.git$/u, "")
    .toLowerCase();
  return { repository, reference: at === -1 ? null : plain.slice(at + 1) };
}

function kept(name: string, locked: LockedPip, note: string | null): AddressedPip {
  const version = parseVersion(locked.version);
  if (version === null) {
    return {
      kind: "refused",
      reason: `its locked version, "${locked.version}", is none that can be compared (PEP 440)`,
    };
  }
  const text = formatVersion(version);
  const own = filenameOf(locked.url);
  // What has no wheel of its own can be installed anywhere, as far as anybody knows.
  const filename = parseWheelFilename(own) === null ? `${name.replaceAll("-", "_")}-${text}-py3-none-any.whl` : own;
  const hashes = locked.hash.sha256 === null ? {} : { sha256: locked.hash.sha256 };
  const metadata: ReleaseMetadata = {
    name,
    version: text,
    summary: "",
    requiresPython: null,
    requiresDist: [...locked.dependencies].map(([dependency, constraint]) => dependencyText(dependency, constraint)),
    providesExtras: [],
    origin: "lock",
  };
  return { kind: "kept", release: { version: text, file: fileAt(locked.url, filename, hashes) }, metadata, note };
}

/** PEP 508 for a constraint in Poetry's words. Alternatives have no such text: any version is taken there, and the check of the lock says more. */
function dependencyText(name: string, text: string): string {
  const constraint = parsePoetryConstraint(text);
  const plain = constraint === null ? text : formatPoetryConstraint(constraint);
  const written = constraint?.kind === "version" ? `==${plain}` : plain === "*" ? "" : plain;
  const requirement = `${name}${written}`;
  return isRequirementProblem(parseRequirement(requirement)) ? name : requirement;
}

function newFile(requirement: ManifestRequirement): AddressedPip {
  const { name, origin, hashes } = requirement;
  const location = origin.kind === "index" ? "" : origin.location;
  if (hasUrlSecret(location) || location.includes("${")) {
    const reason = `${shownUrl(location)} needs a secret or an environment variable, which a lock cannot hold`;
    return { kind: "refused", reason };
  }
  const filename = filenameOf(location);
  const wheel = parseWheelFilename(filename);
  const version = (wheel ?? parseSdistFilename(filename, name))?.version;
  if (version === undefined || (wheel !== null && wheel.name !== name)) {
    const reason = `${shownUrl(location)} is not named like a wheel or a source distribution of ${name}, so its version is not known: name a file like ${name}-1.0-py3-none-any.whl, or a release of an index`;
    return { kind: "refused", reason };
  }
  const sha256 = statedHash(location, hashes);
  if (sha256 === null) {
    return { kind: "refused", reason: `a lock needs its hash: add \`#sha256=…\` to ${shownUrl(location)}` };
  }
  return {
    kind: "file",
    release: { version: formatVersion(version), file: fileAt(withoutFragment(location), filename, { sha256 }) },
  };
}

function repositoryReason({ writtenName }: ManifestRequirement, locked: LockedPip | null): string {
  const was = locked === null ? "the lock has no entry of it yet" : `the lock has another one, ${shownUrl(locked.url)}`;
  return `${writtenName} is built from a repository, and Relock runs no code of packages: ${was}. Lock it once with \`conda-lock lock\`, after which it is kept as it is; or name a wheel or a release of an index in its place`;
}

function fileAt(url: string, filename: string, hashes: IndexFile["hashes"]): IndexFile {
  return {
    filename,
    url,
    hashes,
    requiresPython: null,
    yanked: false,
    uploadTime: null,
    size: null,
    coreMetadata: false,
  };
}

function statedHash(location: string, hashes: ManifestRequirement["hashes"]): string | null {
  const ofUrl = /[#&]sha256=([0-9a-f]{64})(?:&|$)/iu.exec(location)?.[1];
  const ofLine = hashes.length === 1 ? /^sha256:([0-9a-f]{64})$/iu.exec(hashes[0]?.text ?? "")?.[1] : undefined;
  return (ofUrl ?? ofLine)?.toLowerCase() ?? null;
}

function withoutFragment(address: string): string {
  return address.split("#", 1)[0] ?? address;
}

function filenameOf(address: string): string {
  const path = withoutFragment(address).split("?", 1)[0] ?? "";
  return (path.split("/").at(-1) ?? "").replaceAll("%2B", "+").replaceAll("%2b", "+");
}
