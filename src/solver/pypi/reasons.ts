/** Why a candidate may not be chosen: every case that an explanation can name. */

export type ExclusionReason =
  /** Uploaded after the cutoff, or undated where undated files are dropped. */
  | { readonly kind: "date"; readonly cutoff: number; readonly undated: boolean }
  | { readonly kind: "yanked"; readonly message: string }
  | { readonly kind: "prerelease" }
  /** Only wheels, and none of them fits. `tags`: a few of those that there are. */
  | { readonly kind: "no-file-for-target"; readonly target: string; readonly tags: readonly string[] }
  /** Only source distributions, and building is not allowed. */
  | { readonly kind: "needs-build" }
  /** Only wheels, and they are not allowed. */
  | { readonly kind: "no-binary" }
  | { readonly kind: "requires-python"; readonly range: string; readonly python: string }
  /** The index could not give the metadata, or it cannot be read without running code. */
  | { readonly kind: "metadata"; readonly message: string };

/** The end of a sentence that begins with "NAME VERSION". */
export function describeExclusion(reason: ExclusionReason): string {
  switch (reason.kind) {
    case "date":
      return reason.undated ? "has no upload date" : `was uploaded after ${new Date(reason.cutoff).toISOString()}`;
    case "yanked":
      return reason.message === "" ? "is yanked" : `is yanked (${reason.message})`;
    case "prerelease":
      return "is a prerelease, which is not allowed";
    case "no-file-for-target":
      return `has no wheel for ${reason.target} (only ${reason.tags.join(", ")}) and no source distribution`;
    case "needs-build":
      return "has no usable wheel and would have to be built";
    case "no-binary":
      return "has only wheels, which are not allowed";
    case "requires-python":
      return `requires Python ${reason.range}`;
    case "metadata":
      return `cannot be used: ${reason.message}`;
  }
}
