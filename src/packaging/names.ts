/** Names of projects and extras. PEP 503, 508 and 685. */

const NAME_PATTERN = /^(?:[a-z0-9]|[a-z0-9][a-z0-9._-]*[a-z0-9])$/i;

/** The comparable form of a project name (PEP 503): lower case, runs of `-`, `_` and `.` as one `-`. */
export function normalizeName(text: string): string {
  return text.replace(/[-_.]+/g, "-").toLowerCase();
}

/** The comparable form of an extra or dependency group (PEP 685, 735): the same rule as for names. */
export function normalizeExtra(text: string): string {
  return normalizeName(text);
}

/** Whether `text` may be written as a project name or extra (PEP 508: letters, digits, inner `.`, `_`, `-`). */
export function isValidName(text: string): boolean {
  return NAME_PATTERN.test(text);
}
