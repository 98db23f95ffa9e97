/** The targets of a project with their Pythons: the newest that its range and its CI allow, and the lowest allowed. */
import type { Project, PythonRange } from "#formats/project.ts";
import { parsePoetryConstraint } from "#packaging/poetry-constraint.ts";
import { constraintAllows } from "#packaging/poetry-constraint-algebra.ts";
import { parseVersion } from "#packaging/pep440-version.ts";
import { isSpecifierProblem, parseSpecifierSet, setContains } from "#packaging/specifier.ts";
import { makeTarget, type Target } from "#packaging/target.ts";

/** Minor versions of Python that scientific packages publish wheels for, oldest first. */
const MINORS = ["3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14"] as const;

/** Assumed where nothing says which Python is used: `relock solve` assumes the same. */
const ASSUMED_PYTHON = "3.12";

/** Newest assumed for a range without an upper bound: packages follow a new minor only after some months. */
const NEWEST_ASSUMED = "3.13";

/** Micro versions tried for a bound such as `>=3.8.1`. */
const LAST_MICRO = 25;

/** Full versions of Python to solve for, lowest first; one or two. */
export function solvePythons(project: Pick<Project, "pythonRange" | "pythons">): readonly string[] {
  const allowed = allowedPythons(project.pythonRange);
  const tested = project.pythons
    .map((python) => parseVersion(python.value)?.release.slice(0, 2).join("."))
    .filter((minor) => minor !== undefined);
  if (project.pythonRange === null) {
    const chosen = [...new Set(tested)].filter((minor) => /^3\.\d+$/u.test(minor)).sort(byMinor);
    const ends =
      chosen.length === 0 ? [ASSUMED_PYTHON] : [chosen[0] ?? ASSUMED_PYTHON, chosen.at(-1) ?? ASSUMED_PYTHON];
    return [...new Set(ends)].map((minor) => `${minor}.0`);
  }
  const testedAndAllowed = allowed.filter((python) => tested.includes(minorOf(python)));
  const bounded = allowed.filter((python) => byMinor(minorOf(python), NEWEST_ASSUMED) <= 0);
  const newest = testedAndAllowed.at(-1) ?? bounded.at(-1) ?? allowed.at(-1);
  const lowest = allowed[0];
  return newest === undefined || lowest === undefined ? [`${ASSUMED_PYTHON}.0`] : [...new Set([lowest, newest])];
}

/** Every target of the project with every Python to solve for. Ids carry the Python where there are several. */
export function solveTargets(project: Pick<Project, "pythonRange" | "pythons" | "targets">): readonly Target[] {
  const pythons = solvePythons(project);
  return project.targets.flatMap(({ platform, accelerator }) =>
    pythons.map((python) => {
      const base = accelerator === "cuda" ? `${platform}-cuda` : platform;
      const id = pythons.length === 1 ? base : `${base}-py${minorOf(python)}`;
      return makeTarget({ platform, accelerator, python, id });
    }),
  );
}

/** The lowest full version of each minor that the range allows. */
function allowedPythons(range: PythonRange | null): readonly string[] {
  if (range === null) {
    return [];
  }
  const allows = rangeTest(range);
  return MINORS.flatMap((minor) => {
    for (let micro = 0; micro <= LAST_MICRO; micro++) {
      if (allows(`${minor}.${micro}`)) {
        return [`${minor}.${micro}`];
      }
    }
    return [];
  });
}

/** Whether a range allows any version of a minor (`3.12`). */
export function allowsPythonMinor(range: PythonRange, minor: string): boolean {
  const allows = rangeTest(range);
  return Array.from({ length: LAST_MICRO + 1 }, (_, micro) => `${minor}.${micro}`).some(allows);
}

function rangeTest(range: PythonRange): (python: string) => boolean {
  if (range.style === "conda") {
    return condaTest(range.text);
  }
  if (range.style === "poetry") {
    const constraint = parsePoetryConstraint(range.text);
    return (python) => {
      const version = parseVersion(python);
      return constraint !== null && version !== null && constraintAllows(constraint, version);
    };
  }
  const set = parseSpecifierSet(range.text);
  return (python) => {
    const version = parseVersion(python);
    return !isSpecifierProblem(set) && version !== null && setContains(set, version);
  };
}

/** `=3.10` and a bare `3.10` of conda mean the series; operators mean what they mean elsewhere. */
function condaTest(text: string): (python: string) => boolean {
  const alternatives = text.split("|").map((alternative) =>
    alternative
      .split(",")
      .map((clause) =>
        clause
          .trim()
          .replace(/^=(?!=)\s*/u, "")
          .replace(/\s+/gu, ""),
      )
      .filter((clause) => clause !== "" && clause !== "*")
      .map((clause) =>
        /^[<>=!~]/u.test(clause) ? clause : `==${clause.replace(/\.\*$/u, "").replace(/=.*$/u, "")}.*`,
      ),
  );
  const sets = alternatives.map((clauses) => parseSpecifierSet(clauses.join(",")));
  return (python) => {
    const version = parseVersion(python);
    return version !== null && sets.some((set) => !isSpecifierProblem(set) && setContains(set, version));
  };
}

function minorOf(python: string): string {
  return python.split(".").slice(0, 2).join(".");
}

function byMinor(left: string, right: string): number {
  return Number(left.split(".")[1] ?? 0) - Number(right.split(".")[1] ?? 0);
}
