/** Findings as workflow commands, which GitHub Actions shows beside the lines that they speak of. */
import type { Finding } from "#formats/finding.ts";

const LEVELS = { error: "error", warning: "warning", info: "notice" } as const;

/**
 * One line for each finding; foreign text in it can neither end the command nor begin another one.
 * @param folder where the checkout stands in the workspace, with `/` at its end, or empty
 */
export function githubAnnotations(findings: readonly Finding[], folder: string): string {
  return findings
    .map((finding) => {
      const line = finding.line === null ? "" : `,line=${finding.line}`;
      const file = escapeProperty(folder + finding.file);
      const title = escapeProperty(`relock: ${finding.code}`);
      return `::${LEVELS[finding.severity]} file=${file}${line},title=${title}::${escapeData(finding.message)}\n`;
    })
    .join("");
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
