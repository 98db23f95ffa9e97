import type { Finding } from "#formats/finding.ts";

/** Exit statuses of contract.md. */
export const EXIT = { done: 0, refused: 1, usage: 2, unreachable: 3 } as const;

/** Wrong usage or unreadable input: exit status 2. The message is one sentence that says what to do. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** An index or GitHub could not be reached: exit status 3. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

/** @throws UsageError that names every line of a configuration that is not valid */
export function refuseInvalidConfiguration(findings: readonly Finding[]): void {
  const invalid = findings.filter((finding) => finding.code === "invalid-configuration");
  if (invalid.length > 0) {
    throw new UsageError(invalid.map((finding) => `${finding.file}:${finding.line}: ${finding.message}`).join("\n"));
  }
}
