/**
 * From a solved Poetry project to its lock: in the lock version of the old one, with the notation of the old entries where
 * they still say the same.
 */
import {
  poetryLayout,
  type LockedConstraint,
  type LockedDependency,
  type LockedFile,
  type LockedPackage,
  type PoetryLock,
} from "#formats/locks/poetry-lock/model.ts";
import type { IndexFile } from "#packaging/index-records.ts";
import { normalizeName } from "#packaging/names.ts";
import { formatPoetryMarker, PoetryMarkers } from "#packaging/poetry-markers.ts";
import { parseVersion } from "#packaging/pep440-version.ts";
import type { PoetryResolution, PoetryResolvedDependency, PoetryResolvedPackage } from "#solver/pypi/poetry/problem.ts";

export interface LockFrame {
  /** null where the project has no lock yet. */
  readonly old: PoetryLock | null;
  readonly generator: PoetryLock["generator"];
  readonly contentHash: string;
}

/** What a lock version records of a package beside its facts. */
interface Edition {
  /** `main` or `dev` (Poetry up to 1.4). */
  readonly hasCategory: boolean;
  /** Groups and markers (Poetry 2). */
  readonly hasGroups: boolean;
  readonly hasPlainWildcards: boolean;
}

interface Notation {
  readonly markers: PoetryMarkers;
  readonly edition: Edition;
}

/** Builds the lock of a resolution. */
export function lockFromResolution(
  resolution: PoetryResolution,
  { old, generator, contentHash }: LockFrame,
): PoetryLock {
  const markers = new PoetryMarkers();
  const edition = editionOf(old, generator);
  const known = new Map((old?.packages ?? []).map((entry) => [entryKey(entry.name, entry.version), entry]));
  const packages = resolution.packages.map((solved) =>
    lockedPackage({ markers, edition }, solved, known.get(entryKey(solved.name, solved.version)) ?? null),
  );
  return {
    ...(old ?? { comments: [], lineEnding: "lf", lockVersion: "2.1", layout: poetryLayout("2.1") }),
    generator,
    pythonVersions: resolution.project.pythonVersions,
    contentHash,
    packages: sortPackages(packages),
    extras: Object.entries(resolution.project.extras).toSorted(([left], [right]) => compareText(left, right)),
  };
}

function editionOf(old: PoetryLock | null, generator: PoetryLock["generator"]): Edition {
  const lockVersion = old?.lockVersion ?? (old === null ? "2.1" : "1.0");
  const isFirst = lockVersion.startsWith("1.");
  const hasCategory = isFirst || (old?.packages.some(({ category }) => category !== null) ?? false);
  return {
    hasCategory,
    hasGroups: !isFirst && lockVersion !== "2.0",
    hasPlainWildcards: isBeforeOneFive(generator?.poetryVersion ?? "1.3"),
  };
}

function isBeforeOneFive(poetryVersion: string): boolean {
  const [major = 1, minor = 0] = parseVersion(poetryVersion)?.release ?? [];
  return major < 1 || (major === 1 && minor < 5);
}

function entryKey(name: string, version: string): string {
  return `${normalizeName(name)} ${parseVersion(version)?.sortKey ?? version}`;
}

function sortPackages(packages: readonly LockedPackage[]): readonly LockedPackage[] {
  const keyOf = ({ name, version, source }: LockedPackage): readonly string[] => [
    normalizeName(name),
    parseVersion(version)?.sortKey ?? version,
    source?.type ?? "",
    source?.url ?? "",
    source?.subdirectory ?? "",
    source?.reference ?? "",
  ];
  return packages.toSorted((left, right) => {
    const theirs = keyOf(right);
    for (const [index, part] of keyOf(left).entries()) {
      const order = compareText(part, theirs[index] ?? "");
      if (order !== 0) return order;
    }
    return 0;
  });
}

function lockedPackage(notation: Notation, solved: PoetryResolvedPackage, old: LockedPackage | null): LockedPackage {
  const { edition } = notation;
  const needed = {
    category: edition.hasCategory ? categoryOf(solved.groups) : null,
    optional: solved.optional,
    groups: edition.hasGroups ? solved.groups : null,
    markers: edition.hasGroups ? markersOf(solved) : null,
  };
  // A url, git or path dependency: the old entry is all that is known of it.
  if (old !== null && old.source !== null && old.source.type !== "legacy") return { ...old, ...needed };
  return {
    ...factsOf(notation, solved, old),
    ...needed,
    files: lockedFiles(solved.files, old?.files ?? []),
    develop: null,
    dependencies: lockedDependencies(notation, solved, old),
    source: lockedSource(solved.source),
    ...(old?.quirks === undefined ? {} : { quirks: old.quirks }),
  };
}

/** What never changes of a version is taken from the old entry. */
function factsOf(
  { edition }: Notation,
  solved: PoetryResolvedPackage,
  old: LockedPackage | null,
): Pick<LockedPackage, "name" | "version" | "description" | "pythonVersions" | "extras"> {
  if (old !== null) {
    const { name, version, description, pythonVersions, extras } = old;
    return { name, version, description, pythonVersions, extras };
  }
  const { prettyName, version, description, pythonVersions } = solved;
  return { name: prettyName, version, description, pythonVersions, extras: lockedExtras(edition, solved) };
}

