/** A new text for a file, in the encoding that it has. */
import type { FoundProjects } from "#formats/find-projects.ts";
import { encodeText } from "#formats/text/decode.ts";
import type { FileEdit } from "#planning/proposal.ts";

/** Nothing where the file has the text already. */
export function textEdit(found: FoundProjects, path: string, text: string): readonly FileEdit[] {
  return found.files.texts.get(path)?.text === text ? [] : [newText(found, path, text)];
}

export function newText(found: FoundProjects, path: string, text: string): FileEdit {
  const decoded = found.files.texts.get(path) ?? { encoding: "utf-8" as const, bom: false };
  return { file: path, content: encodeText({ ...decoded, text }) };
}
