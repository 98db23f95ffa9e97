/** What a pyproject.toml says about its project besides requirements. */
import type { ConstraintStyle, Span } from "../manifest.ts";

export interface PyprojectFacts {
  readonly path: string;
  /** `[project]` before `[tool.poetry]`, as Poetry 2 reads them; null where neither says it. */
  readonly name: string | null;
  readonly version: string | null;
  /** `requires-python`, or Poetry's `python`; Poetry 2 lets the latter narrow the former. */
  readonly python: { readonly text: string; readonly style: ConstraintStyle; readonly span: Span } | null;
  /** Both where both are written: `[project] requires-python` is `python`, this is Poetry's narrower `python`. */
  readonly poetryPython: { readonly text: string; readonly span: Span } | null;
  /** Poetry's `package-mode`; true where it is not written. */
  readonly packageMode: boolean;
  readonly hasProjectTable: boolean;
  /** Tables of tools that lock: `[tool.poetry]`, `[tool.uv]`, … */
  readonly tools: {
    readonly poetry: boolean;
    readonly uv: boolean;
    readonly pdm: boolean;
    readonly pixi: boolean;
    readonly condaLock: boolean;
    readonly hatch: boolean;
  };
  readonly buildBackend: string | null;
  /** `[tool.poetry] requires-poetry`. */
  readonly poetryWanted: string | null;
  /** Groups that Poetry or PEP 735 define. A group holds what it includes as well: see `groupClosure`. */
  readonly groups: readonly PyprojectGroup[];
  /** Extras of the project: Poetry's `[extras]` name main dependencies, PEP 621's are groups `extra:<name>`. */
  readonly extras: readonly { readonly name: string; readonly packages: readonly string[]; readonly line: number }[];
  /** `[project] dynamic`. */
  readonly dynamic: readonly string[];
}

export interface PyprojectGroup {
  /** Normalised. */
  readonly name: string;
  /** Poetry's `optional`. */
  readonly optional: boolean;
  /** Normalised names of `include-group` (PEP 735) and Poetry's `include-groups`, in file order. */
  readonly includes: readonly string[];
  readonly line: number;
}

/** The names of a group and of all groups that it includes; a cycle ends where it closes. */
export function groupClosure(groups: readonly PyprojectGroup[], name: string): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = [name];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (reached.has(next)) continue;
    reached.add(next);
    for (const group of groups) if (group.name === next) open.push(...group.includes);
  }
  return reached;
}
