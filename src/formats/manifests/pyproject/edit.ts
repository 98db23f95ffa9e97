/** Changes constraints of a pyproject.toml by splices, verified by two independent readers. */
import toml from "@iarna/toml";
import { readTomlTree, tomlPlain } from "../../text/toml-tree.ts";
import { editManifest, type ConstraintEdit, type EditAnswer } from "../edit-manifest.ts";
import type { Manifest } from "../manifest.ts";
import { readPyproject } from "./read.ts";

/**
 * Applies edits to a pyproject.toml.
 * Refuses where the new text does not read as the old manifest with exactly these constraints, and where any other
 * value of the file has changed.
 * @param manifest as `readPyproject` read it from `text`
 */
export function editPyproject(text: string, manifest: Manifest, edits: readonly ConstraintEdit[]): EditAnswer {
  const answer = editManifest(text, manifest, edits, {
    read: (edited) => {
      const reading = readPyproject(manifest.path, edited);
      return reading.kind === "pyproject" ? reading.manifest : null;
    },
    hashSplices: (_, edit) => (edit.requirement.hashes.length === 0 ? [] : null),
  });
  if (answer.kind === "refused") return answer;
  const changed = edits.filter((edit) => edit.constraint !== edit.requirement.constraint?.text);
  const difference = countDifferences(plainValues(text), plainValues(answer.text));
  if (difference === changed.length) return answer;
  const reason = `${difference} values of the file would change instead of ${changed.length}.`;
  return { kind: "refused", file: manifest.path, line: null, reason };
}

/** All values of the file by the second reader; by the first where the second does not know TOML 1.1. */
function plainValues(text: string): unknown {
  try {
    return toml.parse(text);
  } catch {
    const reading = readTomlTree(text);
    return reading.kind === "tree" ? tomlPlain(reading.root) : null;
  }
}

/** In how many leaves two values differ; a difference in shape counts as infinitely many. */
function countDifferences(before: unknown, after: unknown): number {
  if (typeof before !== "object" || before === null || typeof after !== "object" || after === null) {
    return Object.is(before, after) ? 0 : 1;
  }
  if (before instanceof Date || after instanceof Date) return JSON.stringify(before) === JSON.stringify(after) ? 0 : 1;
  const left = Object.entries(before);
  const right = new Map(Object.entries(after));
  if (left.length !== right.size || left.some(([key]) => !right.has(key))) return Number.POSITIVE_INFINITY;
  return left.reduce((sum, [key, value]) => sum + countDifferences(value, right.get(key)), 0);
}
