/** Where the pip entries of a conda environment are looked for. */
import type { IndexLocation, IndexPolicy } from "#packaging/index-policy.ts";
import { pipPolicy } from "#planning/index-policies.ts";
import type { Manifest } from "#formats/manifests/manifest.ts";
import type { CondaTarget } from "./conda-workspace.ts";

/**
 * Pip's rules for what the pip sections name; `pip-repositories` are extra indexes, as for conda-lock. A project has the same
 * indexes on all targets.
 */
export function condaPipPolicy(targets: readonly CondaTarget[], manifests: readonly Manifest[]): IndexPolicy {
  const plain = pipPolicy(manifests);
  const repositories = [...new Set(targets.flatMap(({ environment }) => environment.pipRepositories))];
  const extra = repositories.map((url, order): IndexLocation => {
    return { name: `pip-repository-${order + 1}`, url, kind: "index", use: "normal" };
  });
  return { ...plain, indexes: [...extra, ...plain.indexes] };
}
