/** How far a version moves. */
import { compareVersions, type Pep440Version } from "#packaging/pep440-version.ts";

export type UpdateKind = "major" | "minor" | "patch" | "downgrade" | "none";

/** The kind of a move; a calendar version's year counts as its major, as people read `23.1 -> 24.1`. */
export function updateKind(from: Pep440Version, to: Pep440Version): UpdateKind {
  const order = compareVersions(to, from);
  if (order <= 0) {
    return order === 0 ? "none" : "downgrade";
  }
  if (from.epoch !== to.epoch || part(from, 0) !== part(to, 0)) {
    return "major";
  }
  return part(from, 1) === part(to, 1) ? "patch" : "minor";
}

function part(version: Pep440Version, index: number): number {
  return version.release[index] ?? 0;
}

/**
 * The accelerator that a local version names (`+cuda11.cudnn86`, `+cu118`, `+rocm5.6`, `+cpu`), with its major.
 * @returns `cuda11`, `rocm5`, `cpu`, or null where the version names none
 */
export function acceleratorOf(version: Pep440Version): string | null {
  const local = (version.local ?? []).join(".");
  // PyTorch writes cu92 for 9.2, cu118 for 11.8 and cu126 for 12.6; JAX writes cuda11 and cuda12.
  const cuda = /^(?:cuda(\d+)|cu(\d+)\d)(?!\d)/u.exec(local);
  if (cuda !== null) {
    return `cuda${cuda[1] ?? cuda[2]}`;
  }
  const other = /^(?:(rocm|xpu)(\d+)?|(cpu))/u.exec(local);
  return other === null ? null : (other[3] ?? `${other[1]}${other[2] ?? ""}`);
}
