/** What decides, for one run of the core, whether a marker applies and whether a release can be installed. */
import { parseLenientSpecifierSet } from "#packaging/lenient-metadata.ts";
import { isSpecifierProblem, parseSpecifierSet, setContains, type SpecifierSet } from "#packaging/specifier.ts";
import { evaluateMarker, type MarkerExpression } from "#packaging/marker-syntax.ts";
import { parseVersion, type Pep440Version } from "#packaging/pep440-version.ts";
import { intersectRanges, isEmptyRange, pythonRangeFromSpecifierSet } from "#packaging/version-range.ts";
import type { Target } from "#packaging/target.ts";
import { bestRank, rankTags } from "#packaging/wheel-tags.ts";
import type { Condition } from "../core/provider.ts";
import type { ExclusionReason } from "./reasons.ts";
import type { ReleaseFile } from "./releases.ts";

export interface SolveEnvironment {
  /** For messages: a target's id, or a marker. */
  readonly label: string;
  /** Whether a requirement with this marker takes part. */
  applies(marker: MarkerExpression | null, extras: ReadonlySet<string>): boolean;
  /**
   * Where the answer depends on what is decided of another package (the Python that conda chooses): whether the requirement
   * with this marker, of a release or (`extra`) of one of its extras alone, takes part, or beside which candidates it does.
   */
  when?(marker: MarkerExpression | null, extra: string | null): Condition | boolean;
  /** Whether a package with this Requires-Python may be chosen. */
  acceptsPython(requiresPython: string | null): boolean;
  /** For messages: the Python that is solved for. */
  readonly python: string;
  /** Whether a wheel with these tags is of use. */
  acceptsWheel(file: ReleaseFile): boolean;
  /** Tag to place, for ordering files; empty where all are equal. */
  readonly tagRanks: ReadonlyMap<string, number>;
}

/** The environment of one target. */
export function targetEnvironment(target: Target, upperBounds: "ignore" | "respect"): SolveEnvironment {
  const tagRanks = rankTags(target.wheelTags);
  const python = parseVersion(target.python);
  const accepted = new Map<string, boolean>();
  const fits = new WeakMap<readonly string[], boolean>();
  return {
    label: target.id,
    python: target.python,
    tagRanks,
    applies: (marker, extras) => marker === null || evaluateMarker(marker, target.markerEnvironment, extras),
    acceptsPython: (requiresPython) => {
      if (requiresPython === null || python === null) return true;
      const known = accepted.get(requiresPython);
      if (known !== undefined) return known;
      const accepts = pythonSatisfies(requiresPython, python, upperBounds);
      accepted.set(requiresPython, accepts);
      return accepts;
    },
    acceptsWheel: ({ tags }) => {
      const known = fits.get(tags);
      if (known !== undefined) return known;
      const answer = bestRank(tags, tagRanks) !== null;
      fits.set(tags, answer);
      return answer;
    },
  };
}

/** A Requires-Python that cannot be read is taken as absent, as installers do. */
export function pythonSatisfies(text: string, python: Pep440Version, upperBounds: "ignore" | "respect"): boolean {
  const set = parseLenientSpecifierSet(text);
  if (isSpecifierProblem(set)) return true;
  return upperBounds === "respect" ? setContains(set, python) : !isBelow(set, python);
}

/** Whether a Python is older than the oldest that the set allows: what a wish for an older Python comes down to is not asked. */
function isBelow(set: SpecifierSet, python: Pep440Version): boolean {
  const allowed = pythonRangeFromSpecifierSet(set);
  const upToHere = parseSpecifierSet(`<=${python.release.join(".")}`);
  if (isSpecifierProblem(upToHere) || isEmptyRange(allowed)) return false;
  return isEmptyRange(intersectRanges(allowed, pythonRangeFromSpecifierSet(upToHere)));
}

/** Why no file of a release can be used; null where one can. `files` are those that policy lets through. */
export function fileExclusion(
  files: readonly ReleaseFile[],
  environment: SolveEnvironment,
  rules: { readonly noBuild: boolean; readonly noBinary: boolean },
): ExclusionReason | null {
  const forPython = files.filter(({ file }) => environment.acceptsPython(file.requiresPython));
  if (forPython.length === 0) {
    const range = files.find(({ file }) => file.requiresPython !== null)?.file.requiresPython ?? "";
    return { kind: "requires-python", range, python: environment.python };
  }
  if (forPython.some((file) => isUsable(file, environment, rules))) return null;
  const wheels = forPython.filter(({ kind }) => kind === "wheel");
  if (wheels.length < forPython.length) return { kind: "needs-build" };
  if (rules.noBinary) return { kind: "no-binary" };
  const tags = [...new Set(wheels.flatMap((wheel) => wheel.tags))];
  return { kind: "no-file-for-target", target: environment.label, tags: tags.slice(0, 3) };
}

/** Whether a file may be installed in the environment. */
export function isUsable(
  file: ReleaseFile,
  environment: SolveEnvironment,
  rules: { readonly noBuild: boolean; readonly noBinary: boolean },
): boolean {
  if (!environment.acceptsPython(file.file.requiresPython)) return false;
  return file.kind === "sdist" ? !rules.noBuild : !rules.noBinary && environment.acceptsWheel(file);
}
