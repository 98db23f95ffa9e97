/** The Pythons that conda could choose, and what markers, Requires-Python and wheel tags say of them. */
import { evaluateMarker, type MarkerExpression } from "#packaging/marker-syntax.ts";
import { parseVersion, type Pep440Version } from "#packaging/pep440-version.ts";
import { platformTagsFor } from "#packaging/platform-tags.ts";
import { fullPythonVersion, makeTarget, type Target } from "#packaging/target.ts";
import { rankTags, wheelTagsFor } from "#packaging/wheel-tags.ts";
import type { CondaProvider } from "../conda/provider.ts";
import {
  addCandidate,
  emptySet,
  hasCandidate,
  intersection,
  isEmpty,
  isSubset,
  setOf,
  union,
  type CandidateSet,
} from "../core/candidate-set.ts";
import type { Condition, PackageId } from "../core/provider.ts";
import { pythonSatisfies, type SolveEnvironment } from "../pypi/environment.ts";
import { condaId } from "./ids.ts";
import type { JointProblem } from "./problem.ts";

export const PYTHON = "python";

/** Python variables of markers: the others have one value on a platform. */
const PYTHON_VARIABLES: ReadonlySet<string> = new Set([
  "python_version",
  "python_full_version",
  "implementation_name",
  "implementation_version",
  "platform_python_implementation",
]);

const NO_EXTRAS: ReadonlySet<string> = new Set();

/** Builds of one version of Python that are the same to pip. */
interface Variant {
  readonly target: Target;
  readonly version: Pep440Version;
  /** Which of conda's candidates they are. */
  readonly candidates: CandidateSet;
}

type Flavour = "cpython" | "free-threaded" | "pypy";

/** Sets are of the candidates of conda's python that may be chosen at all. */
export class PythonTable {
  readonly package: PackageId;
  /** Every candidate that may be chosen. */
  readonly all: CandidateSet;
  readonly count: number;
  private readonly problem: JointProblem;
  private readonly variants: readonly Variant[];
  private readonly byTag: ReadonlyMap<string, CandidateSet>;
  private readonly byRange = new Map<string, CandidateSet>();
  private readonly byTags = new WeakMap<readonly string[], CandidateSet>();
  private readonly byMarker = new WeakMap<MarkerExpression, Map<string | null, Condition | boolean>>();
  private readonly conditions = new Map<string, Condition>();

  constructor(problem: JointProblem, conda: CondaProvider) {
    this.problem = problem;
    this.package = condaId(conda.packages.id(PYTHON));
    this.count = conda.names.candidates(PYTHON).length;
    this.variants = this.findVariants(conda);
    this.all = this.variants.reduce((set, { candidates }) => union(set, candidates), emptySet(this.count));
    this.byTag = this.tagSets();
  }

  /** What pip would be run with, where conda chose this candidate. */
  target(candidate: number): Target | null {
    return this.variants.find(({ candidates }) => hasCandidate(candidates, candidate))?.target ?? null;
  }

  /** Those that a Requires-Python accepts. */
  accepting(range: string | null): CandidateSet {
    if (range === null) return this.all;
    const known = this.byRange.get(range);
    if (known !== undefined) return known;
    const { pythonUpperBounds } = this.problem.pypi.options;
    const set = this.where(({ version }) => pythonSatisfies(range, version, pythonUpperBounds));
    this.byRange.set(range, set);
    return set;
  }

  /** Those that can install a wheel with one of these tags. */
  fitting(tags: readonly string[]): CandidateSet {
    const known = this.byTags.get(tags);
    if (known !== undefined) return known;
    let set = emptySet(this.count);
    for (const tag of tags) {
      const fits = this.byTag.get(tag);
      if (fits !== undefined) set = union(set, fits);
    }
    this.byTags.set(tags, set);
    return set;
  }

  /** The environment of a PyPI solve in which the Python is still open. */
  environment(): SolveEnvironment {
    const python = this.describe(this.all);
    return {
      label: `${this.problem.platform} with Python ${python}`,
      python,
      tagRanks: rankTags([...this.byTag.keys()]),
      applies: (marker, extras) =>
        marker === null || this.variants.some(({ target }) => evaluateMarker(marker, target.markerEnvironment, extras)),
      when: (marker, extra) => this.when(marker, extra),
      acceptsPython: (range) => !isEmpty(this.accepting(range)),
      acceptsWheel: ({ tags }) => !isEmpty(this.fitting(tags)),
    };
  }

  /** `3.12.1`, `3.9.18 to 3.11.9`: the versions of some candidates. */
  describe(set: CandidateSet): string {
    const meant = this.variants.filter(({ candidates }) => !isEmpty(intersection(candidates, set)));
    const newest = meant[0]?.target.python;
    const oldest = meant.at(-1)?.target.python;
    if (newest === undefined || oldest === undefined) return "";
    return newest === oldest ? newest : `${oldest} to ${newest}`;
  }

  private when(marker: MarkerExpression | null, extra: string | null): Condition | boolean {
    if (marker === null) return extra === null;
    const answers = this.byMarker.get(marker) ?? new Map<string | null, Condition | boolean>();
    this.byMarker.set(marker, answers);
    const known = answers.get(extra);
    if (known !== undefined) return known;
    const answer = this.answer(marker, extra);
    answers.set(extra, answer);
    return answer;
  }

