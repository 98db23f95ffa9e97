/** Findings as lines that editors and people can follow: `file:line: severity: message`. */
import type { Finding } from "#formats/finding.ts";
import type { Style } from "./output.ts";

export function describeFindings(findings: readonly Finding[], style: Style): string {
  return findings.map((finding) => describeFinding(finding, style)).join("\n");
}

function describeFinding(finding: Finding, style: Style): string {
  const place = finding.line === null ? finding.file : `${finding.file}:${finding.line}`;
  const colors = { error: style.red, warning: style.yellow, info: style.dim } as const;
  // Findings of a lock name their targets in the sentence already.
  const told = finding.targets.every((target) => finding.message.includes(target));
  const targets = told ? "" : ` (${finding.targets.join(", ")})`;
  return `${place}: ${colors[finding.severity](finding.severity)}: ${finding.message}${targets}`;
}
