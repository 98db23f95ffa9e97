/** What is said of a manifest that a tool writes. */
import type { Finding } from "./finding.ts";
import type { PipManifest } from "./read-files.ts";

/** @param file one that is not written by hand */
export function generatedFinding({ manifest, kind }: PipManifest): Finding {
  const place = { file: manifest.path, targets: [], severity: "info" } as const;
  if (kind.kind === "compiled") {
    const message = `${manifest.path} is compiled (“${kind.source}”): it is reported and never edited by hand of Relock.`;
    return { ...place, code: "compiled-file", line: kind.line, message };
  }
  const mark = kind.kind === "frozen" ? kind.mark : "";
  const message = `${manifest.path} lists a whole installed environment (${mark}): it is reported and never edited.`;
  return { ...place, code: "frozen-file", line: kind.kind === "frozen" ? kind.line : null, message };
}
