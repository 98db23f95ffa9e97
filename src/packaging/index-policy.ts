/** Where packages are looked for, and by which rule (a value: it goes to worker threads). */
export interface IndexPolicy {
  /** Searched in this order. `pypi` marks PyPI, for which `--index-url` may stand. */
  readonly indexes: readonly IndexLocation[];
  /** `first-index`: the first index that knows the name answers alone. `merge`: all answers are put together (Poetry's primary sources). Find-links pages are always added. */
  readonly strategy: "first-index" | "merge";
}

export interface IndexLocation {
  /** Name of the source in the manifest; `pypi` for PyPI. */
  readonly name: string;
  /** Root of a simple index, or a find-links page. */
  readonly url: string;
  readonly kind: "index" | "find-links";
  /** `explicit`: only for requirements that name it; `supplemental`: only where no other knows the name. */
  readonly use: "normal" | "supplemental" | "explicit";
}
