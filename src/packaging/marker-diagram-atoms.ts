/** The diagram of one marker comparison. */
import {
  compareCuts,
  cutAfter,
  cutBefore,
  cutBehindPrefix,
  intervalOfPrefix,
  trimRelease,
  widenToMinor,
} from "./marker-diagram-cuts.ts";
import type { ReleaseCut, ReleaseInterval } from "./marker-diagram-cuts.ts";
import { ALWAYS_FALSE, ALWAYS_TRUE } from "./marker-diagram-store.ts";
import type { DiagramStore, DiagramVariable, MarkerDiagram } from "./marker-diagram-store.ts";
import { normalizeExtra } from "./names.ts";
import { parseVersion } from "./pep440-version.ts";

/** `variable operator "value"`, or with `reversed` `"value" operator variable`. */
export interface MarkerAtom {
  readonly variable: string;
  readonly operator: string;
  readonly value: string;
  readonly reversed: boolean;
}

/** The order of the questions on a path: strings, versions, substrings, extras. */
const RANK = { string: 0, release: 1, text: 2, extra: 3 } as const;

/** `platform_system` says the same as `sys_platform` for these. */
export const SYSTEM_PLATFORMS: Readonly<Record<string, string>> = {
  Windows: "win32",
  Darwin: "darwin",
  Linux: "linux",
  AIX: "aix",
  Emscripten: "emscripten",
  Android: "android",
};

/** An operator as seen from the other side: `"3.8" <= python_version` is `python_version >= "3.8"`. */
const MIRRORED: Readonly<Record<string, string>> = { "<": ">", ">": "<", "<=": ">=", ">=": "<=" };

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
export function textVariable(atom: MarkerAtom): DiagramVariable {
  return {
    kind: "boolean",
    rank: RANK.text,
    key: JSON.stringify([atom.variable, atom.operator, atom.value, atom.reversed]),
  };
}

/** The atom that a text question asks. */
export function atomOfTextVariable(variable: DiagramVariable): MarkerAtom {
  const [name, operator, value, reversed] = JSON.parse(variable.key) as [string, string, string, boolean];
  return { variable: name, operator, value, reversed };
}

export function isExtraVariable(variable: DiagramVariable): boolean {
  return variable.rank === RANK.extra;
}

/** The diagram of one comparison, its variable in canonical form (`platform_system`, `python_version` rewritten). */
export function diagramOfAtom(store: DiagramStore, atom: MarkerAtom): MarkerDiagram {
  if (atom.variable === "extra") return extraDiagram(store, atom);
  if (/^python_(?:full_)?version$|^implementation_version$/.test(atom.variable)) return versionDiagram(store, atom);
  return textDiagram(store, atom);
}

function extraDiagram(store: DiagramStore, atom: MarkerAtom): MarkerDiagram {
  const variable = extraVariable(normalizeExtra(atom.value));
  const negative = atom.operator === "!=" || atom.operator === "not in";
  const children = negative ? [ALWAYS_TRUE, ALWAYS_FALSE] : [ALWAYS_FALSE, ALWAYS_TRUE];
  return store.build(variable, { kind: "boolean", children });
}

function textDiagram(store: DiagramStore, atom: MarkerAtom): MarkerDiagram {
  const negative = atom.operator === "!=" || atom.operator === "not in";
  if (atom.operator === "in" || atom.operator === "not in" || atom.variable === "platform_release") {
    const positive = { ...atom, operator: atom.operator === "!=" ? "==" : atom.operator.replace("not in", "in") };
    const children = negative ? [ALWAYS_TRUE, ALWAYS_FALSE] : [ALWAYS_FALSE, ALWAYS_TRUE];
    return store.build(textVariable(positive), { kind: "boolean", children });
  }
  // Strings have no order: the January 2026 wording makes `<=` and `>=` equality, and `<` and `>` never true.
  if (atom.operator === "<" || atom.operator === ">") return ALWAYS_FALSE;
  const platform = atom.variable === "platform_system" ? SYSTEM_PLATFORMS[atom.value] : undefined;
  const variable = stringVariable(platform === undefined ? atom.variable : "sys_platform");
  const children = negative ? [ALWAYS_FALSE, ALWAYS_TRUE] : [ALWAYS_TRUE, ALWAYS_FALSE];
  return store.build(variable, { kind: "string", values: [platform ?? atom.value], children });
}

