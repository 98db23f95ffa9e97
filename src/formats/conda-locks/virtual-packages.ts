/** virtual-packages.yml: what conda-lock assumes of a platform. */
import { isMap } from "yaml";
import { isPlatformName, type PlatformName, type VirtualPackage } from "#packaging/target.ts";
import { entriesOf, readYaml, stringOf, valueOf } from "../text/read-yaml.ts";

/**
 * Reads `subdirs: {linux-64: {packages: {__cuda: "12.0", __archspec: "1 x86_64"}}}`.
 * @returns what the file says and nothing else: conda-lock's own defaults do not count beside such a file, those of the
 * machine that it runs on do. null where it is no such file
 */
export function readVirtualPackages(text: string): ReadonlyMap<PlatformName, readonly VirtualPackage[]> | null {
  const answer = readYaml(text);
  if (answer.kind === "unreadable") return null;
  const { yaml } = answer;
  const subdirs = valueOf(yaml, yaml.root, "subdirs");
  if (!isMap(subdirs)) return null;
  const platforms = new Map<PlatformName, readonly VirtualPackage[]>();
  for (const { name: platform, value } of entriesOf(subdirs)) {
    const packages = valueOf(yaml, yaml.follow(value), "packages");
    if (!isPlatformName(platform) || !isMap(packages)) continue;
    const listed = entriesOf(packages).flatMap(({ name, value: written }): readonly VirtualPackage[] => {
      const [version = "", build = "0"] = (stringOf(yaml.follow(written)) ?? "").trim().split(/\s+/);
      return /^__[a-z0-9_]+$/.test(name) ? [{ name, version: version === "" ? "0" : version, build }] : [];
    });
    platforms.set(platform, listed);
  }
  return platforms;
}