  private answer(marker: MarkerExpression, extra: string | null): Condition | boolean {
    const extras = extra === null ? NO_EXTRAS : new Set([extra]);
    const holds = ({ target: { markerEnvironment } }: Variant): boolean =>
      evaluateMarker(marker, markerEnvironment, extras) &&
      (extra === null || !evaluateMarker(marker, markerEnvironment, NO_EXTRAS));
    const [first] = this.variants;
    if (first === undefined) return false;
    if (!speaksOfPython(marker)) return holds(first);
    const set = this.where(holds);
    if (isEmpty(set)) return false;
    return isSubset(this.all, set) ? true : this.condition(set);
  }

  /** Equal conditions are one object, so that requirements which share one share a fact. */
  private condition(set: CandidateSet): Condition {
    const key = set.join(",");
    const condition = this.conditions.get(key) ?? { package: this.package, set };
    this.conditions.set(key, condition);
    return condition;
  }

  private where(holds: (variant: Variant) => boolean): CandidateSet {
    let set = emptySet(this.count);
    for (const variant of this.variants) if (holds(variant)) set = union(set, variant.candidates);
    return set;
  }

  /** Newest first. What the problem's own match specs leave out is not looked at. */
  private findVariants(conda: CondaProvider): readonly Variant[] {
    const { candidates, exclusions } = conda.names.state(PYTHON);
    const asked = conda.problem.specs
      .map(({ text }) => conda.names.specs.entry(text))
      .filter(({ spec }) => spec?.name === PYTHON)
      .map((entry) => conda.names.allowed(entry));
    const groups = new Map<
      string,
      { readonly python: string; readonly flavour: Flavour; readonly set: CandidateSet }
    >();
    candidates.forEach(({ record }, index) => {
      const python = fullPythonVersion(record.version);
      if (python === null || exclusions[index] !== null) return;
      if (!asked.every((set) => hasCandidate(set, index))) return;
      const flavour = flavourOf(record.build);
      const key = `${python} ${flavour}`;
      const group = groups.get(key) ?? { python, flavour, set: emptySet(this.count) };
      addCandidate(group.set, index);
      groups.set(key, group);
    });
    const tags = new Map<string, readonly string[]>();
    return [...groups.values()].flatMap(({ python, flavour, set }) => {
      const version = parseVersion(python);
      return version === null ? [] : [{ version, candidates: set, target: this.makeTarget(python, flavour, tags) }];
    });
  }

  private makeTarget(python: string, flavour: Flavour, known: Map<string, readonly string[]>): Target {
    const { platform } = this.problem;
    const { virtualPackages } = this.problem.conda;
    const accelerator = virtualPackages.some(({ name }) => name === "__cuda") ? "cuda" : "cpu";
    const target = makeTarget({ platform, accelerator, python, virtualPackages });
    if (flavour === "cpython") return target;
    const key = `${python.split(".").slice(0, 2).join(".")} ${flavour}`;
    const request = { platform, python, virtualPackages };
    const wheelTags =
      known.get(key) ??
      (flavour === "pypy"
        ? pypyTags(target, platformTagsFor(request))
        : wheelTagsFor({ ...request, freeThreaded: true }));
    known.set(key, wheelTags);
    if (flavour === "free-threaded") return { ...target, wheelTags };
    const markerEnvironment = {
      ...target.markerEnvironment,
      implementation_name: "pypy",
      platform_python_implementation: "PyPy",
    };
    return { ...target, wheelTags, markerEnvironment };
  }

  private tagSets(): ReadonlyMap<string, CandidateSet> {
    // One list of tags for each minor version: the micro versions share it.
    const lists = new Map<string, { readonly tags: readonly string[]; set: CandidateSet }>();
    for (const { target, candidates } of this.variants) {
      const key = target.wheelTags[0] ?? "";
      const list = lists.get(key);
      if (list === undefined) lists.set(key, { tags: target.wheelTags, set: candidates });
      else list.set = union(list.set, candidates);
    }
    const sets = new Map<string, CandidateSet>();
    for (const { tags, set } of lists.values()) {
      for (const tag of tags) {
        const before = sets.get(tag);
        sets.set(tag, before === undefined ? set : union(before, set));
      }
    }
    return sets;
  }
}

/** A set that holds nothing, for a project that no Python can use. */
export function nothingOf({ count }: PythonTable): CandidateSet {
  return setOf(count, []);
}

function flavourOf(build: string): Flavour {
  if (build.includes("pypy")) return "pypy";
  return /_cp\d+t$/u.test(build) ? "free-threaded" : "cpython";
}

/** PyPy has an ABI of its own, and takes pure wheels. */
function pypyTags({ wheelTags, python }: Target, platforms: readonly string[]): readonly string[] {
  const own = python.split(".").slice(0, 2).join("");
  return [
    ...platforms.map((platform) => `pp${own}-pypy${own}_pp73-${platform}`),
    ...wheelTags.filter((tag) => tag.startsWith("py")),
  ];
}

function speaksOfPython(marker: MarkerExpression): boolean {
  return marker.kind === "compare" ? PYTHON_VARIABLES.has(marker.variable) : marker.parts.some(speaksOfPython);
}
