/** The diagram of one marker comparison. */
import {
  compareCuts,
  cutAfter,
  cutBefore,
  cutBehindPrefix,
  intervalOfPrefix,
  widenToMinor,
} from "./marker-diagram-cuts.ts";
import type { ReleaseCut, ReleaseInterval } from "./marker-diagram-cuts.ts";
import { ALWAYS_FALSE, ALWAYS_TRUE } from "./marker-diagram-store.ts";
import type { DiagramStore, DiagramVariable, MarkerDiagram } from "./marker-diagram-store.ts";
import type { MarkerComparison, MarkerOperator } from "./marker-syntax.ts";
import { normalizeExtra } from "./names.ts";
import { baseVersion, formatVersion, parseVersion, type Pep440Version } from "./pep440-version.ts";
import { parseSpecifier } from "./specifier.ts";
import type { Specifier } from "./specifier.ts";

/** The order of the questions on a path: strings, versions, substrings, extras. */
const RANK = { string: 0, release: 1, text: 2, extra: 3 } as const;

/** `platform_system` says the same as `sys_platform` for these. */
const SYSTEM_PLATFORMS: Readonly<Record<string, string>> = {
  Windows: "win32",
  Darwin: "darwin",
  Linux: "linux",
  AIX: "aix",
  Emscripten: "emscripten",
  Android: "android",
};

/** An operator as seen from the other side: `"3.8" <= python_version` is `python_version >= "3.8"`. */
const MIRRORED: Partial<Record<MarkerOperator, MarkerOperator>> = { "<": ">", ">": "<", "<=": ">=", ">=": "<=" };

export function stringVariable(name: string): DiagramVariable {
  return { kind: "string", rank: RANK.string, key: name };
}

export function releaseVariable(name: string): DiagramVariable {
  return { kind: "release", rank: RANK.release, key: name };
}

export function extraVariable(extra: string): DiagramVariable {
  return { kind: "boolean", rank: RANK.extra, key: extra };
}

/** A question that is put to the text of the variable; its key is the atom itself, so that it can be written again. */
export function textVariable(atom: MarkerComparison): DiagramVariable {
  return {
    kind: "boolean",
    rank: RANK.text,
    key: JSON.stringify(atom),
  };
}

/** The atom that a text question asks. */
export function atomOfTextVariable(variable: DiagramVariable): MarkerComparison {
  return JSON.parse(variable.key) as MarkerComparison;
}

export function isExtraVariable(variable: DiagramVariable): boolean {
  return variable.rank === RANK.extra;
}

/** The diagram of one comparison, its variable in canonical form (`platform_system`, `python_version` rewritten). */
export function diagramOfAtom(store: DiagramStore, atom: MarkerComparison): MarkerDiagram {
  if (atom.variable === "extra") return extraDiagram(store, atom);
  if (/^python_(?:full_)?version$|^implementation_version$/.test(atom.variable)) return versionDiagram(store, atom);
  return textDiagram(store, atom);
}

function extraDiagram(store: DiagramStore, atom: MarkerComparison): MarkerDiagram {
  if (atom.operator === "<" || atom.operator === ">") return ALWAYS_FALSE;
  const listed = atom.operator.endsWith("in") && !atom.reversed;
  const extras = listed ? atom.value.split(/[\s,|]+/) : [atom.value];
  let active: MarkerDiagram = ALWAYS_FALSE;
  for (const extra of extras) active = store.or(active, yesOrNo(store, extraVariable(normalizeExtra(extra))));
  return isNegative(atom) ? store.not(active) : active;
}

function isNegative(atom: MarkerComparison): boolean {
  return atom.operator === "!=" || atom.operator === "not in";
}

function yesOrNo(store: DiagramStore, variable: DiagramVariable): MarkerDiagram {
  return store.build(variable, { kind: "boolean", children: [ALWAYS_FALSE, ALWAYS_TRUE] });
}

/** A comparison that the other questions cannot express stays a question of its own. */
function opaqueDiagram(store: DiagramStore, atom: MarkerComparison): MarkerDiagram {
  if (atom.operator === "~=") return compatibleDiagram(store, atom);
  const positive = atom.operator === "!=" ? "==" : atom.operator === "not in" ? "in" : atom.operator;
  const asked = yesOrNo(store, textVariable({ ...atom, operator: positive }));
  return isNegative(atom) ? store.not(asked) : asked;
}

/** `~= "5.4"` as `>= "5.4"` and `== "5.*"`, which have opposites. The form with the literal in front says nothing. */
function compatibleDiagram(store: DiagramStore, atom: MarkerComparison): MarkerDiagram {
  const prefix = /^(.+)\.\d+$/.exec(atom.value)?.[1];
  if (atom.reversed || prefix === undefined) return ALWAYS_FALSE;
  const atLeast = opaqueDiagram(store, { ...atom, operator: ">=" });
  return store.and(atLeast, opaqueDiagram(store, { ...atom, operator: "==", value: `${prefix}.*` }));
}

function textDiagram(store: DiagramStore, atom: MarkerComparison): MarkerDiagram {
  if (atom.operator.endsWith("in") || atom.variable === "platform_release") return opaqueDiagram(store, atom);
  // Strings have no order: the January 2026 wording makes `<=` and `>=` equality, and `<` and `>` never true.
  if (atom.operator === "<" || atom.operator === ">") return ALWAYS_FALSE;
  const platform = atom.variable === "platform_system" ? SYSTEM_PLATFORMS[atom.value] : undefined;
  const variable = stringVariable(platform === undefined ? atom.variable : "sys_platform");
  const children = isNegative(atom) ? [ALWAYS_FALSE, ALWAYS_TRUE] : [ALWAYS_TRUE, ALWAYS_FALSE];
  return store.build(variable, { kind: "string", values: [platform ?? atom.value], children });
}

