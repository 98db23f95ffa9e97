/** Is a poetry.lock in step with its pyproject.toml, as the Poetry that wrote it would say? */
import type { TomlTable } from "../../text/toml-tree.ts";
import type { PyprojectFacts } from "../../manifests/pyproject/facts.ts";
import { contentHash, hashRuleVersion } from "./content-hash.ts";
import type { PoetryLock } from "./model.ts";

export type LockFreshness =
  | { readonly kind: "fresh" }
  /** `hash`: a hashed key has changed; `python`: the Python range of the lock is another one. `message` is a clause. */
  | { readonly kind: "stale"; readonly cause: "hash" | "python"; readonly message: string; readonly expected: string }
  /** The hash cannot be computed; `line` is of the pyproject.toml. */
  | { readonly kind: "unknown"; readonly line: number; readonly message: string };

/**
 * Compares the recorded content hash with that of the manifest, by the rule of the Poetry version in the lock's header.
 * A matching hash proves the manifest unchanged, not the lock consistent: see `checkPoetryLock`.
 * @param root the whole pyproject.toml, as `readPyproject` gives it
 */
export function poetryLockFreshness(lock: PoetryLock, root: TomlTable, facts: PyprojectFacts): LockFreshness {
  const answer = contentHash(root, hashRuleVersion(lock));
  if (answer.kind === "refused") return { kind: "unknown", line: answer.line, message: answer.reason };
  if (answer.hash === lock.contentHash) return { kind: "fresh" };
  const wanted = facts.poetryPython?.text ?? facts.python?.text ?? null;
  const isPythonChanged = wanted !== null && wanted !== lock.pythonVersions && facts.poetryPython === null;
  const message = isPythonChanged
    ? `the lock is for Python ${lock.pythonVersions}, pyproject.toml says ${wanted}`
    : "the dependencies, groups, extras or sources of pyproject.toml have changed since the lock was written";
  return { kind: "stale", cause: isPythonChanged ? "python" : "hash", message, expected: answer.hash };
}
