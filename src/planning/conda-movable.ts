/** Which part of a written conda constraint may move, and the wider version spec to solve with instead. CEP 29. */
import { condaClausesOf, type CondaConstraintClause } from "#formats/manifests/conda-constraint-clauses.ts";
import { compareCondaVersions, parseCondaVersion, type CondaVersion } from "#packaging/conda-version.ts";

export interface CondaMovable {
  /**
   * `series`: names a version or series (`=1.26`, `==1.26.4`, `~=1.26.0`), which people expect a bot to raise. `bounded`: has an
   * upper bound. `open`: allows everything newer, so the lock moves and the text stays. `kept`: not understood, or meant.
   */
  readonly kind: "series" | "bounded" | "open" | "kept";
  /** Version spec for moves within the major version (of Python: within the minor one). */
  readonly withinMajor: string;
  /** For moves to any newer version, or null where the constraint must not be left. */
  readonly anyMajor: string | null;
  /** Why it must not be left, or null. */
  readonly cap: string | null;
}

/**
 * @param text as written, without a build; empty where there is none
 * @param current the version in use
 * @param name Python's minor versions count as major ones do elsewhere
 */
export function movableCondaConstraint(text: string, current: CondaVersion, name: string): CondaMovable {
  const written = text.trim();
  if (/^[=~<>*\s]*$/u.test(written)) {
    return { kind: "open", withinMajor: "*", anyMajor: "*", cap: null };
  }
  if (/[|()]/u.test(written)) {
    return stays(written, `alternatives (${written}) are kept as they are`);
  }
  const clauses = condaClausesOf(written, false);
  if (clauses === null) {
    return stays(written, `${written} is kept as it is`);
  }
  const exclusions = clauses.filter((clause) => clause.kind === "not").map((clause) => textOf(written, clause));
  const rest = clauses.filter((clause) => clause.kind !== "not");
  const floor = `>=${current.text}`;
  const bound = nextMajor(current, name);
  const [only] = rest;
  const isSeries = only !== undefined && rest.length === 1 && SERIES.has(only.kind);
  if (isSeries) {
    return {
      kind: "series",
      withinMajor: [floor, ...(bound === null ? [] : [`<${bound}`]), ...exclusions].join(","),
      anyMajor: [floor, ...exclusions].join(","),
      cap: null,
    };
  }
  return ranged(written, rest, { floor, bound, exclusions });
}

const SERIES: ReadonlySet<CondaConstraintClause["kind"]> = new Set(["exact", "prefix", "compatible"]);

interface Frame {
  readonly floor: string;
  readonly bound: string | null;
  readonly exclusions: readonly string[];
}

/** `>=a`, `>=a,<b` and the like: a bound at the next major is the habit of semantic versioning, a lower one is meant. */
function ranged(written: string, rest: readonly CondaConstraintClause[], frame: Frame): CondaMovable {
  if (rest.some((clause) => SERIES.has(clause.kind))) {
    return stays(written, `${written} combines a series with bounds and is kept as it is`);
  }
  const [upper, ...others] = rest.filter(({ kind }) => kind === "below" || kind === "at-most");
  if (upper === undefined) {
    return { kind: "open", withinMajor: written, anyMajor: written, cap: null };
  }
  const bound = frame.bound === null ? null : parseCondaVersion(frame.bound);
  const isHabit = others.length === 0 && upper.kind === "below" && bound !== null && isAtBound(upper.version, bound);
  return isHabit
    ? {
        kind: "bounded",
        withinMajor: written,
        anyMajor: [frame.floor, ...frame.exclusions].join(","),
        cap: null,
      }
    : stays(written, `the upper bound of ${written} is kept`);
}

/** `<2`, `<2.0` and `<2.0a0` for a current 1.x. */
function isAtBound(written: CondaVersion, bound: CondaVersion): boolean {
  const plain = parseCondaVersion(bound.text.replace(/\.0a0$/u, ""));
  return plain !== null && [bound, plain].some((one) => compareCondaVersions(one, written) === 0);
}

function stays(text: string, cap: string): CondaMovable {
  return { kind: "kept", withinMajor: text, anyMajor: null, cap };
}

function textOf(written: string, clause: CondaConstraintClause): string {
  return written.slice(clause.start, clause.end);
}

/** `2.0a0` for 1.26.4, `3.11.0a0` for Python 3.10; null for calendar versions, whose year promises nothing. */
function nextMajor({ text }: CondaVersion, name: string): string | null {
  if (isCalendarVersion(text)) {
    return null;
  }
  const [, epoch = "", major = "0", minor = "0"] = /^(\d+!)?(\d{1,9})(?:\.(\d{1,9}))?/u.exec(text) ?? [];
  return name === "python" ? `${epoch}${major}.${Number(minor) + 1}.0a0` : `${epoch}${Number(major) + 1}.0a0`;
}

/** `2025.1.0`, `2024a`: the first number is a year. */
export function isCalendarVersion(text: string): boolean {
  return /^(?:199\d|20\d\d)(?!\d)/u.test(text);
}

/** The number that a major move changes: `1!2` of `1!2.5`; of Python with its minor, `3.10`; of CUDA too its first number. */
export function majorOfCondaVersion(name: string, text: string): string {
  const [, epoch = "", major = "", minor = "0"] = /^(\d+!)?(\d+)(?:\.(\d+))?/u.exec(text) ?? [];
  return name === "python" ? `${epoch}${major}.${minor}` : `${epoch}${major}`;
}
