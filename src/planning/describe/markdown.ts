/** Escaping of foreign text. Package names, versions, reasons and file names are an attacker's to choose. */

/** Zero-width space: breaks `@name`, `#1` and `/command` without changing what a person reads. */
const BREAK = "\u200B";

/** Invisible and direction-changing characters that could make a text read as another one. */
const INVISIBLE =
  // oxlint-disable-next-line no-control-regex -- control characters are what is removed here
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u00AD\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]|[\u{E0000}-\u{E007F}]/gu;

/**
 * Foreign text as one line of markdown prose: no HTML, links, mentions, references or commands come alive.
 * @param limit longest result, in UTF-16 units; the rest becomes an ellipsis
 */
export function escapeText(text: string, limit = 300): string {
  const oneLine = text.replace(/\s+/gu, " ").replace(INVISIBLE, "").trim();
  const cut = cutText(oneLine, limit);
  return cut
    .replace(/[\\`*_{}[\]()<>#+!|~$]/gu, (character) =>
      character === "<" ? "&lt;" : character === ">" ? "&gt;" : `\\${character}`,
    )
    .replace(/@/gu, `@${BREAK}`)
    .replace(/\\#/gu, `\\#${BREAK}`)
    .replace(/^\//u, `${BREAK}/`)
    .replace(/:\/\//gu, `:${BREAK}//`)
    .replace(/\bwww\./giu, (match) => `${match.slice(0, -1)}${BREAK}.`);
}

/** Foreign text as a code span; backticks, line breaks and table bars in it cannot end the span or the cell. */
export function codeSpan(text: string, limit = 120): string {
  const clean = cutText(text.replace(/\s+/gu, " ").replace(INVISIBLE, "").replace(/`/gu, "'").trim(), limit);
  return clean === "" ? "` `" : `\`${clean.replace(/\|/gu, "\\|")}\``;
}

/** Cuts at a whole code point. */
export function cutText(text: string, limit: number): string {
  if (text.length <= limit) {
    return text;
  }
  const end = /[\uD800-\uDBFF]/u.test(text.charAt(limit - 2)) ? limit - 2 : limit - 1;
  return `${text.slice(0, Math.max(0, end))}…`;
}

/** A table; cells are markdown already. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A folded section. */
export function details(summary: string, content: string): string {
  return `<details>\n<summary>${summary}</summary>\n\n${content}\n\n</details>`;
}
