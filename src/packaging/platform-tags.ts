/** The platform part of wheel tags: manylinux (PEP 513, 571, 599, 600), musllinux (656), macOS, Windows. */
import { parseVersion } from "./pep440-version.ts";

export interface WheelPlatform {
  readonly platform: PlatformName;
  /** `__glibc`, `__musl` and `__osx` tell how old a wheel's platform may be. */
  readonly virtualPackages: readonly VirtualPackage[];
}

export type PlatformName =
  "linux-64" | "linux-aarch64" | "linux-ppc64le" | "osx-64" | "osx-arm64" | "win-64" | "win-arm64";

/** An assumed capability of a platform (CEP 30). */
export interface VirtualPackage {
  /** With its leading underscores, `__glibc`. */
  readonly name: string;
  readonly version: string;
  readonly build: string;
}

/** `platform_machine` of each platform. */
export const MACHINES: Readonly<Record<PlatformName, string>> = {
  "linux-64": "x86_64",
  "linux-aarch64": "aarch64",
  "linux-ppc64le": "ppc64le",
  "osx-64": "x86_64",
  "osx-arm64": "arm64",
  "win-64": "AMD64",
  "win-arm64": "ARM64",
};

/** Best first: the newest system that the platform satisfies comes before older ones. */
export function platformTagsFor(request: WheelPlatform): string[] {
  const machine = MACHINES[request.platform];
  if (request.platform.startsWith("linux")) return linuxTags(machine, request);
  if (request.platform.startsWith("osx")) return macTags(machine, versionOf("__osx", request));
  return [`win_${machine.toLowerCase()}`];
}

function linuxTags(machine: string, request: WheelPlatform): string[] {
  const glibc = versionOf("__glibc", request);
  const musl = versionOf("__musl", request);
  return [
    ...(glibc === null ? [] : manylinuxTags(machine, glibc)),
    ...(musl === null ? [] : downFrom(musl[1], 0).map((minor) => `musllinux_${musl[0]}_${minor}_${machine}`)),
    `linux_${machine}`,
  ];
}

/** Names from before PEP 600, by the minor version of glibc 2 that they stand for. */
const MANYLINUX_ALIASES: Readonly<Record<number, string>> = {
  17: "manylinux2014",
  12: "manylinux2010",
  5: "manylinux1",
};

function manylinuxTags(machine: string, [major, minor]: readonly [number, number]): string[] {
  if (major !== 2) return [];
  // Other machines have no wheels for a glibc from before manylinux2014.
  return downFrom(minor, machine === "x86_64" ? 5 : 17).flatMap((each) => {
    const alias = MANYLINUX_ALIASES[each];
    const exact = `manylinux_2_${each}_${machine}`;
    return alias === undefined ? [exact] : [exact, `${alias}_${machine}`];
  });
}

function macTags(machine: string, version: readonly [number, number] | null): string[] {
  if (version === null) return [];
  const [major, minor] = version;
  const formats =
    machine === "arm64" ? ["arm64", "universal2"] : ["x86_64", "intel", "fat64", "fat32", "universal2", "universal"];
  const tags = (first: number, second: number, each: readonly string[]) =>
    each.map((format) => `macosx_${first}_${second}_${format}`);
  if (major === 10) return machine === "arm64" ? [] : downFrom(minor, 4).flatMap((each) => tags(10, each, formats));
  // From macOS 11 on the major version counts alone. A universal2 wheel may name a 10.x for the sake of its x86_64 half.
  const newer = downFrom(major, 11).flatMap((each) => tags(each, 0, formats));
  const legacy = machine === "arm64" ? ["universal2"] : formats;
  return [...newer, ...downFrom(16, 4).flatMap((each) => tags(10, each, legacy))];
}

function downFrom(highest: number, lowest: number): number[] {
  return Array.from({ length: Math.max(0, highest - lowest + 1) }, (_, index) => highest - index);
}

function versionOf(name: string, request: WheelPlatform): readonly [number, number] | null {
  const text = request.virtualPackages.find((each) => each.name === name)?.version;
  const release = text === undefined ? undefined : parseVersion(text)?.release;
  return release === undefined ? null : [release[0] ?? 0, release[1] ?? 0];
}
