/** People say in a comment why a pin must stay: "latest grpcio breaks Ray". Such a pin is not moved unasked. */

const HOLD_WORDS =
  /\b(?:breaks?|broken|breaking|pin|pins|pinned|hold|(?:do not|don't|don’t|never) (?:upgrade|update|bump))\b/i;

/**
 * The comment that asks to keep a requirement as it is, or null.
 * @param own comment on the requirement's own line, without `#`
 * @param above the physical lines above it, the nearest first; only whole-line comments among the first two count
 */
export function holdReason(own: string | null, above: readonly string[]): string | null {
  if (own !== null && HOLD_WORDS.test(own)) return own;
  for (const line of above.slice(0, 2)) {
    const trimmed = line.trim();
    if (!trimmed.startsWith("#")) return null;
    const comment = trimmed.replace(/^#+/, "").trim();
    if (HOLD_WORDS.test(comment)) return comment;
  }
  return null;
}