function versionDiagram(store: DiagramStore, atom: MarkerComparison): MarkerDiagram {
  const operator = atom.reversed ? (MIRRORED[atom.operator] ?? atom.operator) : atom.operator;
  if (operator === "in" || operator === "not in") return versionListDiagram(store, atom);
  if (operator === "===" || (atom.reversed && operator === "~=")) return opaqueDiagram(store, atom);
  const specifier = parseSpecifier(operator + (atom.reversed ? strictBound(atom.operator, atom.value) : atom.value));
  // What is no specifier is compared as text, and no version equals such a text.
  const invalid = typeof specifier === "string" || (atom.reversed && specifier.wildcard);
  if (invalid) return operator === "!=" ? ALWAYS_TRUE : ALWAYS_FALSE;
  return releaseDiagram(store, atom.variable, specifier);
}

/**
 * With the literal in front, `<` and `>` leave out what belongs to the release that they compare with (PEP 440, exclusive
 * ordered comparison): `"3.9rc1" < python_version` is false on 3.9, as `"3.9" < python_version` is.
 */
function strictBound(operator: string, value: string): string {
  const version = operator === "<" || operator === ">" ? parseVersion(value) : null;
  return version === null ? value : formatVersion(baseVersion(version));
}

/** The releases of `variable` (`python_version` is asked of the full version) that a specifier allows. */
export function releaseDiagram(store: DiagramStore, variable: string, specifier: Specifier): MarkerDiagram {
  const intervals = releaseIntervals(specifier);
  if (variable !== "python_version") return intervalsDiagram(store, releaseVariable(variable), intervals);
  const widened = intervals.map(({ lower, upper }) => ({
    lower: lower && widenToMinor(lower),
    upper: upper && widenToMinor(upper),
  }));
  return intervalsDiagram(store, releaseVariable("python_full_version"), widened);
}

/** `python_version in "3.7 3.8"`: one of the versions listed. */
function versionListDiagram(store: DiagramStore, atom: MarkerComparison): MarkerDiagram {
  const items = atom.value.split(/[\s,|]+/).filter((item) => item !== "");
  const specifiers = items.map((item) => parseSpecifier(`==${item}`));
  if (atom.reversed || specifiers.some((item) => typeof item === "string")) return opaqueDiagram(store, atom);
  let listed: MarkerDiagram = ALWAYS_FALSE;
  for (const specifier of specifiers) {
    if (typeof specifier !== "string") listed = store.or(listed, releaseDiagram(store, atom.variable, specifier));
  }
  return atom.operator === "in" ? listed : store.not(listed);
}

/** True inside the intervals, false outside. */
export function intervalsDiagram(
  store: DiagramStore,
  variable: DiagramVariable,
  intervals: readonly ReleaseInterval[],
): MarkerDiagram {
  let result: MarkerDiagram = ALWAYS_FALSE;
  for (const interval of intervals) {
    // Nothing is older than release 0, so that cut separates nothing.
    const lower = interval.lower === null || isOrigin(interval.lower) ? null : interval.lower;
    const { upper } = interval;
    if (upper !== null && isOrigin(upper)) continue;
    if (lower !== null && upper !== null && compareCuts(lower, upper) >= 0) continue;
    const cuts = [lower, upper].filter((cut) => cut !== null);
    const children: MarkerDiagram[] = [ALWAYS_TRUE];
    if (lower !== null) children.unshift(ALWAYS_FALSE);
    if (upper !== null) children.push(ALWAYS_FALSE);
    result = store.or(result, store.build(variable, { kind: "release", cuts, children }));
  }
  return result;
}

function isOrigin(cut: ReleaseCut): boolean {
  return !cut.after && cut.release.length === 0;
}

/** The final releases that a specifier allows. */
function releaseIntervals({ operator, version, wildcard }: Specifier): readonly ReleaseInterval[] {
  if (version === null) return operator === "!=" ? EVERYTHING : [];
  const { release } = version;
  if (wildcard) return equalityIntervals(operator, intervalOfPrefix(release));
  const [before, after] = cutsAround(version);
  switch (operator) {
    case "<":
      return [{ lower: null, upper: before }];
    case "<=":
      return [{ lower: null, upper: after }];
    case ">":
      return [{ lower: after, upper: null }];
    case ">=":
      return [{ lower: before, upper: null }];
    case "~=":
      return [{ lower: before, upper: cutBehindPrefix(release.slice(0, -1)) }];
    case "==":
    case "!=":
    case "===":
      return equalityIntervals(operator, { lower: before, upper: after });
  }
}

/** A prerelease lies before its release, a post-release or local version behind it: no final release equals it. */
function cutsAround({ release, pre, post, dev, local }: Pep440Version): readonly [ReleaseCut, ReleaseCut] {
  if (post !== null || local !== null) return [cutAfter(release), cutAfter(release)];
  if (pre !== null || dev !== null) return [cutBefore(release), cutBefore(release)];
  return [cutBefore(release), cutAfter(release)];
}

const EVERYTHING: readonly ReleaseInterval[] = [{ lower: null, upper: null }];

function equalityIntervals(operator: string, interval: ReleaseInterval): readonly ReleaseInterval[] {
  if (operator !== "!=") return [interval];
  return [
    { lower: null, upper: interval.lower },
    { lower: interval.upper, upper: null },
  ];
}
