/** The body of a pull request (design: "a reviewer reads the pull request, not the lock diff"). Pure and deterministic. */
import { bytesDelta, describeAge } from "./quantities.ts";
import { codeSpan, details, escapeText, table } from "./markdown.ts";
import { hiddenBlock } from "./hidden-block.ts";
import { releaseKey, type PullRequestSummary, type TargetRow } from "./summary.ts";
import type { HeldUpdate, PackageChange } from "../proposal.ts";

/** GitHub refuses more than 65,536; some room is left for what a forge layer adds. */
const BODY_LIMIT = 58_000;

/** Longest lists, tried in this order until the body fits. */
const ROW_LIMITS = [500, 200, 100, 50, 20, 5] as const;

/** Renders the body, cutting the longest lists first where it would not fit. */
export function describeBody(summary: PullRequestSummary): string {
  for (const rows of ROW_LIMITS) {
    const body = render(summary, rows);
    if (body.length <= BODY_LIMIT) {
      return body;
    }
  }
  const hidden = hiddenBlock(summary, false);
  const rest = render(summary, 1);
  return `${rest.slice(0, BODY_LIMIT - hidden.length - 40)}\n\n…cut to fit.\n\n${hidden}\n`;
}

function render(summary: PullRequestSummary, rows: number): string {
  const sections = [
    introduction(summary),
    directSection(summary, rows),
    transitiveSection(summary, rows),
    targetsSection(summary.targets),
    heldSection(summary.held, rows),
    coherenceSection(summary, rows),
    findingsSection(summary, rows),
    reproduction(summary),
    hiddenBlock(summary, rows >= 100),
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

function introduction(summary: PullRequestSummary): string {
  const moved = summary.changes.length;
  const direct = summary.changes.filter((change) => change.direct).length;
  const solved = summary.targets.filter((row) => row.state !== "not-installable-before").length;
  return (
    `Relock solved this environment for ${solved} of ${summary.targets.length} targets before opening it: ` +
    `${moved} ${moved === 1 ? "package changes" : "packages change"}, ${direct} of them direct.`
  );
}

/** Our command line, and those of the team's own tool, which take the versions of the day. */
function reproduction({ reproduce, ownTool = [] }: PullRequestSummary): string {
  const own = ownTool.map((line) => codeSpan(line, 400)).join(", ");
  return `**Reproduce**: ${codeSpan(reproduce, 400)}${own === "" ? "" : `; with the tool itself: ${own}`}`;
}

function directSection(summary: PullRequestSummary, rows: number): string {
  const direct = summary.changes.filter((change) => change.direct);
  const constraintsOnly = summary.constraints.filter((edit) => !direct.some((change) => change.name === edit.name));
  if (direct.length === 0 && constraintsOnly.length === 0) {
    return "";
  }
  const lines = direct
    .slice(0, rows)
    .map((change) => [
      codeSpan(change.name),
      movement(change),
      constraintText(summary, change.name),
      releaseText(summary, change),
      ...whyCells(direct, change, summary),
    ]);
  for (const edit of constraintsOnly.slice(0, rows)) {
    lines.push([codeSpan(edit.name), "", constraintText(summary, edit.name), "", ...whyHeader(direct).map(() => "")]);
  }
  const rest = cutNote(direct.length, rows);
  const header = ["package", "version", "constraint", "released", ...whyHeader(direct)];
  return `### Direct changes\n\n${table(header, lines)}${rest}`;
}

function transitiveSection(summary: PullRequestSummary, rows: number): string {
  const transitive = summary.changes.filter((change) => !change.direct);
  if (transitive.length === 0) {
    return "";
  }
  const lines = transitive
    .slice(0, rows)
    .map((change) => [
      codeSpan(change.name),
      movement(change),
      targetsText(change, summary),
      releaseText(summary, change),
      ...(hasReasons(transitive) ? [escapeText(change.reason ?? "")] : []),
    ]);
  const header = ["package", "version", "targets", "released", ...(hasReasons(transitive) ? ["why"] : [])];
  const content = `${table(header, lines)}${cutNote(transitive.length, rows)}`;
  const noun = transitive.length === 1 ? "transitive change" : "transitive changes";
  return details(`${transitive.length} ${noun}`, content);
}

/** Locks of conda tell why each package changes, and their targets differ more than those of other locks. */
function hasReasons(changes: readonly PackageChange[]): boolean {
  return changes.some((change) => change.reason !== undefined);
}

function whyHeader(direct: readonly PackageChange[]): readonly string[] {
  return hasReasons(direct) ? ["targets", "why"] : [];
}

function whyCells(
  direct: readonly PackageChange[],
  change: PackageChange,
  summary: PullRequestSummary,
): readonly string[] {
  return hasReasons(direct) ? [targetsText(change, summary), escapeText(change.reason ?? "")] : [];
}

function targetsSection(targets: readonly TargetRow[]): string {
  if (targets.length === 0) {
    return "";
  }
  const states = {
    solved: "✅ solved",
    "solved-before-not": "✅ solved (was not installable before)",
    "not-installable-before": "⚠️ not installable, as before",
  } as const;
  const assumes = targets.some((row) => (row.assumes ?? []).length > 0);
  const lines = targets.map((row) => [
    codeSpan(row.target),
    escapeText(row.python),
    states[row.state],
    String(row.changed),
    row.bytes === null ? "" : bytesDelta(row.bytes),
    ...(assumes ? [(row.assumes ?? []).map((text) => codeSpan(text)).join(" ")] : []),
    escapeText(row.note),
  ]);
  const header = ["target", "Python", "state", "changed", "download", ...(assumes ? ["assumed"] : []), "note"];
  return `### Targets\n\n${table(header, lines)}`;
}

function heldSection(held: readonly HeldUpdate[], rows: number): string {
  if (held.length === 0) {
    return "";
  }
  const lines = held
    .slice(0, rows)
    .map((update) => [
      codeSpan(update.name),
      codeSpan(update.wanted),
      escapeText(update.holder),
      escapeText(update.reason, 600),
      update.targets.map((target) => codeSpan(target)).join(" "),
    ]);
  return `### Held back\n\n${table(["package", "wanted", "held by", "why", "targets"], lines)}${cutNote(held.length, rows)}`;
}

function coherenceSection(summary: PullRequestSummary, rows: number): string {
  if (summary.coherence.length === 0) {
    return "";
  }
  const lines = summary.coherence.flatMap((row) =>
    row.places.map((place) => [
      codeSpan(row.fact),
      codeSpan(`${place.file}:${place.line}`),
      codeSpan(place.before),
      place.before === place.after ? "unchanged" : codeSpan(place.after),
    ]),
  );
  return `### One fact, many files\n\n${table(["fact", "place", "before", "after"], lines.slice(0, rows))}${cutNote(lines.length, rows)}`;
}

function findingsSection(summary: PullRequestSummary, rows: number): string {
  const worth = summary.findings.filter((finding) => finding.severity !== "info");
  if (worth.length === 0 && summary.undated.length === 0) {
    return "";
  }
  const lines = worth
    .slice(0, rows)
    .map(
      (finding) =>
        `- ${codeSpan(finding.line === null ? finding.file : `${finding.file}:${finding.line}`)} ${escapeText(finding.message, 500)}`,
    );
  if (summary.undated.length > 0) {
    const names = summary.undated.slice(0, 10).map((name) => codeSpan(name));
    lines.push(
      `- ${summary.undated.length} files have no upload time and were kept: ${names.join(", ")}${summary.undated.length > 10 ? ", …" : ""}`,
    );
  }
  return `### Worth knowing\n\n${lines.join("\n")}${cutNote(worth.length, rows)}`;
}

function movement(change: PackageChange): string {
  if (change.from === null) {
    return `added ${codeSpan(change.to ?? "")}`;
  }
  if (change.from === change.to) {
    return codeSpan(change.from);
  }
  return change.to === null ? `removed ${codeSpan(change.from)}` : `${codeSpan(change.from)} → ${codeSpan(change.to)}`;
}

function constraintText(summary: PullRequestSummary, name: string): string {
  return summary.constraints
    .filter((edit) => edit.name === name)
    .map((edit) => `${codeSpan(edit.before)} → ${codeSpan(edit.after)} (${codeSpan(`${edit.file}:${edit.line}`)})`)
    .join("<br>");
}

function releaseText(summary: PullRequestSummary, change: PackageChange): string {
  const facts = change.to === null ? undefined : summary.releases[releaseKey(change, change.to)];
  if (facts === undefined) {
    return "";
  }
  const age = facts.uploadTime === null ? "no date" : describeAge(facts.uploadTime, summary.now);
  return facts.yanked ? `${age}, **yanked**` : age;
}

function targetsText(change: PackageChange, summary: PullRequestSummary): string {
  if (change.targets.length === summary.targets.length) {
    return "all";
  }
  const named = Map.groupBy(summary.targets, ({ environment }) => environment?.name ?? null);
  const own = [...named].flatMap(([name, rows]) => {
    const targets = rows.filter(({ target }) => change.targets.includes(target));
    if (name === null || targets.length === 0) {
      return targets.map(({ target }) => codeSpan(target));
    }
    const platforms = targets.map(({ environment }) => environment?.target ?? "").join(", ");
    return [codeSpan(targets.length === rows.length ? name : `${name}: ${platforms}`)];
  });
  return own.join(" ");
}

function cutNote(total: number, rows: number): string {
  return total > rows ? `\n\n…and ${total - rows} more, in the diff.` : "";
}
