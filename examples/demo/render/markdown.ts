/** The markdown of pull requests and comments, readable on a terminal. Knows what Relock writes, not all of markdown. */
import type { Style } from "../reporter.ts";
import { toWords, wrapWords, type Word } from "./words.ts";

/** Narrower than this, a column is no help. */
const NARROWEST = 12;
const GAP = "  ";
/** Rows of a table that GitHub shows folded. */
const FOLDED_ROWS = 12;

/** The lines of a text, at most `width` columns wide where its words allow. */
export function renderMarkdown(text: string, width: number, style: Style): readonly string[] {
  const source = text.replaceAll(/<!--[\s\S]*?-->/gu, "").split("\n");
  const lines: string[] = [];
  let isFolded = false;
  for (let at = 0; at < source.length; at += 1) {
    const line = source[at] ?? "";
    if (/^<\/?details>$/u.test(line)) isFolded = !line.includes("/");
    if (line.startsWith("|")) {
      const rows = source.slice(at).findIndex((next) => !next.startsWith("|"));
      const end = rows === -1 ? source.length : at + rows;
      const shown = isFolded ? Math.min(end, at + 2 + FOLDED_ROWS) : end;
      lines.push(...renderTable(source.slice(at, shown), width, style));
      if (shown < end) lines.push(style("dim", `… and ${String(end - shown)} more in the text on GitHub`));
      at = end - 1;
    } else lines.push(...renderLine(line, width, style));
  }
  return withoutDoubleBlanks(lines);
}

function renderLine(line: string, width: number, style: Style): readonly string[] {
  if (/^<\/?details>$/u.test(line)) return [];
  const summary = /^<summary>(.*)<\/summary>$/u.exec(line)?.[1];
  if (summary !== undefined) return [style("bold", `▾ ${summary}`)];
  const heading = /^#+ (.*)$/u.exec(line)?.[1];
  if (heading !== undefined) return [style(["bold", "underline"], heading)];
  const [, indent = "", bullet = "", content = ""] = /^(\s*)([-*] )?(.*)$/u.exec(line) ?? [];
  const lead = indent + (bullet === "" ? "" : "• ");
  const wrapped = wrapWords(toWords(content, style), Math.max(NARROWEST, width - lead.length));
  if (wrapped.length === 0) return [""];
  return wrapped.map(({ styled }, index) => (index === 0 ? lead : " ".repeat(lead.length)) + styled);
}

/** Columns that fit beside each other; those that say nothing are left out. */
function renderTable(source: readonly string[], width: number, style: Style): readonly string[] {
  const [header = [], , ...body] = source.map(cellsOf);
  const used = header.map((_, column) => body.some((row) => (row[column] ?? "") !== ""));
  const keep = (row: readonly string[]): readonly string[] => row.filter((_, column) => used[column] === true);
  const rows = body.map((row) => keep(row).map((cell) => toWords(cell, style)));
  const titles = keep(header).map((cell) => toWords(cell, (_format, text) => text));
  const widths = columnWidths([titles, ...rows], width);
  const head = layOut(titles, widths).map((line) => style("dim", line));
  return [...head, ...rows.flatMap((row) => layOut(row, widths))];
}

function cellsOf(line: string): readonly string[] {
  return line
    .replace(/^\|\s?|\s?\|$/gu, "")
    .split(/(?<!\\)\|/u)
    .map((cell) => cell.trim());
}

/** As wide as needed; where that is too wide, the widest column gives way first, and words break last. */
function columnWidths(rows: readonly (readonly (readonly Word[])[])[], width: number): readonly number[] {
  const count = rows[0]?.length ?? 0;
  const widths = Array.from({ length: count }, (_, column) => {
    const lines = rows.flatMap((row) => wrapWords(row[column] ?? [], Number.POSITIVE_INFINITY));
    return Math.max(1, ...lines.map((line) => line.width));
  });
  const longest = widths.map((_, column) => {
    const words = rows.flatMap((row) => (row[column] ?? []).map((word) => word.width));
    return Math.max(NARROWEST, ...words);
  });
  const total = (): number => widths.reduce((sum, one) => sum + one, GAP.length * (count - 1));
  // Words stay whole as long as there is another column to take from.
  for (const floor of [longest, longest.map(() => NARROWEST)]) {
    while (total() > width) {
      const able = widths.map((one, column) => (one > (floor[column] ?? 0) ? one : 0));
      const widest = Math.max(...able);
      if (widest === 0) break;
      widths[able.indexOf(widest)] = widest - 1;
    }
  }
  return widths;
}

function layOut(row: readonly (readonly Word[])[], widths: readonly number[]): readonly string[] {
  const cells = row.map((words, column) => wrapWords(words, widths[column] ?? NARROWEST));
  const height = Math.max(1, ...cells.map((cell) => cell.length));
  return Array.from({ length: height }, (_, at) =>
    cells
      .map((cell, column) => {
        const { styled, width } = cell[at] ?? { styled: "", width: 0 };
        return styled + " ".repeat(Math.max(0, (widths[column] ?? 0) - width));
      })
      .join(GAP)
      .trimEnd(),
  );
}

function withoutDoubleBlanks(lines: readonly string[]): readonly string[] {
  const kept = lines.filter((line, at) => line !== "" || (lines[at - 1] ?? "") !== "");
  return kept.at(-1) === "" ? kept.slice(0, -1) : kept;
}
