/** What a conda channel says about one package file. CEP 34, 36 (repodata.json), 26 (names), 17, 47. */

/** One file of a channel, as its repodata describes it. */
export interface CondaRecord {
  /** Lower case. */
  readonly name: string;
  /** As the channel writes it; read it with `parseCondaVersion`. */
  readonly version: string;
  readonly build: string;
  readonly buildNumber: number;
  /** The folder that it lies in: `linux-64`, `noarch`. */
  readonly subdir: string;
  /** Root of its channel without a trailing slash, `https://conda.anaconda.org/conda-forge`. */
  readonly channel: string;
  /** `numpy-1.26.4-py311h64a7726_0.conda` */
  readonly filename: string;
  /** Absolute, as a lock would record it. */
  readonly url: string;
  /** Lower-case hex; null where the channel gives none. */
  readonly md5: string | null;
  readonly sha256: string | null;
  /** Bytes. */
  readonly size: number | null;
  /** Milliseconds since 1970 (`indexed_timestamp` before `timestamp`, seconds made milliseconds); null where unknown. */
  readonly timestampMs: number | null;
  /** MatchSpec texts as the channel writes them, in its order. */
  readonly depends: readonly string[];
  readonly constrains: readonly string[];
  /** Names; a record that has any comes after all that have none. */
  readonly trackFeatures: readonly string[];
  readonly noarch: "python" | "generic" | null;
  /** Package URLs (`pkg:pypi/numpy`); null where the record says nothing about it. */
  readonly purls: readonly string[] | null;
}
