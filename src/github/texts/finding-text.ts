/** A finding as a line of Markdown. */
import type { Finding } from "#formats/finding.ts";
import { codeSpan, escapeForeign } from "./escape.ts";

/** The place and the sentence. */
export function findingText(finding: Finding): string {
  const line = finding.line === null ? "" : `:${String(finding.line)}`;
  return `${codeSpan(`${finding.file}${line}`)}: ${escapeForeign(finding.message)}`;
}