function lockedSource(source: PoetryResolvedPackage["source"]): LockedPackage["source"] {
  if (source === null) return null;
  return { type: "legacy", url: source.url, reference: source.name, resolvedReference: null, subdirectory: null };
}

function lockedExtras({ hasPlainWildcards }: Edition, { extras }: PoetryResolvedPackage): LockedPackage["extras"] {
  return Object.entries(extras).map(([extra, texts]) => [extra, hasPlainWildcards ? texts.map(plainWildcards) : texts]);
}

function categoryOf(groups: readonly string[]): string {
  return groups.includes("main") ? "main" : "dev";
}

/** One marker where all groups have the same, else those that are not empty by group. */
function markersOf({ groups, markers }: PoetryResolvedPackage): LockedPackage["markers"] {
  const texts = groups.map((group) => [group, markers[group] ?? ""] as const);
  const [first] = texts;
  if (first === undefined) return null;
  if (texts.every(([, text]) => text === first[1])) return first[1] === "" ? null : first[1];
  return texts.filter(([, text]) => text !== "");
}

/** In Poetry's order of hashes; an index that gives another one than these is taken at its word. */
const HASHES = ["sha512", "sha384", "sha256"] as const;

function lockedFiles(files: readonly IndexFile[], old: readonly LockedFile[]): readonly LockedFile[] {
  const entries = files.map(({ filename, hashes }): LockedFile => {
    const algorithm = HASHES.find((name) => hashes[name] !== undefined) ?? Object.keys(hashes).toSorted()[0];
    if (algorithm === undefined) throw new Error(`${filename} was to be hashed before it is locked`);
    return { file: filename, hash: `${algorithm}:${hashes[algorithm] ?? ""}` };
  });
  const known = new Set(old.map(({ file, hash }) => `${file} ${hash}`));
  const isSame = entries.length === old.length && entries.every(({ file, hash }) => known.has(`${file} ${hash}`));
  return isSame ? old : entries.toSorted((left, right) => compareText(left.file, right.file));
}

/**
 * What a version requires never changes: where the old entry has the same requirements under the same markers, its notation
 * stays, whichever Poetry wrote it.
 */
function lockedDependencies(
  { markers, edition }: Notation,
  { dependencies }: PoetryResolvedPackage,
  old: LockedPackage | null,
): readonly LockedDependency[] {
  const byName = Map.groupBy(dependencies, ({ prettyName }) => prettyName);
  const current = [...byName].map(([name, constraints]): LockedDependency => {
    return { name, constraints: constraints.map((constraint) => lockedConstraint(edition, constraint)) };
  });
  if (old === null) return current;
  const isSame =
    JSON.stringify(circumstances(markers, current)) === JSON.stringify(circumstances(markers, old.dependencies));
  return isSame ? old.dependencies : current;
}

function lockedConstraint(
  { hasPlainWildcards }: Edition,
  { constraint, extras, optional, markers }: PoetryResolvedDependency,
): LockedConstraint {
  const version = hasPlainWildcards ? plainWildcards(constraint) : constraint;
  return { version, extras, optional, markers, location: [] };
}

/** Who is required under which circumstances, in any notation. */
function circumstances(markers: PoetryMarkers, dependencies: readonly LockedDependency[]): readonly string[] {
  const entries = dependencies.flatMap(({ name, constraints }) =>
    constraints.map(({ extras, optional, markers: marker, location }) =>
      JSON.stringify([
        normalizeName(name),
        extras.map(normalizeName).toSorted(),
        optional,
        normalMarker(markers, marker ?? ""),
        location,
      ]),
    ),
  );
  return entries.toSorted();
}

/** Poetry before 1.5 wrote `!=5.0.*` as `<5.0.0 || >=5.1.0`, later ones write `<5.0.dev0 || >=5.1.dev0`. */
function plainWildcards(text: string): string {
  return text
    .replaceAll(/([!=]=)(\d+(?:\.\d+)*)\.\*/g, (_, operator: string, release: string) => {
      const next = release.split(".").map(Number);
      next[next.length - 1] = (next.at(-1) ?? 0) + 1;
      const [from, to] = [threeParts(release), threeParts(next.join("."))];
      return operator === "==" ? `>=${from},<${to}` : `<${from} || >=${to}`;
    })
    .replaceAll(/(\d+(?:\.\d+)*)\.dev0/g, (_, release: string) => threeParts(release));
}

function threeParts(release: string): string {
  return release + ".0".repeat(Math.max(0, 3 - release.split(".").length));
}

function normalMarker(markers: PoetryMarkers, text: string): string {
  const parsed = markers.parse(text);
  return parsed === null ? text : formatPoetryMarker(parsed);
}

function compareText(left: string, right: string): number {
  return left === right ? 0 : left < right ? -1 : 1;
}
