import type { PackageChange } from "#planning/proposal.ts";
import type { Style } from "./output.ts";

/** Changes, one a line, direct ones first. */
export function describeChanges(changes: readonly PackageChange[], style: Style): string {
  const ordered = [...changes.filter((change) => change.direct), ...changes.filter((change) => !change.direct)];
  return ordered.map((change) => describeChange(change, style)).join("\n");
}

function describeChange({ name, from, to, direct }: PackageChange, style: Style): string {
  const shown = direct ? style.bold(name) : name;
  if (from === null) {
    return `  ${style.green("+")} ${shown} ${to}`;
  }
  return to === null ? `  ${style.red("-")} ${shown} ${from}` : `  ${shown} ${from} → ${style.green(to)}`;
}
