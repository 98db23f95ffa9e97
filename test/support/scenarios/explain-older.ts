/** Why a requested package is older than in the reference: found by asking for the reference's version. */
import type { CondaRecord } from "#packaging/conda-record.ts";
import type { ScenarioGroup } from "./scenario.ts";
import {
  compareVersions,
  cutoffOf,
  referenceOf,
  solveGroup,
  specsOfCell,
  type RequestedPackage,
  type Workbench,
} from "./solve-group.ts";

export interface OlderReason {
  /**
   * `too new`: its date is after the commit. `outdated`: no solution has it, and the reference does not hold by today's records.
   * `impossible`: no solution has it although the reference holds, which is a defect. `trade`: with it another requested package is
   * older. `undated`: the like, where that package has no date, so that it may be newer than the commit. `avoidable`: it could
   * have been had for nothing, which is a defect. `undecided`: the budget was spent.
   */
  readonly kind: "too new" | "outdated" | "impossible" | "trade" | "undated" | "avoidable" | "undecided";
  readonly text: string;
}

/** @param packages what the group was solved to */
export function explainOlder(
  { ours, theirs, name }: RequestedPackage,
  {
    group,
    packages,
    bench,
  }: { readonly group: ScenarioGroup; readonly packages: readonly CondaRecord[]; readonly bench: Workbench },
): OlderReason {
  if (theirs === null) throw new Error(`${name} has no reference`);
  if ((theirs.timestampMs ?? 0) > cutoffOf(group, bench))
    return { kind: "too new", text: `${theirs.filename} is newer than the commit` };
  const other = solveGroup(group, bench, { extraSpecs: [`${name}[version=">=${theirs.version}"]`] });
  switch (other.outcome.kind) {
    case "conflict":
      return { kind: holds(group, bench) ? "impossible" : "outdated", text: other.outcome.explanation.text };
    case "undecided":
    case "failed":
      return { kind: "undecided", text: other.outcome.kind };
    case "solved": {
      const asked = new Set(other.specs.map((text) => bench.checker.nameOf(text)));
      const before = new Map(packages.map((each) => [each.name, each]));
      const lowered = other.outcome.resolution.packages.flatMap((record) => {
        const known = before.get(record.name);
        const isLower = known !== undefined && asked.has(record.name) && compareVersions(record, known) < 0;
        return isLower ? [{ record, known }] : [];
      });
      if (lowered.length === 0) return { kind: "avoidable", text: `${ours.version} was chosen for nothing` };
      const undated = lowered.some(({ known }) => known.timestampMs === null);
      const names = lowered.map(({ record, known }) => `${record.name} ${known.version} (else ${record.version})`);
      return { kind: undated ? "undated" : "trade", text: `for ${names.join(", ")}` };
    }
  }
}

/** Whether the reference of every cell is a solution by what the records say today, and old enough. */
function holds(group: ScenarioGroup, bench: Workbench): boolean {
  const cutoff = cutoffOf(group, bench);
  return group.cells.every((cell) => {
    const { records } = referenceOf(cell, bench);
    const specs = specsOfCell(cell, records, bench);
    const breaches = bench.checker.breaches({ specs, packages: records, virtualPackages: group.virtualPackages });
    return (
      breaches.every(({ kind }) => kind === "idle") && records.every(({ timestampMs }) => (timestampMs ?? 0) <= cutoff)
    );
  });
}
