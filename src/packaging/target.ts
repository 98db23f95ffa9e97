/** A target: platform + accelerator + Python, and what follows from them. */
import type { MarkerEnvironment } from "./marker-syntax.ts";
import { formatVersion, makeVersion, parseVersion } from "./pep440-version.ts";
import { MACHINES, type PlatformName, type VirtualPackage } from "./platform-tags.ts";
import { wheelTagsFor } from "./wheel-tags.ts";

export type { PlatformName, VirtualPackage } from "./platform-tags.ts";
export type Accelerator = "cpu" | "cuda";

export const PLATFORMS: readonly PlatformName[] = [
  "linux-64",
  "linux-aarch64",
  "linux-ppc64le",
  "osx-64",
  "osx-arm64",
  "win-64",
  "win-arm64",
];

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

export interface TargetRequest {
  readonly platform: PlatformName;
  readonly accelerator: Accelerator;
  /** `3.9` means 3.9.0. */
  readonly python: string;
  /** All of them; without it the platform's defaults. */
  readonly virtualPackages?: readonly VirtualPackage[];
  /** Without it the platform, and `-cuda`. */
  readonly id?: string;
}

export function isPlatformName(text: string): text is PlatformName {
  return PLATFORMS.some((platform) => platform === text);
}

/**
 * Derives the marker environment and the wheel tags of CPython on a platform.
 * @throws RangeError where `python` is no version: the caller has checked what people write
 */
export function makeTarget(request: TargetRequest): Target {
  const { platform, accelerator } = request;
  const python = fullPythonVersion(request.python);
  if (python === null) throw new RangeError(`"${request.python}" is not a version of Python`);
  const virtualPackages = request.virtualPackages ?? defaultVirtualPackages(platform, accelerator);
  return {
    id: request.id ?? (accelerator === "cuda" ? `${platform}-cuda` : platform),
    platform,
    accelerator,
    python,
    markerEnvironment: markerEnvironmentFor(platform, python),
    wheelTags: wheelTagsFor({ platform, python, virtualPackages }),
    virtualPackages,
  };
}

/** A version of Python with all three numbers, normalised: `3.9.0` of `3.9`; null where it is no version. */
export function fullPythonVersion(text: string): string | null {
  const version = parseVersion(text);
  if (version === null) return null;
  const [major = 0, minor = 0, micro = 0] = version.release;
  return formatVersion(makeVersion({ ...version, release: [major, minor, micro], local: null }));
}

/**
 * Values of the marker variables for CPython on a platform.
 * Release and version of the operating system are unknown to a lock, hence empty.
 * @param python full, as `fullPythonVersion` gives it
 */
export function markerEnvironmentFor(platform: PlatformName, python: string): MarkerEnvironment {
  const system = platform.startsWith("linux") ? "Linux" : platform.startsWith("osx") ? "Darwin" : "Windows";
  return {
    os_name: system === "Windows" ? "nt" : "posix",
    sys_platform: system === "Windows" ? "win32" : system.toLowerCase(),
    platform_machine: MACHINES[platform],
    platform_python_implementation: "CPython",
    platform_release: "",
    platform_system: system,
    platform_version: "",
    python_version: python.split(".").slice(0, 2).join("."),
    python_full_version: python,
    implementation_name: "cpython",
    implementation_version: python,
  };
}

/** CUDA of a driver that runs what conda-forge and PyPI build for CUDA 12. */
const CUDA_VERSION = "12.0";

const MICROARCHITECTURES: Readonly<Record<PlatformName, string>> = {
  "linux-64": "x86_64",
  "linux-aarch64": "aarch64",
  "linux-ppc64le": "ppc64le",
  "osx-64": "x86_64",
  "osx-arm64": "m1",
  "win-64": "x86_64",
  "win-arm64": "aarch64",
};

/** What a platform is assumed to have where nobody says otherwise (CEP 30); `__cuda` for the CUDA accelerator alone. */
export function defaultVirtualPackages(platform: PlatformName, accelerator: Accelerator): readonly VirtualPackage[] {
  const plain = (name: string, version: string): VirtualPackage => ({ name, version, build: "0" });
  const system = platform.startsWith("linux")
    ? [plain("__unix", "0"), plain("__linux", "5.10"), plain("__glibc", "2.28")]
    : platform.startsWith("osx")
      ? [plain("__unix", "0"), plain("__osx", "13.0")]
      : [plain("__win", "10.0")];
  const architecture = { name: "__archspec", version: "1", build: MICROARCHITECTURES[platform] };
  return [architecture, ...system, ...(accelerator === "cuda" ? [plain("__cuda", CUDA_VERSION)] : [])];
}
