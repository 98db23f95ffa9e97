/** One pull request as a reviewer reads it: what it is, what it says, what it changes, what was said about it. */
import { isVerified } from "../../../test/support/github/commit-object.ts";
import type { FakeRepository } from "../../../test/support/github/repository.ts";
import { styleFor, type Style } from "../reporter.ts";
import { renderMarkdown } from "./markdown.ts";

/** Wider text is hard to read. */
const WIDEST = 110;
const INDENT = "  ";
/** With the lists that are made from them. */
const LOCKFILES = /\.lock$|(?:^|\/)(?:conda-lock\.yml|packages\.txt)$/u;
const REACTION_SIGNS: Readonly<Record<string, string>> = { eyes: "👀", rocket: "🚀", confused: "😕" };

type Pull = ReturnType<FakeRepository["pullRequests"]>[number];

export interface RenderOptions {
  /** Columns for text. */
  readonly width: number;
  readonly style: Style;
}

/** As wide and as coloured as the stream wants it. */
export function renderingFor(stream: NodeJS.WriteStream): RenderOptions {
  return { width: Math.min(WIDEST, stream.columns ?? WIDEST) - INDENT.length, style: styleFor(stream) };
}

/** The text of one pull request, with a line break at its end. */
export function renderPullRequest(repository: FakeRepository, pull: Pull, options: RenderOptions): string {
  const { width, style } = options;
  const lines = [
    style("dim", "─".repeat(width + INDENT.length)),
    style("bold", `#${String(pull.number)} ${pull.title}`),
    ...facts(repository, pull).map(([name, value]) => `${style("dim", name.padEnd(9))}${value}`),
    "",
    ...indented(renderMarkdown(pull.body ?? "", width, style)),
    "",
    style("bold", "Files changed"),
    ...indented(describeDiff(repository, pull, style)),
    "",
    ...renderConversation(repository, pull.number, options),
  ];
  return `${lines.join("\n").trimEnd()}\n\n`;
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => (line === "" ? "" : INDENT + line));
}

function facts(repository: FakeRepository, pull: Pull): readonly (readonly [string, string])[] {
  const commits = repository.commitsOn(pull.pull.head).map((commit) => {
    const state = isVerified(commit) ? "Verified" : "not verified";
    return ["commit", `${commit.sha.slice(0, 10)} (${state}) by ${commit.author.name}, ${commit.author.date}`] as const;
  });
  const checks = repository.checkRuns(pull.pull.headSha).map((run) => {
    const title = run.title === null ? "" : `: ${run.title}`;
    return ["check", `${run.name} ${run.conclusion ?? run.status}${title}`] as const;
  });
  return [
    ["where", `${repository.fullName}, ${pull.pull.head} → ${pull.pull.base}`],
    ["state", `${pull.state}, opened by ${pull.author} on ${pull.createdAt.slice(0, 10)}`],
    ["labels", pull.labels.join(", ")],
    ...commits,
    ...checks,
  ];
}

/** Manifests line by line; of a lockfile only how much of it changed, because the text above says what. */
function describeDiff(repository: FakeRepository, pull: Pull, style: Style): readonly string[] {
  const range = `${pull.pull.base}...${pull.pull.headSha}`;
  const diff = (...args: string[]): string => repository.git.run(["diff", ...args]).toString("utf8");
  const lines: string[] = [];
  for (const entry of diff("--numstat", range).trimEnd().split("\n")) {
    const [added = "0", removed = "0", file = ""] = entry.split("\t");
    if (file === "") continue;
    lines.push(`${file}  ${style("green", `+${added}`)} ${style("red", `-${removed}`)} lines`);
    if (LOCKFILES.test(file)) continue;
    for (const line of diff("--unified=0", "--no-color", range, "--", file).split("\n")) {
      if (/^-(?!--)/u.test(line)) lines.push(INDENT + style("red", line));
      else if (/^\+(?!\+\+)/u.test(line)) lines.push(INDENT + style("green", line));
    }
  }
  return lines;
}

/** What was said about it, with reactions. */
export function renderConversation(
  repository: FakeRepository,
  number: number,
  { width, style }: RenderOptions,
): readonly string[] {
  const comments = repository.comments(number);
  if (comments.length === 0) return [];
  const lines = comments.flatMap((comment) => {
    const reactions = repository.reactions(comment).map(({ author, content }) => {
      return `${REACTION_SIGNS[content] ?? ""} ${content} by ${author}`;
    });
    const got = reactions.map((reaction) => `   ${reaction}`).join("");
    const edited = comment.updatedAt === comment.createdAt ? "" : ", edited";
    return [
      `${style("bold", comment.author)}${style("dim", ` ${comment.createdAt.slice(0, 10)}${edited}`)}${got}`,
      ...indented(renderMarkdown(comment.body.trim(), width - INDENT.length, style)),
      "",
    ];
  });
  return [style("bold", "Conversation"), ...indented(lines.slice(0, -1))];
}
