/** Text of others inside ours: it may neither mention people, nor look like markup, nor command another bot. */

const MOST_CHARACTERS = 500;
/** Between `@` and a name it keeps GitHub from linking; readers see nothing of it. */
const BREAK = "\u200b";

/** Foreign text for a sentence: one line, no HTML, no Markdown, no mention, no reference, no command. */
export function escapeForeign(text: string): string {
  const line = oneLine(text).slice(0, MOST_CHARACTERS);
  return line
    .replace(/[\\`*_{}[\]()#+!|~]/g, (found) => `\\${found}`)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("@", `@${BREAK}`)
    .replace(/\\#(?=\d)/g, `\\#${BREAK}`)
    .replace(/\b(https?):\/\//gi, `$1:${BREAK}//`)
    .replace(/^\//, `${BREAK}/`);
}

/** Foreign text as code: shown as it is, with no meaning. */
export function codeSpan(text: string): string {
  const line = oneLine(text).slice(0, MOST_CHARACTERS);
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map((run) => run[0].length));
  const fence = "`".repeat(longest + 1);
  const padding = line === "" || line.startsWith("`") || line.endsWith("`") ? " " : "";
  return `${fence}${padding}${line}${padding}${fence}`;
}

/** Whitespace to single spaces; control, zero-width and direction-changing characters are dropped. */
function oneLine(text: string): string {
  return text
    .replace(/[\p{Cf}\p{Co}\p{Cn}]/gu, "")
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim();
}
