/** The smallest thing that a run may move alone: some packages, how far, and under which update group. */

export interface UpdateUnit {
  /** Name of the update group. */
  readonly group: string;
  /** Normalised names whose constraints may move. */
  readonly names: ReadonlySet<string>;
  /** `within-major`: up to the next major; `any`: as far as there is; a text: this constraint (`==1.26.4`). */
  readonly reach: "within-major" | "any" | { readonly constraint: string };
  /** Whether everything else takes its newest version too, or stays where it can. */
  readonly refresh: boolean;
}
