/** The target that the options of `relock solve` describe. */
import {
  defaultVirtualPackages,
  isPlatformName,
  PLATFORMS,
  type PlatformName,
  type VirtualPackage,
} from "#packaging/target.ts";
import { UsageError } from "./errors.ts";

export interface TargetOptions {
  readonly platform: string;
  readonly virtualPackage: readonly string[];
}

export interface TargetPlatform {
  readonly platform: PlatformName;
  /** The platform's defaults, with those that were named in their place. */
  readonly virtualPackages: readonly VirtualPackage[];
}

/** @throws UsageError with one sentence that names the option and what to write */
export function readPlatform({ platform, virtualPackage }: TargetOptions): TargetPlatform {
  if (!isPlatformName(platform)) {
    throw new UsageError(`--platform: '${platform}' is none of ${PLATFORMS.join(", ")}`);
  }
  const packages = new Map(defaultVirtualPackages(platform, "cpu").map((each) => [each.name, each]));
  for (const each of virtualPackage.map(readVirtualPackage)) packages.set(each.name, each);
  return { platform, virtualPackages: [...packages.values()] };
}

function readVirtualPackage(text: string): VirtualPackage {
  const [name = "", version = "", build = "0", ...rest] = text.split("=");
  if (!/^__[a-z0-9_]+$/.test(name) || version === "" || rest.length > 0) {
    throw new UsageError(`--virtual-package: '${text}' is not NAME=VERSION or NAME=VERSION=BUILD, like __glibc=2.17`);
  }
  return { name, version, build };
}
