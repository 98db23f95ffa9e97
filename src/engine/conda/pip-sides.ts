/** What the pip sides of a project's solves share: indexes, what they said, and the names of conda packages there. */
import type { CondaRecord } from "#packaging/conda-record.ts";
import type { CondaPypiNames } from "#packaging/conda-pypi-names.ts";
import { normalizeName } from "#packaging/names.ts";
import { OPEN_POLICY } from "#planning/filter-listing.ts";
import { PypiKnowledge } from "#solver/pypi/knowledge.ts";
import type { EngineContext } from "../context.ts";
import { openPolicyIndex, type PolicyIndex } from "../policy-index.ts";
import { REFUSE_NOTHING, type CondaTarget, type Refusals } from "./conda-workspace.ts";
import { withReleases, type AddressedReleases } from "./addressed-releases.ts";
import type { PipSide, SolveNotes } from "./solve-target.ts";

/** One for each set of refusals: what an index said is known as the refusals left it. */
export class PipSides {
  readonly #index: PolicyIndex;
  readonly #names: PipSide["names"];
  readonly #sides = new WeakMap<Refusals["pypi"], PipSide>();
  readonly #addressed = new WeakMap<PipSide, Map<string, PipSide>>();

  constructor(index: PolicyIndex, names: PipSide["names"]) {
    this.#index = index;
    this.#names = names;
  }

  of({ pypi: refuses }: Refusals): PipSide {
    const known = this.#sides.get(refuses);
    if (known !== undefined) {
      return known;
    }
    const plain = refuses === REFUSE_NOTHING.pypi;
    const index = plain ? this.#index : openPolicyIndex(this.#index, { ...OPEN_POLICY, refuses });
    const side = { index, knowledge: new PypiKnowledge(), names: this.#names };
    this.#sides.set(refuses, side);
    return side;
  }

  /** With the releases that addresses stand for: what is known of them is known on one target alone. */
  with(refusals: Refusals, { key, releases }: AddressedReleases): PipSide {
    const plain = this.of(refusals);
    if (releases.size === 0) {
      return plain;
    }
    const sides = this.#addressed.get(plain) ?? new Map<string, PipSide>();
    this.#addressed.set(plain, sides);
    const side = sides.get(key) ?? {
      ...plain,
      index: withReleases(plain.index, releases),
      knowledge: new PypiKnowledge(),
    };
    sides.set(key, side);
    return side;
  }
}

/** The mappings of names for the channels of a project, fetched where a solve has pip entries. */
export class NameTable {
  readonly #context: EngineContext;
  readonly #channels: readonly string[];
  readonly #notes: SolveNotes;
  #opening: Promise<CondaPypiNames> | null = null;
  #opened: CondaPypiNames | null = null;

  constructor(context: EngineContext, targets: readonly CondaTarget[], notes: SolveNotes) {
    this.#context = context;
    this.#notes = notes;
    const named = targets.flatMap(({ environment }) => [...environment.channels, ...environment.specChannels]);
    this.#channels = [...new Set(named)];
  }

  open(): Promise<CondaPypiNames> {
    this.#opening ??= this.#fetch();
    return this.#opening;
  }

  async #fetch(): Promise<CondaPypiNames> {
    const { names, problems } = await this.#context.openNames().open(this.#channels);
    this.#notes.problems.push(...problems);
    this.#opened = names;
    return names;
  }

  /** Normalised names of the projects that a record provides; its own name where nothing else is known. */
  readonly projectsOf = (record: CondaRecord): readonly string[] =>
    this.#opened?.pypiNames(record) ?? [normalizeName(record.name)];
}
