/** Which wheels fit: compatibility tags. PEP 425, 600, 656, 703 and the platform tag specification. */
import { joinMarkers, type MarkerComparison, type MarkerExpression, type MarkerVariable } from "./marker-syntax.ts";
import { parseVersion } from "./pep440-version.ts";
import { platformTagsFor, type WheelPlatform } from "./platform-tags.ts";
import { parseSpecifierSet, isSpecifierProblem } from "./specifier.ts";
import { intersectRanges, isEmptyRange, pythonRangeFromSpecifierSet, type VersionRange } from "./version-range.ts";

export interface WheelTagRequest extends WheelPlatform {
  /** `3.12` or `3.12.1`. */
  readonly python: string;
  /** A CPython without the global lock (`cp313t`). */
  readonly freeThreaded?: boolean;
}

/** The tags that CPython of this version accepts on this platform, best first. Empty where `python` names no version. */
export function wheelTagsFor(request: WheelTagRequest): string[] {
  const [major, minor = 0] = parseVersion(request.python)?.release ?? [];
  if (major === undefined) return [];
  const platforms = platformTagsFor(request);
  const on = (python: string, abi: string) => platforms.map((platform) => `${python}-${abi}-${platform}`);
  const own = `cp${major}${minor}`;
  const stableAbi = request.freeThreaded === true ? "abi3t" : "abi3";
  const hasStableAbi = major === 3 && minor >= 2;
  const older = (lowest: number) => Array.from({ length: Math.max(0, minor - lowest) }, (_, back) => minor - 1 - back);
  const generic = [`py${major}${minor}`, `py${major}`, ...older(0).map((each) => `py${major}${each}`)];
  return [
    ...on(own, ownAbi(major, minor, request)),
    ...(hasStableAbi ? on(own, stableAbi) : []),
    ...on(own, "none"),
    ...(hasStableAbi ? older(2).flatMap((each) => on(`cp${major}${each}`, stableAbi)) : []),
    ...generic.flatMap((python) => on(python, "none")),
    `${own}-none-any`,
    ...generic.map((python) => `${python}-none-any`),
  ];
}

function ownAbi(major: number, minor: number, { platform, freeThreaded }: WheelTagRequest): string {
  const own = `cp${major}${minor}`;
  if (freeThreaded === true) return `${own}t`;
  if (major === 2) return platform.startsWith("linux") ? `${own}mu` : `${own}m`;
  return minor < 8 ? `${own}m` : own;
}

/** Tag to its place in the order; make it once where many files are ranked for one target. */
export function rankTags(wheelTags: readonly string[]): ReadonlyMap<string, number> {
  const ranks = new Map<string, number>();
  for (const [rank, tag] of wheelTags.entries()) if (!ranks.has(tag)) ranks.set(tag, rank);
  return ranks;
}

/** The best rank of any tag of a file, lower is better; null where none fits. */
export function bestRank(tags: readonly string[], ranks: ReadonlyMap<string, number>): number | null {
  let best: number | null = null;
  for (const tag of tags) {
    const rank = ranks.get(tag);
    if (rank !== undefined && (best === null || rank < best)) best = rank;
  }
  return best;
}

/** The place of a file among the tags of a target, lower is better; null where it does not fit. */
export function wheelRank(tags: readonly string[], target: { readonly wheelTags: readonly string[] }): number | null {
  const wanted = new Set(tags);
  const rank = target.wheelTags.findIndex((tag) => wanted.has(tag));
  return rank === -1 ? null : rank;
}

/**
 * Whether a wheel may serve any Python of a requires-python range. A version in a bare `py312` is the lowest that the
 * wheel runs on; in `cp312` with its own or no ABI it is the only one; the stable ABI runs on every later one, so it
 * stays, as do tags of interpreters that we do not know. Python 2 never does.
 * @param range the releases of Python, from `pythonRangeFromSpecifierSet`
 * @param tag one expanded tag; a wheel serves if any of its tags does
 */
export function pythonTagMatches(range: VersionRange, tag: string): boolean {
  const [python = "", abi = ""] = tag.split("-");
  if (abi === "abi3" || abi === "abi3t") return true;
  // GraalPy's ABI begins with its own version (`graalpy240_311_native`), its Python tag with Python's.
  const subject = abi === "none" || abi.startsWith("graalpy") ? python : abi;
  const match = /^(py|cp|pp|pypy|graalpy)(\d)_?(\d*)/.exec(subject);
  if (match === null) return true;
  const [, kind = "", major = "", minor = ""] = match;
  if (major !== "3") return false;
  if (minor === "") return true;
  return overlaps(range, kind === "py" ? `>=3.${minor}` : `==3.${minor}.*`);
}

function overlaps(range: VersionRange, specifier: string): boolean {
  const set = parseSpecifierSet(specifier);
  return !isSpecifierProblem(set) && !isEmptyRange(intersectRanges(range, pythonRangeFromSpecifierSet(set)));
}

/**
 * What the platform part of a wheel's tags says about where it runs, as a marker; null where it runs everywhere
 * (`any`) or the platform is none that markers can tell.
 */
export function wheelImpliedMarker(tags: readonly string[]): MarkerExpression | null {
  const platforms = [...new Set(tags.map((tag) => tag.split("-")[2] ?? "any"))];
  const implied = platforms.map(impliedByPlatform);
  if (implied.includes(null)) return null;
  const distinct = new Map(implied.flatMap((each) => each ?? []).map((each) => [JSON.stringify(each), each]));
  return joinMarkers("or", [...distinct.values()]);
}

const WINDOWS_MACHINES: Readonly<Record<string, string>> = { win32: "x86", win_amd64: "AMD64", win_arm64: "ARM64" };

/** `universal` formats hold several machines; the 32-bit and PowerPC ones no longer run anywhere. */
const MAC_MACHINES: Readonly<Record<string, readonly string[]>> = {
  universal2: ["x86_64", "arm64"],
  universal: ["x86_64"],
  intel: ["x86_64"],
  fat64: ["x86_64"],
};

function impliedByPlatform(platform: string): readonly MarkerExpression[] | null {
  const windows = WINDOWS_MACHINES[platform];
  if (windows !== undefined) return [onMachine("win32", windows)];
  const linux = /^(?:linux|manylinux\d+|manylinux_\d+_\d+|musllinux_\d+_\d+)_(.+)$/.exec(platform)?.[1];
  if (linux !== undefined) return [onMachine("linux", linux)];
  const mac = /^macosx_\d+_\d+_(.+)$/.exec(platform)?.[1];
  if (mac !== undefined) return (MAC_MACHINES[mac] ?? [mac]).map((machine) => onMachine("darwin", machine));
  return null;
}

function onMachine(platform: string, machine: string): MarkerExpression {
  return { kind: "and", parts: [equals("sys_platform", platform), equals("platform_machine", machine)] };
}

function equals(variable: MarkerVariable, value: string): MarkerComparison {
  return { kind: "compare", variable, operator: "==", value, reversed: false };
}
