/** The figures of real manifests as text, for whoever runs them in full. */
import type { LeastChangeFigures, ScenarioFigures } from "./run-scenarios.ts";

export function scenarioTable(title: string, figures: ScenarioFigures): string {
  const { cells, solved, valid, groups, files, sameFiles, requested, older, efforts } = figures;
  const asked = [...requested.values()].reduce((sum, count) => sum + count, 0);
  const times = efforts.map(({ milliseconds }) => milliseconds);
  const total = times.reduce((sum, each) => sum + each, 0);
  const at = (share: number): string => (times[Math.floor(times.length * share)] ?? 0).toFixed(0);
  return [
    `== ${title}`,
    `cells ${cells}, solved ${solved}, valid ${valid}; solves ${groups} in ${(total / 1000).toFixed(1)} s, median ${at(0.5)} ms, one in twenty over ${at(0.05)} ms`,
    `requested packages ${asked}: ${[...requested].map(([order, count]) => `${order} ${count} (${percent(count, asked)})`).join(", ")}`,
    `files ${files}, those of the reference ${sameFiles} (${percent(sameFiles, files)})`,
    `older, by solve: ${[...older].map(([kind, lines]) => `${kind} ${lines.length}`).join(", ")}`,
    ...[...older].flatMap(([kind, lines]) => lines.map((line) => `  ${kind}: ${line.slice(0, 240)}`)),
    `reference locks: not what people ask for ${figures.misread.length}, not what today's records say ${figures.outdated.length}`,
    ...[...new Set(figures.outdated)].map((line) => `  ${line}`),
    ...listed("unsolved", figures.unsolved),
    ...listed("invalid", figures.invalid),
    ...listed("changed by a second run", figures.unstable),
    ...listed("not in the corpus", figures.unknown),
    "the slowest",
    ...efforts
      .slice(0, 10)
      .map(
        (each) =>
          `  ${each.group}: ${each.milliseconds.toFixed(0)} ms, ${each.packages} packages, ${each.decisions} decisions, ${each.conflicts} conflicts`,
      ),
  ].join("\n");
}

export function leastChangeTable({
  transitions,
  locked,
  kept,
  changed,
  needless,
  unsolved,
}: LeastChangeFigures): string {
  return [
    `== seeded with the lock of the commit before: ${transitions} solves`,
    `locked ${locked}, kept ${kept} (${percent(kept, locked)}), changed: ${[...changed].map(([reason, count]) => `${reason} ${count}`).join(", ")}`,
    ...listed("needless", needless),
    ...listed("unsolved", unsolved),
  ].join("\n");
}

function listed(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`${title}: ${lines.length}`, ...lines.map((line) => `  ${line.slice(0, 400)}`)];
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "-" : `${((100 * part) / whole).toFixed(1)} %`;
}
