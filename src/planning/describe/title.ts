import { cutText } from "./markdown.ts";
import type { PullRequestSummary } from "./summary.ts";
import type { PackageChange } from "../proposal.ts";

/** Longest title: what GitHub's list shows without a cut. */
const TITLE_LIMIT = 120;

/** The title of a pull request: `Update numpy to 1.24.2`, `Update 7 Python dependencies (jax 0.4.6, numpy 1.24.2, …)`. */
export function describeTitle(summary: PullRequestSummary): string {
  const direct = distinctMoves(
    summary.changes.filter(
      (change) => change.direct && change.to !== null && (summary.focus?.has(change.name) ?? true),
    ),
  );
  const where = folders(summary.projects);
  // conda installs more than Python's packages.
  const kind = summary.changes.some(({ ecosystem }) => ecosystem === "conda") ? "" : "Python ";
  const [first] = direct;
  if (first === undefined) {
    const count = summary.changes.length;
    return cutText(
      `Relock ${count} transitive ${kind}${count === 1 ? "dependency" : "dependencies"}${where}`,
      TITLE_LIMIT,
    );
  }
  if (direct.length === 1) {
    return cutText(`Update ${plainText(first.name)} to ${plainText(first.to ?? "")}${where}`, TITLE_LIMIT);
  }
  return cutText(`Update ${direct.length} ${kind}dependencies${where} (${listed(direct)})`, TITLE_LIMIT);
}

/** Nothing for the whole repository; of many folders the first one. */
function folders(projects: readonly string[]): string {
  const [first = ".", second] = projects.map(plainText);
  if (projects.includes(".")) return "";
  if (projects.length > 2) return ` in ${first} and ${projects.length - 1} more`;
  return ` in ${first}${second === undefined ? "" : ` and ${second}`}`;
}

/** A package that moves to the same version in several files is one move to a reader. */
function distinctMoves(changes: readonly PackageChange[]): readonly PackageChange[] {
  return [...new Map(changes.map((change) => [`${change.name} ${change.to}`, change])).values()];
}

function listed(direct: readonly PackageChange[]): string {
  const shown = direct.slice(0, 3).map((change) => `${plainText(change.name)} ${plainText(change.to ?? "")}`);
  return direct.length > 3 ? `${shown.join(", ")}, …` : shown.join(", ");
}

/** Titles are shown as plain text, but references and mentions in them still come alive. */
function plainText(text: string): string {
  return cutText(text.replace(/[^\p{L}\p{N}._+\-/ !]/gu, ""), 60);
}
