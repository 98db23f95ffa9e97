/**
 * Sets of states of one package, as bits. Bit 0 stands for "not selected"; candidate `i` is bit `i + 1`.
 *
 * With "not selected" as a state of its own, a positive term is a set without bit 0 and a negative term is a set with it,
 * so that intersection, union, complement and subset are the whole algebra of terms.
 */
export type CandidateSet = Uint32Array;

/** The empty set for a package with `count` candidates. */
export function emptySet(count: number): CandidateSet {
  return new Uint32Array((count >>> 5) + 1);
}

/** All candidates; "not selected" is not in it. */
export function allCandidates(count: number): CandidateSet {
  const set = everyState(count);
  set[0] = (set[0] ?? 0) & ~1;
  return set;
}

/** All candidates and "not selected". */
export function everyState(count: number): CandidateSet {
  const set = emptySet(count).fill(0xffffffff);
  set[set.length - 1] = lastWordMask(count);
  return set;
}

/** The set of exactly these candidates. */
export function setOf(count: number, candidates: Iterable<number>): CandidateSet {
  const set = emptySet(count);
  for (const candidate of candidates) addCandidate(set, candidate);
  return set;
}

/** Adds a candidate in place: only for a set that its owner is still building. */
export function addCandidate(set: CandidateSet, candidate: number): void {
  const bit = candidate + 1;
  set[bit >>> 5] = (set[bit >>> 5] ?? 0) | (1 << (bit & 31));
}

/** Takes "not selected" out in place: only for a set that its owner is still building. */
export function removeAbsence(set: CandidateSet): void {
  set[0] = (set[0] ?? 0) & ~1;
}

export function hasCandidate(set: CandidateSet, candidate: number): boolean {
  const bit = candidate + 1;
  return (((set[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) === 1;
}

/** Whether "not selected" is in the set: true for a negative term. */
export function allowsAbsence(set: CandidateSet): boolean {
  return ((set[0] ?? 0) & 1) === 1;
}

/** The same candidates without "not selected". */
export function withoutAbsence(set: CandidateSet): CandidateSet {
  const result = set.slice();
  result[0] = (result[0] ?? 0) & ~1;
  return result;
}

/** The same candidates and "not selected". */
export function withAbsence(set: CandidateSet): CandidateSet {
  const result = set.slice();
  result[0] = (result[0] ?? 0) | 1;
  return result;
}

/** Every state that is not in `set`, of a package with `count` candidates. */
export function complement(set: CandidateSet, count: number): CandidateSet {
  const result = new Uint32Array(set.length);
  for (let word = 0; word < set.length; word += 1) result[word] = ~(set[word] ?? 0);
  result[set.length - 1] = (result[set.length - 1] ?? 0) & lastWordMask(count);
  return result;
}

export function intersection(left: CandidateSet, right: CandidateSet): CandidateSet {
  const result = new Uint32Array(left.length);
  for (let word = 0; word < left.length; word += 1) result[word] = (left[word] ?? 0) & (right[word] ?? 0);
  return result;
}

export function union(left: CandidateSet, right: CandidateSet): CandidateSet {
  const result = new Uint32Array(left.length);
  for (let word = 0; word < left.length; word += 1) result[word] = (left[word] ?? 0) | (right[word] ?? 0);
  return result;
}

export function isSubset(inner: CandidateSet, outer: CandidateSet): boolean {
  for (let word = 0; word < inner.length; word += 1) {
    if (((inner[word] ?? 0) & ~(outer[word] ?? 0)) !== 0) return false;
  }
  return true;
}

export function isDisjoint(left: CandidateSet, right: CandidateSet): boolean {
  for (let word = 0; word < left.length; word += 1) {
    if (((left[word] ?? 0) & (right[word] ?? 0)) !== 0) return false;
  }
  return true;
}

export function isEmpty(set: CandidateSet): boolean {
  for (let word = 0; word < set.length; word += 1) if (set[word] !== 0) return false;
  return true;
}

export function equalSets(left: CandidateSet, right: CandidateSet): boolean {
  for (let word = 0; word < left.length; word += 1) if (left[word] !== right[word]) return false;
  return true;
}

/** Whether all candidates and "not selected" are in a set of a package with `count` candidates. */
export function hasEveryState(set: CandidateSet, count: number): boolean {
  const last = set.length - 1;
  for (let word = 0; word < last; word += 1) if (set[word] !== 0xffffffff) return false;
  return set[last] === lastWordMask(count) >>> 0;
}

/** The most preferred candidate of the set, or -1. */
export function firstCandidate(set: CandidateSet): number {
  for (let word = 0; word < set.length; word += 1) {
    const bits = word === 0 ? (set[0] ?? 0) & ~1 : (set[word] ?? 0);
    if (bits !== 0) return word * 32 + (31 - Math.clz32(bits & -bits)) - 1;
  }
  return -1;
}

/** The candidates of the set, most preferred first. */
export function* candidatesOf(set: CandidateSet): Generator<number> {
  for (let word = 0; word < set.length; word += 1) {
    let bits = word === 0 ? (set[0] ?? 0) & ~1 : (set[word] ?? 0);
    while (bits !== 0) {
      yield word * 32 + (31 - Math.clz32(bits & -bits)) - 1;
      bits &= bits - 1;
    }
  }
}

/** Bits of the last word that stand for a state. */
function lastWordMask(count: number): number {
  const used = (count + 1) & 31;
  return used === 0 ? 0xffffffff : (1 << used) - 1;
}
