/** Match specs by number, each read once for all solves that share the table. */
import { isCondaSpecProblem, parseMatchSpec, type CondaMatchSpec } from "#packaging/conda-match-spec.ts";

/** A match spec of a record or of the problem. */
export interface SpecEntry {
  readonly number: number;
  /** As written. */
  readonly text: string;
  /** Null where the solve cannot take it in. */
  readonly spec: CondaMatchSpec | null;
  /** Why it cannot. */
  readonly problem: string | null;
}

export class SpecTable {
  private readonly entries: SpecEntry[] = [];
  private readonly byText = new Map<string, SpecEntry>();

  entry(text: string): SpecEntry {
    const known = this.byText.get(text);
    if (known !== undefined) return known;
    const entry = { number: this.entries.length, text, ...readSpec(text) };
    this.entries.push(entry);
    this.byText.set(text, entry);
    return entry;
  }

  numbered(number: number): SpecEntry {
    const entry = this.entries[number];
    if (entry === undefined) throw new Error(`no match spec has the number ${number}`);
    return entry;
  }

  /** The name that a match spec speaks of, in most cases without reading the rest of it; null where it is not readable. */
  nameOf(text: string): string | null {
    return plainName(text) ?? this.entry(text).spec?.name ?? null;
  }
}

function plainName(text: string): string | null {
  return /^[a-z0-9_.-]+(?=[\s=<>!~]|$)/u.exec(text)?.[0] ?? null;
}

function readSpec(text: string): Pick<SpecEntry, "spec" | "problem"> {
  const spec = parseMatchSpec(text);
  if (isCondaSpecProblem(spec)) return { spec: null, problem: spec.problem };
  const problem = unsupported(spec);
  return { spec: problem === null ? spec : null, problem };
}

/** Why a spec that can be read is more than a solve takes in; null where it is not. */
export function unsupported(spec: CondaMatchSpec): string | null {
  if (spec.namePattern.kind !== "exact") return "it names no single package";
  if (spec.when !== null) return "conditions (when) are not solved";
  if (spec.extras.length > 0) return "extras are not solved";
  if (spec.flags.length > 0) return "flags are not solved";
  return null;
}
