/** Changes constraints and hashes of requirements files by splices. */
import type { Splice } from "../../text/splice.ts";
import { editManifest, type ConstraintEdit, type EditAnswer } from "../edit-manifest.ts";
import type { Manifest } from "../manifest.ts";
import { readRequirementsTxt } from "./read.ts";

/** Applies edits to a requirements file. @param manifest as `readRequirementsTxt` read it from `text` */
export function editRequirementsTxt(text: string, manifest: Manifest, edits: readonly ConstraintEdit[]): EditAnswer {
  return editManifest(text, manifest, edits, {
    read: (edited) => readRequirementsTxt(manifest.path, edited),
    hashSplices,
  });
}

/**
 * As many new hashes as old ones take their places one by one; else the block from the first `--hash` to the last is
 * written anew, with what stood between the first two as separator.
 */
export function hashSplices(text: string, edit: ConstraintEdit): readonly Splice[] | null {
  const old = edit.requirement.hashes;
  const wanted = edit.hashes ?? [];
  const [first, second] = old;
  if (first === undefined) return wanted.length === 0 ? [] : null;
  if (wanted.length === old.length) {
    return old.map((hash, index) => ({ start: hash.span.start, end: hash.span.end, text: wanted[index] ?? "" }));
  }
  const firstOption = optionStart(text, first.span.start);
  const last = old.at(-1) ?? first;
  if (firstOption === null) return null;
  const secondOption = second === undefined ? null : optionStart(text, second.span.start);
  const separator =
    secondOption === null
      ? blankBefore(text, firstOption)
      : text.slice(closingQuote(text, first.span.end), secondOption);
  const opening = text.slice(firstOption, first.span.start);
  const closing = text.slice(first.span.end, closingQuote(text, first.span.end));
  const block = wanted.map((hash) => `${opening}${hash}${closing}`).join(separator);
  return [{ start: firstOption, end: closingQuote(text, last.span.end), text: block }];
}

/** Start of the `--hash=` (or an abbreviation, or a quote before it) whose value starts at `valueStart`. */
function optionStart(text: string, valueStart: number): number | null {
  const before = text.slice(Math.max(0, valueStart - 16), valueStart);
  const option = /["']?--h[a-z]*[= ]+["']?$/.exec(before);
  return option === null ? null : valueStart - option[0].length;
}

function closingQuote(text: string, end: number): number {
  return text[end] === '"' || text[end] === "'" ? end + 1 : end;
}

/** White space and continuation before an option: what separates it from the requirement. */
function blankBefore(text: string, end: number): string {
  let start = end;
  while (start > 0 && /[\s\\]/.test(text[start - 1] ?? "")) start -= 1;
  return text.slice(start, end);
}
