/** What conda-lock assumes of the machines that a lock is for (CEP 30). */
import type { VirtualPackage } from "#packaging/platform-tags.ts";
import type { PlatformName } from "#packaging/target.ts";
import type { Finding } from "../../finding.ts";
import { entriesOf, itemsOf, readYaml, startOf, stringOf, valueOf, type YamlText } from "../../text/read-yaml.ts";
import { isMap } from "yaml";
import { isShownKey } from "./read-tree.ts";

/** The virtual packages that a file gives for each platform that it names. */
export type VirtualPackageOverride = ReadonlyMap<string, readonly VirtualPackage[]>;

export interface VirtualPackageOptions {
  /** Of `virtual-packages.yml`: takes the place of all defaults, on platforms that it does not name too. */
  readonly override?: VirtualPackageOverride | null;
  /** `--with-cuda VERSION`; the empty text is `--without-cuda`. Without effect beside `override`. */
  readonly cuda?: string | null;
}

const CUDA = "11.4";
/** The newest C library that conda-lock builds pip's tags for. */
const GLIBC = "2.28";

const MICROARCHITECTURES: Readonly<Record<PlatformName, string>> = {
  "linux-64": "x86_64",
  "linux-aarch64": "aarch64",
  "linux-ppc64le": "ppc64le",
  "osx-64": "x86_64",
  "osx-arm64": "arm64",
  "win-64": "x86_64",
  "win-arm64": "",
};

/**
 * The virtual packages that conda-lock 2 and 3 solve a platform with.
 * @returns none for win-arm64, which conda-lock has no defaults for
 */
export function condaLockVirtualPackages(
  platform: PlatformName,
  { override = null, cuda = null }: VirtualPackageOptions = {},
): readonly VirtualPackage[] {
  if (override !== null) return override.get(platform) ?? [];
  const microarchitecture = MICROARCHITECTURES[platform];
  if (microarchitecture === "") return [];
  const plain = (name: string, version: string): VirtualPackage => ({ name, version, build: "0" });
  const system = platform.startsWith("linux")
    ? [plain("__unix", "0"), plain("__linux", "5.10"), plain("__glibc", GLIBC)]
    : platform.startsWith("osx")
      ? [plain("__unix", "0"), plain("__osx", "11.0")]
      : [plain("__win", "0")];
  const cudaVersion = cuda ?? CUDA;
  const hasCuda = !platform.startsWith("osx") && cudaVersion !== "";
  return [
    { name: "__archspec", version: "1", build: microarchitecture },
    ...system,
    ...(hasCuda ? [plain("__cuda", cudaVersion)] : []),
  ];
}

/**
 * Reads `virtual-packages.yml`: `subdirs: {linux-64: {packages: {__glibc: "2.17", __archspec: "1 x86_64"}}}`.
 * @returns a finding where the file has another shape
 */
export function readVirtualPackages(
  path: string,
  text: string,
): { readonly virtualPackages: VirtualPackageOverride } | { readonly finding: Finding } {
  const refused = (line: number | null, message: string): { readonly finding: Finding } => {
    return { finding: { code: "unreadable-file", severity: "error", file: path, line, message, targets: [] } };
  };
  const answer = readYaml(text);
  if (answer.kind === "unreadable") return refused(answer.line, `The file cannot be read: ${answer.message}`);
  const { yaml } = answer;
  const subdirs = valueOf(yaml, yaml.root, "subdirs");
  if (!isMap(subdirs)) return refused(1, "The file has no `subdirs` map: conda-lock refuses it.");
  const found = new Map<string, readonly VirtualPackage[]>();
  for (const { name: subdir, value } of entriesOf(subdirs)) {
    const packages = valueOf(yaml, yaml.follow(value), "packages");
    if (!isMap(packages)) {
      return refused(yaml.lineOf(startOf(value)), `${shownSubdir(subdir)} has no \`packages\` map.`);
    }
    const list = packagesOf(yaml, packages);
    if ("line" in list) return refused(list.line, list.message);
    found.set(subdir, list.packages);
  }
  return { virtualPackages: found };
}

function shownSubdir(subdir: string): string {
  return /^[a-z]{1,10}-[a-z0-9]{1,10}$/.test(subdir) ? subdir : "A platform";
}

type PackageList =
  { readonly packages: readonly VirtualPackage[] } | { readonly line: number; readonly message: string };

function packagesOf(yaml: YamlText, map: Parameters<typeof entriesOf>[0]): PackageList {
  const packages: VirtualPackage[] = [];
  for (const { key, name, value } of entriesOf(map)) {
    const line = yaml.lineOf(startOf(key));
    const shown = isShownKey(name) ? name : "A key";
    if (!name.startsWith("__"))
      return { line, message: `${shown} is no virtual package: their names start with \`__\`.` };
    const node = yaml.follow(value);
    const version = stringOf(node);
    if (version === null || itemsOf(yaml, node).length > 0) return { line, message: `${shown} has no version.` };
    const [number = "", build = "0"] = version.trim().split(/\s+/);
    packages.push({ name, version: number, build });
  }
  return { packages };
}
