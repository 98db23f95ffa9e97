/** Which projects state facts about the same thing. */
import type { Draft } from "./project-draft.ts";
import { directoryOf } from "./project-files.ts";
import type { PythonRange } from "./project.ts";

/**
 * The coherence set of each draft by its id: the nearest directory above it, or its own, that has a pyproject.toml
 * or an environment.yml with requirements; else its own directory. Sets that share a manifest are one, named after the
 * first of them.
 */
export function coherenceSets(drafts: readonly Draft[]): ReadonlyMap<string, string> {
  const near = nearestSets(drafts);
  const united = new Map<string, string>();
  const nameOf = (set: string): string => {
    let name = set;
    for (let next = united.get(name); next !== undefined; next = united.get(name)) name = next;
    return name;
  };
  const byManifest = new Map<string, string>();
  for (const draft of drafts) {
    for (const { path } of draft.manifests) {
      const own = nameOf(near.get(draft.id) ?? draft.root);
      const other = nameOf(byManifest.get(path) ?? own);
      byManifest.set(path, own);
      if (own < other) united.set(other, own);
      else if (other < own) united.set(own, other);
    }
  }
  return new Map([...near].map(([id, set]) => [id, nameOf(set)]));
}

function nearestSets(drafts: readonly Draft[]): ReadonlyMap<string, string> {
  const main = new Set(
    drafts.filter((draft) => draft.tool !== "pip" && draft.tool !== "pip-tools").map((draft) => draft.root),
  );
  const entries = drafts.map((draft): [string, string] => {
    for (let directory = draft.root; ; directory = directoryOf(directory)) {
      if (main.has(directory)) return [draft.id, directory];
      if (directory === "") return [draft.id, draft.root];
    }
  });
  return new Map(entries);
}

/** The first Python range that a project of each set states. */
export function rangesOfSets(
  drafts: readonly Draft[],
  sets: ReadonlyMap<string, string>,
): ReadonlyMap<string, PythonRange> {
  const ranges = new Map<string, PythonRange>();
  for (const draft of drafts) {
    const set = sets.get(draft.id) ?? draft.root;
    const range = ranges.has(set) ? null : ownPythonRange(draft);
    if (range !== null) ranges.set(set, range);
  }
  return ranges;
}

/** What the project itself says of Python: pyproject.toml first, else conda's `python`. */
export function ownPythonRange(draft: Draft): PythonRange | null {
  const facts = draft.pyproject?.facts;
  if (facts?.python) {
    const { text, style, span } = facts.python;
    return { text, style, file: facts.path, line: span.line };
  }
  for (const { requirements } of draft.manifests) {
    const python = requirements.find((each) => each.ecosystem === "conda" && each.name === "python");
    if (python?.constraint) {
      return { text: python.constraint.text, style: "conda", file: python.file, line: python.line };
    }
  }
  return null;
}