function versionDiagram(store: DiagramStore, atom: MarkerAtom): MarkerDiagram {
  const operator = atom.reversed ? (MIRRORED[atom.operator] ?? atom.operator) : atom.operator;
  if (operator === "in" || operator === "not in") return versionListDiagram(store, atom);
  const intervals = releaseIntervals(operator, atom.value);
  // What is no version is only ever unequal.
  if (intervals === null) return operator === "!=" ? ALWAYS_TRUE : ALWAYS_FALSE;
  if (atom.variable !== "python_version") return intervalsDiagram(store, releaseVariable(atom.variable), intervals);
  const widened = intervals.map(({ lower, upper }) => ({
    lower: lower && widenToMinor(lower),
    upper: upper && widenToMinor(upper),
  }));
  return intervalsDiagram(store, releaseVariable("python_full_version"), widened);
}

/** `python_version in "3.7 3.8"`: one of the versions listed. */
function versionListDiagram(store: DiagramStore, atom: MarkerAtom): MarkerDiagram {
  let listed: MarkerDiagram = ALWAYS_FALSE;
  for (const value of atom.value.split(/[\s,|]+/).filter((part) => part !== "")) {
    listed = store.or(listed, versionDiagram(store, { ...atom, operator: "==", value, reversed: false }));
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
  for (const { lower, upper } of intervals) {
    if (lower !== null && upper !== null && compareCuts(lower, upper) >= 0) continue;
    const cuts = [lower, upper].filter((cut) => cut !== null);
    const children: MarkerDiagram[] = [ALWAYS_TRUE];
    if (lower !== null) children.unshift(ALWAYS_FALSE);
    if (upper !== null) children.push(ALWAYS_FALSE);
    result = store.or(result, store.build(variable, { kind: "release", cuts, children }));
  }
  return result;
}

/** The final releases that a comparison allows; null where `text` is no version. */
function releaseIntervals(operator: string, text: string): readonly ReleaseInterval[] | null {
  const wildcard = text.trim().endsWith(".*");
  const version = parseVersion(wildcard ? text.trim().slice(0, -2) : text);
  if (version === null) return null;
  if (wildcard) return equalityIntervals(operator, intervalOfPrefix(version.release));
  const before = cutBefore(version.release);
  // A prerelease lies before its release, a post-release or local version behind it: no final release equals it.
  if (version.post !== null || version.local !== null) return orderIntervals(operator, cutAfter(version.release));
  if (version.pre !== null || version.dev !== null) return orderIntervals(operator, before);
  switch (operator) {
    case "<":
      return [{ lower: null, upper: before }];
    case "<=":
      return [{ lower: null, upper: cutAfter(version.release) }];
    case ">":
      return [{ lower: cutAfter(version.release), upper: null }];
    case ">=":
      return [{ lower: before, upper: null }];
    case "~=":
      return [{ lower: before, upper: cutBehindPrefix(version.release.slice(0, -1)) }];
    default:
      return equalityIntervals(operator, { lower: before, upper: cutAfter(trimRelease(version.release)) });
  }
}

function equalityIntervals(operator: string, interval: ReleaseInterval): readonly ReleaseInterval[] {
  if (operator !== "!=") return [interval];
  return [
    { lower: null, upper: interval.lower },
    { lower: interval.upper, upper: null },
  ];
}

/** Comparison with a version that is no final release, and so lies on a cut. */
function orderIntervals(operator: string, cut: ReleaseCut): readonly ReleaseInterval[] {
  if (operator.startsWith("<")) return [{ lower: null, upper: cut }];
  if (operator.startsWith(">") || operator === "~=") return [{ lower: cut, upper: null }];
  return operator === "!=" ? [{ lower: null, upper: null }] : [];
}
