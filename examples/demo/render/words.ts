/** Inline markdown as words that can be wrapped: each knows how wide it is, whatever colours are in it. */
import type { Style } from "../reporter.ts";

export interface Word {
  readonly styled: string;
  readonly width: number;
}

/** A line break that was asked for. */
const LINE_BREAK: Word = { styled: "\n", width: 0 };

const TOKEN =
  /`(?<code>[^`]+)`|\*\*(?<bold>.+?)\*\*|\[(?<link>[^\]]+)\]\([^)]*\)|(?<line><br>)|\\(?<escaped>[!-/:-@[-`{-~])|(?<entity>&(?:lt|gt|amp);)/gu;
const ENTITIES: Readonly<Record<string, string>> = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
/** Put into bodies so that names in them do not come alive on GitHub. */
const ZERO_WIDTH = /\u200B|\uFE0F/gu;

/** How many columns a terminal needs. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text.replaceAll(ZERO_WIDTH, "")) width += /\p{Emoji_Presentation}/u.test(character) ? 2 : 1;
  return width;
}

/** The words of a paragraph or a cell. */
export function toWords(text: string, style: Style): readonly Word[] {
  const words: Word[] = [];
  let current: Word = { styled: "", width: 0 };
  const end = (): void => {
    if (current.width > 0) words.push(current);
    current = { styled: "", width: 0 };
  };
  const add = (piece: string, format: Parameters<Style>[0] | null): void => {
    for (const part of piece.replaceAll(ZERO_WIDTH, "").split(/(\s+)/u)) {
      if (part === "") continue;
      if (/^\s/u.test(part)) end();
      else {
        const styled = format === null ? part : style(format, part);
        current = { styled: current.styled + styled, width: current.width + widthOf(part) };
      }
    }
  };
  let position = 0;
  for (const match of text.matchAll(TOKEN)) {
    add(text.slice(position, match.index), null);
    position = match.index + match[0].length;
    const { code, bold, link, line, escaped, entity } = match.groups ?? {};
    if (line !== undefined) {
      end();
      words.push(LINE_BREAK);
    } else if (code !== undefined) add(code.replaceAll("\\|", "|"), "cyan");
    else if (bold !== undefined) add(bold.replaceAll("`", ""), "bold");
    else add(link ?? escaped ?? ENTITIES[entity ?? ""] ?? "", null);
  }
  add(text.slice(position), null);
  end();
  return words;
}

/** Words in lines of at most `width` columns; a word that is longer stands alone. */
export function wrapWords(words: readonly Word[], width: number): readonly Word[] {
  const lines: Word[] = [];
  let line: Word | null = null;
  for (const word of words) {
    if (word === LINE_BREAK) {
      lines.push(line ?? { styled: "", width: 0 });
      line = null;
    } else if (line !== null && line.width + 1 + word.width <= width) {
      line = { styled: `${line.styled} ${word.styled}`, width: line.width + 1 + word.width };
    } else {
      if (line !== null) lines.push(line);
      line = word;
    }
  }
  if (line !== null) lines.push(line);
  return lines;
}
