import type { PackageChange } from "#planning/proposal.ts";
import type { Style } from "./output.ts";

/** Changes, one a line, direct ones first. */
export function describeChanges(changes: readonly PackageChange[], style: Style): string {
  const ordered = [...changes.filter((change) => change.direct), ...changes.filter((change) => !change.direct)];
  return ordered.map((change) => describeChange(change, style)).join("\n");
}

/** Moves of conda packages say why, where it is not for a new version. */
function reasonOf(change: PackageChange & { readonly reason?: string }, style: Style): string {
  const { reason } = change;
  const isPlain = reason === undefined || ["new version", "added", "no longer needed"].includes(reason);
  return isPlain ? "" : style.dim(` (${reason})`);
}

function describeChange(change: PackageChange, style: Style): string {
  const { name, from, to, direct } = change;
  const shown = direct ? style.bold(name) : name;
  if (from === null) {
    return `  ${style.green("+")} ${shown} ${to}`;
  }
  if (to === null) {
    return `  ${style.red("-")} ${shown} ${from}`;
  }
  return from === to
    ? `  ${shown} ${to}${reasonOf(change, style)}`
    : `  ${shown} ${from} → ${style.green(to)}${reasonOf(change, style)}`;
}
