import { cutText } from "./markdown.ts";
import type { PullRequestSummary } from "./summary.ts";
import type { PackageChange } from "../proposal.ts";

/** Longest title: what GitHub's list shows without a cut. */
const TITLE_LIMIT = 120;

type TitleParts = Pick<PullRequestSummary, "projects" | "changes" | "focus">;

/** The title of a pull request: `Update numpy to 1.24.2`, `Update 7 Python dependencies (jax 0.4.6, numpy 1.24.2, …)`. */
export function describeTitle(summary: TitleParts): string {
  const moves = distinctMoves(
    summary.changes.filter(
      (change) => change.direct && change.to !== null && (summary.focus?.has(change.name) ?? true),
    ),
  );
  const newVersions = moves.filter((change) => !isSameVersion(change));
  const direct = [...newVersions, ...moves.filter(isSameVersion)];
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
  if (newVersions.length === 0) {
    const what = direct.length === 1 ? "a new build of" : `new builds of ${direct.length} ${kind}dependencies:`;
    return cutText(`Take ${what} ${listed(direct)}${where}`, TITLE_LIMIT);
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

/** Another build, or other metadata of the same one. */
function isSameVersion({ from, to }: PackageChange): boolean {
  return from !== null && to !== null && from.includes(" ") && from.split(" ")[0] === to.split(" ")[0];
}

function versionOf({ to }: PackageChange): string {
  return to?.split(" ")[0] ?? "";
}

/** A package that moves to the same version in several files is one move to a reader. */
function distinctMoves(changes: readonly PackageChange[]): readonly PackageChange[] {
  return [...new Map(changes.map((change) => [`${change.name} ${versionOf(change)}`, change])).values()];
}

/** Builds are no news to a reader of titles. */
function listed(direct: readonly PackageChange[]): string {
  const shown = direct.slice(0, 3).map((change) => `${plainText(change.name)} ${plainText(versionOf(change))}`);
  return direct.length > 3 ? `${shown.join(", ")}, …` : shown.join(", ");
}

/** Titles are shown as plain text, but references and mentions in them still come alive. */
function plainText(text: string): string {
  return cutText(text.replace(/[^\p{L}\p{N}._+\-/ !]/gu, ""), 60);
}
