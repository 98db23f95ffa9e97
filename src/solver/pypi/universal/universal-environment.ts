/** The part of all environments that one fork of a universal solve speaks for. */
import type { MarkerAlgebra, MarkerDiagram } from "#packaging/marker-diagram.ts";
import type { MarkerExpression } from "#packaging/marker-syntax.ts";
import type { Pep440Version } from "#packaging/pep440-version.ts";
import { isSpecifierProblem, parseSpecifierSet, type SpecifierSet } from "#packaging/specifier.ts";
import { pythonRangeFromSpecifierSet, type VersionRange } from "#packaging/version-range.ts";
import { pythonTagMatches, wheelImpliedMarker } from "#packaging/wheel-tags.ts";
import type { Candidate } from "../candidates.ts";
import type { SolveEnvironment } from "../environment.ts";
import type { ReleaseFile } from "../releases.ts";

const NO_RANKS: ReadonlyMap<string, number> = new Map();

/** How a Requires-Python relates to the Pythons of a fork. */
export type PythonRelation =
  | { readonly kind: "accepted" }
  | { readonly kind: "excluded" }
  /** Some of the fork's Pythons are new enough: `enough` is where. */
  | { readonly kind: "straddles"; readonly enough: MarkerDiagram };

/** Markers as diagrams, and what Requires-Python texts mean; shared by all forks of one solve. */
export class MarkerContext {
  readonly algebra: MarkerAlgebra;
  readonly requiresPython: SpecifierSet;
  /** Of the whole solve; a wheel tag that matches none of it is of no use. */
  readonly pythonRange: VersionRange;
  private readonly diagrams = new WeakMap<MarkerExpression, MarkerDiagram>();
  private readonly lowerBounds = new Map<string, MarkerDiagram | null>();
  private readonly versionBounds = new Map<string, MarkerDiagram>();
  private readonly tags = new Map<string, boolean>();

  constructor(algebra: MarkerAlgebra, requiresPython: SpecifierSet) {
    this.algebra = algebra;
    this.requiresPython = requiresPython;
    this.pythonRange = pythonRangeFromSpecifierSet(requiresPython);
  }

  diagram(marker: MarkerExpression | null): MarkerDiagram {
    if (marker === null) return this.algebra.anything;
    const known = this.diagrams.get(marker);
    if (known !== undefined) return known;
    const diagram = this.algebra.fromExpression(marker);
    this.diagrams.set(marker, diagram);
    return diagram;
  }

  /** Where a requirement of a package, or of one of its extras, takes part. */
  edge(marker: MarkerExpression | null, extras: ReadonlySet<string>): MarkerDiagram {
    return marker === null ? this.algebra.anything : this.algebra.withExtras(this.diagram(marker), extras);
  }

  /** The Pythons from the lower bound of a Requires-Python on; null where it has none. Upper bounds do not count (uv's rule). */
  fromLowerBound(requiresPython: string): MarkerDiagram | null {
    const known = this.lowerBounds.get(requiresPython);
    if (known !== undefined) return known;
    const bound = this.readLowerBound(requiresPython);
    this.lowerBounds.set(requiresPython, bound);
    return bound;
  }

  /** The Pythons from a version on. */
  pythonFrom(version: Pep440Version): MarkerDiagram {
    const known = this.versionBounds.get(version.text);
    if (known !== undefined) return known;
    const set = parseSpecifierSet(`>=${version.text}`);
    const bound = isSpecifierProblem(set) ? this.algebra.anything : this.algebra.fromRequiresPython(set);
    this.versionBounds.set(version.text, bound);
    return bound;
  }

  acceptsTag(tag: string): boolean {
    const known = this.tags.get(tag) ?? pythonTagMatches(this.pythonRange, tag);
    this.tags.set(tag, known);
    return known;
  }

  private readLowerBound(text: string): MarkerDiagram | null {
    const set = parseSpecifierSet(text);
    if (isSpecifierProblem(set)) return null;
    const lower = pythonRangeFromSpecifierSet(set).intervals[0]?.lower ?? null;
    if (lower === null) return null;
    const bound = parseSpecifierSet(`${lower.inclusive ? ">=" : ">"}${lower.version.text}`);
    return isSpecifierProblem(bound) ? null : this.algebra.fromRequiresPython(bound);
  }
}

/** Environment of one fork. */
export class UniversalEnvironment implements SolveEnvironment {
  readonly context: MarkerContext;
  /** Without the requires-python of the solve: what a lock writes as the fork's marker. */
  readonly fork: MarkerDiagram;
  /** With it. */
  readonly all: MarkerDiagram;
  readonly tagRanks = NO_RANKS;
  readonly label: string;
  readonly python: string;
  private readonly answers = new Map<MarkerDiagram, boolean>();

  constructor(context: MarkerContext, fork: MarkerDiagram) {
    const { algebra, requiresPython } = context;
    this.context = context;
    this.fork = fork;
    this.all = algebra.restrictPython(fork, requiresPython);
    const text = algebra.toText(this.all);
    this.label = text === null ? "all platforms" : `the platforms where ${text}`;
    this.python = requiresPython.specifiers.map(({ operator, versionText }) => operator + versionText).join(",");
  }

  applies(marker: MarkerExpression | null, extras: ReadonlySet<string>): boolean {
    return marker === null || this.includes(this.context.edge(marker, extras));
  }

  includes(diagram: MarkerDiagram): boolean {
    const known = this.answers.get(diagram);
    if (known !== undefined) return known;
    const answer = !this.context.algebra.isDisjoint(this.all, diagram);
    this.answers.set(diagram, answer);
    return answer;
  }

  /** A candidate that only some of the fork's Pythons can use is accepted here: choosing it splits the fork. */
  acceptsPython(requiresPython: string | null): boolean {
    return requiresPython === null || this.pythonRelation(requiresPython).kind !== "excluded";
  }

  pythonRelation(requiresPython: string): PythonRelation {
    const enough = this.context.fromLowerBound(requiresPython);
    if (enough === null) return { kind: "accepted" };
    if (!this.includes(enough)) return { kind: "excluded" };
    const tooOld = this.context.algebra.not(enough);
    return this.includes(tooOld) ? { kind: "straddles", enough } : { kind: "accepted" };
  }

  acceptsWheel(file: ReleaseFile): boolean {
    return file.tags.some((tag) => this.context.acceptsTag(tag));
  }

  /** Where the files of a candidate can be installed, as far as markers can tell. */
  coverage(candidate: Candidate): MarkerDiagram {
    const { algebra } = this.context;
    let covered = algebra.nothing;
    for (const { kind, tags } of candidate.usable) {
      const implied = kind === "sdist" ? null : wheelImpliedMarker(tags);
      if (implied === null) return algebra.anything;
      covered = algebra.or(covered, algebra.fromExpression(implied));
    }
    return covered;
  }
}
