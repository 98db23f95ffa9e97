/** What kind of build a conda record is: accelerator, linear algebra, MPI. A version solve must not change it silently. */

/** Kinds by family: `accelerator` → `cuda12`, `blas` → `mkl`, `mpi` → `nompi`. */
export type BuildVariant = ReadonlyMap<VariantFamily, string>;
export type VariantFamily = "accelerator" | "blas" | "mpi";

const BLAS: ReadonlyMap<string, string> = new Map([
  ["accelerate", "accelerate"],
  ["blis", "blis"],
  ["generic", "generic"],
  ["mkl", "mkl"],
  ["netlib", "netlib"],
  ["newaccelerate", "accelerate"],
  ["openblas", "openblas"],
]);
const MPI: ReadonlySet<string> = new Set(["impi", "mpich", "msmpi", "nompi", "openmpi"]);

/**
 * Reads a build string: `cuda126_mkl_py312_h1234_300`, `py3.10_cuda11.8_cudnn8.7.0_0`, `mpi_mpich_py311h1_0`.
 * @returns the families of which it names a kind
 */
export function variantOf(build: string): BuildVariant {
  const variant = new Map<VariantFamily, string>();
  for (const token of build.toLowerCase().split(/[_-]/u)) {
    const accelerator = acceleratorOf(token);
    const blas = BLAS.get(token);
    if (accelerator !== null) {
      variant.set("accelerator", accelerator);
    } else if (blas !== undefined) {
      variant.set("blas", blas);
    } else if (MPI.has(token)) {
      variant.set("mpi", token);
    }
  }
  return variant;
}

/** `cuda12` of `cuda126`, `cuda12.6` and `cuda126py311`; `cuda9` of `cuda92`. */
function acceleratorOf(token: string): string | null {
  if (token === "cpu" || token === "rocm" || token === "gpu") {
    return token;
  }
  const digits = /^cuda(\d*)(?:\.\d+)?(?:py\d+\w*)?$/u.exec(token)?.[1];
  if (digits === undefined) {
    return null;
  }
  return `cuda${digits.length > 1 && !digits.startsWith("1") ? digits.slice(0, 1) : digits.slice(0, 2)}`;
}

/**
 * The first family in which a build is of another kind than the one in use, or null. A build that names no kind is none.
 * @param anyCudaMajor whether `cuda12` and `cuda13` count as the same
 */
export function changedVariant(
  inUse: string,
  build: string,
  anyCudaMajor: boolean,
): { readonly from: string; readonly to: string } | null {
  if (inUse === build) {
    return null;
  }
  const candidate = variantOf(build);
  for (const [family, from] of variantOf(inUse)) {
    const to = candidate.get(family);
    if (to !== undefined && plain(to, anyCudaMajor) !== plain(from, anyCudaMajor) && !isUnnumbered(from, to)) {
      return { from, to };
    }
  }
  return null;
}

function plain(kind: string, anyCudaMajor: boolean): string {
  return anyCudaMajor ? kind.replace(/^cuda\d+$/u, "cuda") : kind;
}

/** `cuda` without a number may be any CUDA. */
function isUnnumbered(from: string, to: string): boolean {
  return (from === "cuda" && to.startsWith("cuda")) || (to === "cuda" && from.startsWith("cuda"));
}

/** Packages that stand for the CUDA of an environment: their majors are a decision about drivers. */
export function isCudaName(name: string): boolean {
  return /^(?:cuda|cudatoolkit|pytorch-cuda|cuda-[a-z0-9-]+)$/u.test(name) && name !== "cuda-python";
}
