/** "Did you mean …": the nearest of some words to a word that is none of them. */

/** The nearest known word within a third of the length, or null. */
export function suggestWord(written: string, known: readonly string[]): string | null {
  const word = written.toLowerCase().slice(0, 40);
  const ranked = known.map((candidate) => ({ candidate, distance: editDistance(word, candidate.toLowerCase()) }));
  ranked.sort((one, other) => one.distance - other.distance);
  const [best] = ranked;
  return best !== undefined && best.distance <= Math.max(1, Math.floor(word.length / 3)) ? best.candidate : null;
}

/** Levenshtein distance, one row at a time. */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const substitution = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
