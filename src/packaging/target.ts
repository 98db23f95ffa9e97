/** A target: platform + accelerator + Python, and what follows from them. */
import type { MarkerEnvironment } from "./marker-syntax.ts";

export type PlatformName =
  "linux-64" | "linux-aarch64" | "linux-ppc64le" | "osx-64" | "osx-arm64" | "win-64" | "win-arm64";
export type Accelerator = "cpu" | "cuda";

/** An assumed capability of a platform (CEP 30). */
export interface VirtualPackage {
  /** With its leading underscores, `__glibc`. */
  readonly name: string;
  readonly version: string;
  readonly build: string;
}

export interface Target {
  /** `linux-64`, `linux-64-cuda`, `osx-arm64`; with `-py3.8` appended where a project has several Pythons. */
  readonly id: string;
  readonly platform: PlatformName;
  readonly accelerator: Accelerator;
  /** Full version, `3.10.0`. */
  readonly python: string;
  readonly markerEnvironment: MarkerEnvironment;
  /** Compatible wheel tags (PEP 425, 600, 656), best first: `cp310-cp310-manylinux_2_28_x86_64`. */
  readonly wheelTags: readonly string[];
  readonly virtualPackages: readonly VirtualPackage[];
}
