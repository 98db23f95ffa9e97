/** What our check runs say. */
import type { Finding } from "#formats/finding.ts";
import type { HeldUpdate, PackageChange } from "#planning/proposal.ts";
import type { CheckRunContent } from "../check-runs.ts";
import { codeSpan, escapeForeign } from "./escape.ts";
import { findingText } from "./finding-text.ts";

const MOST_ROWS = 200;

/** The failing check on a commit whose configuration cannot be read. */
export function configurationCheck(
  headSha: string,
  invalid: {
    readonly file: string;
    readonly problems: readonly { readonly line: number; readonly message: string }[];
  },
): CheckRunContent {
  const problems = invalid.problems.map((problem) => {
    return `- line ${String(problem.line)}: ${escapeForeign(problem.message)}`;
  });
  const summary = [
    `Relock does nothing in this repository until ${codeSpan(invalid.file)} can be read:`,
    "",
    ...problems,
  ];
  return {
    name: "relock",
    headSha,
    conclusion: "failure",
    title: `${invalid.file} is not valid`,
    summary: summary.join("\n"),
    annotations: invalid.problems.map((problem) => ({
      path: invalid.file,
      line: Math.max(1, problem.line),
      level: "failure" as const,
      message: problem.message,
    })),
  };
}

/** The check on a pull request of ours: what was solved, what stayed behind. */
export function proposalCheck(
  headSha: string,
  proposed: {
    readonly changes: readonly PackageChange[];
    readonly held: readonly HeldUpdate[];
    readonly findings: readonly Finding[];
  },
): CheckRunContent {
  const { changes, held, findings } = proposed;
  const count = changes.length === 1 ? "1 package moves" : `${String(changes.length)} packages move`;
  const sections = [
    "Every lock in this pull request was resolved for all its targets before it was proposed.",
    table("Moved", changes, (change) => {
      const from = change.from === null ? "new" : codeSpan(change.from);
      const to = change.to === null ? "removed" : codeSpan(change.to);
      return `${codeSpan(change.name)}: ${from} → ${to}`;
    }),
    table("Held back", held, (one) => {
      return `${codeSpan(one.name)} ${codeSpan(one.wanted)}: ${escapeForeign(one.reason)} (${escapeForeign(one.holder)})`;
    }),
    table("Findings", findings, findingText),
  ];
  const isWhole = findings.every((finding) => finding.severity !== "error");
  const title = held.length === 0 ? count : `${count}, ${String(held.length)} held back`;
  return {
    name: "relock",
    headSha,
    // Neutral blocks no merge, and does not say that all is known.
    conclusion: isWhole ? "success" : "neutral",
    title: isWhole ? title : `${title}; the run met errors`,
    summary: sections.filter((section) => section !== "").join("\n\n"),
    annotations: [],
  };
}

/** The check on a pull request that a run with errors has left as it was. */
export function keptCheck(headSha: string, errors: readonly Finding[]): CheckRunContent {
  const sections = [
    "The last run met errors and did not propose this again. That may be because of the errors, so nothing was changed and nothing was closed.",
    table("Errors", errors, findingText),
  ];
  return {
    name: "relock",
    headSha,
    conclusion: "neutral",
    title: "Left as it is: the last run met errors",
    summary: sections.join("\n\n"),
    annotations: [],
  };
}

function table<T>(title: string, rows: readonly T[], render: (row: T) => string): string {
  if (rows.length === 0) return "";
  const lines = rows.slice(0, MOST_ROWS).map((row) => `- ${render(row)}`);
  const rest = rows.length > MOST_ROWS ? [`- and ${String(rows.length - MOST_ROWS)} more`] : [];
  return [`### ${title}`, "", ...lines, ...rest].join("\n");
}
