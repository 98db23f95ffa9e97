/** The conda requirements of environment files that name a version or a series, and which of them may move. */
import { raiseCondaConstraint } from "#formats/manifests/rewrite-constraint-conda.ts";
import type { ConstraintEdit } from "#formats/manifests/edit-manifest.ts";
import type { ManifestRequirement } from "#formats/manifests/manifest.ts";
import { isCondaSpecProblem, parseMatchSpec } from "#packaging/conda-match-spec.ts";
import { condaSpecMatches } from "#packaging/conda-version-spec.ts";
import { compareCondaVersions, parseCondaVersion, type CondaVersion } from "#packaging/conda-version.ts";
import { majorOfCondaVersion, movableCondaConstraint, type CondaMovable } from "./conda-movable.ts";

/** One constraint with every place that writes it. */
export interface CondaPin {
  /** Tells it from another constraint of the same name: an environment may pin another series on purpose. */
  readonly key: string;
  /** Conda's name, lower case. */
  readonly name: string;
  /** As written, without a build. */
  readonly written: string;
  /** The lowest version that a target has. */
  readonly current: CondaVersion;
  readonly movable: CondaMovable;
  readonly places: readonly ManifestRequirement[];
}

/** One that is not to be moved, with the reason. */
export interface KeptCondaPin {
  readonly name: string;
  readonly places: readonly ManifestRequirement[];
  readonly reason: string;
}

export interface CondaPins {
  readonly pins: readonly CondaPin[];
  readonly kept: readonly KeptCondaPin[];
}

/**
 * @param requirements of all manifests that move together; those of PyPI are passed over
 * @param inUse the versions that targets have of a name now
 */
export function condaPins(
  requirements: readonly ManifestRequirement[],
  inUse: (name: string) => readonly string[],
): CondaPins {
  const stated = requirements.filter(
    (one) => one.ecosystem === "conda" && one.origin.kind === "index" && one.constraint !== null,
  );
  const byKey = Map.groupBy(stated, pinKey);
  const pins: CondaPin[] = [];
  const kept: KeptCondaPin[] = [];
  for (const [key, places] of [...byKey].sort(([left], [right]) => (left < right ? -1 : 1))) {
    const [first] = places;
    if (first === undefined) {
      continue;
    }
    const pin = toPin(key, places, inUse(first.name));
    const reason = pin === null ? null : whyKept(pin, stated);
    if (pin === null || (pin.movable.kind === "open" && reason === null)) {
      continue;
    }
    if (reason === null) {
      pins.push(pin);
    } else {
      kept.push({ name: pin.name, places, reason });
    }
  }
  return { pins, kept };
}

/** The same name written in the same way (blanks aside) is one pin, wherever it stands. */
export function pinKey({ name, constraint, entry }: ManifestRequirement): string {
  return JSON.stringify([name, constraint?.text.replace(/\s+/gu, "") ?? "", entry?.build ?? ""]);
}

function toPin(key: string, places: readonly ManifestRequirement[], inUse: readonly string[]): CondaPin | null {
  const [first] = places;
  const written = first?.constraint?.text.trim() ?? "";
  const current = lowest(inUse.filter((version) => isAllowed(written, version))) ?? namedVersion(written);
  return first === undefined || current === null
    ? null
    : {
        key,
        name: first.name,
        written,
        current,
        movable: movableCondaConstraint(written, current, first.name),
        places,
      };
}

/** Whether a constraint as it is written (`=1.26`, `>=1.2,<2`) allows a version; what cannot be read allows all. */
export function isAllowed(written: string, version: string): boolean {
  const spec = parseMatchSpec(`name${/^[=<>!~]/u.test(written) ? "" : " "}${written}`);
  const parsed = parseCondaVersion(version);
  return isCondaSpecProblem(spec) || parsed === null || spec.version === null || condaSpecMatches(spec.version, parsed);
}

function lowest(versions: readonly string[]): CondaVersion | null {
  const parsed = versions.map((text) => parseCondaVersion(text)).filter((version) => version !== null);
  return parsed.sort(compareCondaVersions)[0] ?? null;
}

/** `1.26` of `=1.26`: where nothing says which version is in use. */
function namedVersion(written: string): CondaVersion | null {
  const text = /^(?:[=~]=|=|>=)?\s*([\w!+-]+(?:\.[\w!+-]+)*)/u.exec(written)?.[1];
  return text === undefined ? null : parseCondaVersion(text);
}

function whyKept(pin: CondaPin, all: readonly ManifestRequirement[]): string | null {
  const { name, places, movable } = pin;
  const held = places.find((place) => place.holdReason !== null);
  if (held !== undefined) {
    return `${held.file}:${held.line} says: ${held.holdReason}`;
  }
  const others = all.filter((one) => one.name === name && !places.includes(one));
  const beside = others.find((other) => places.some((place) => place.file === other.file));
  if (beside !== undefined) {
    return `${name} has several constraints for different environments in ${beside.file}, which are kept as they are`;
  }
  if (name === "python") {
    const other = others.find((one) => seriesOf(one) !== null && seriesOf(one) !== seriesOf(places[0]));
    if (other !== undefined) {
      return `${other.file}:${other.line} is made for another Python, so each environment keeps its own`;
    }
  }
  return movable.kind === "kept" ? movable.cap : null;
}

function seriesOf(requirement: ManifestRequirement | undefined): string | null {
  const version = namedVersion(requirement?.constraint?.text ?? "");
  return version === null ? null : majorOfCondaVersion("python", version.text);
}

/** How the places of a pin are written for another version, or why one cannot be (then none is). */
export function raisePin(
  pin: CondaPin,
  version: string,
  strategy: "bump" | "blocks-only",
): { readonly edits: readonly ConstraintEdit[] } | { readonly holder: string; readonly reason: string } {
  const edits: ConstraintEdit[] = [];
  for (const requirement of pin.places) {
    const text = requirement.constraint?.text ?? "";
    // A range that allows the version says nothing that would have to change.
    const how = pin.movable.kind === "series" ? strategy : "blocks-only";
    const bumped = how === "blocks-only" && !isAllowed(text, version) ? strategy : how;
    const raised = raiseCondaConstraint({ text, version, strategy: bumped, exact: isExact(requirement) });
    if (raised.kind === "raised") {
      edits.push({ requirement, constraint: raised.text, hashes: null });
    } else if (!isAllowed(text, version)) {
      return { holder: `${requirement.file}:${requirement.line}`, reason: raised.reason };
    }
  }
  return { edits };
}

/** Whether `=1.2` is 1.2 alone: it is in `name=1.2=build`. */
function isExact({ name, entry, constraint }: ManifestRequirement): boolean {
  const spec = parseMatchSpec(entry?.text ?? `${name}${constraint?.text ?? ""}`);
  return !isCondaSpecProblem(spec) && spec.version?.kind === "compare" && spec.version.operator === "==";
}

/** Build string that an entry asks for without a glob: it is of one file, so it cannot stay when the version moves. */
export function exactBuild({ entry }: ManifestRequirement): string | null {
  const build = entry?.build ?? null;
  return build === null || /[*^|]/u.test(build) ? null : build;
}
