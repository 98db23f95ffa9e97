/** What finding projects needs of a conda-lock.yml: its metadata, without reading the packages. */
import { isPlatformName, type PlatformName } from "#packaging/target.ts";
import { entriesOf, itemsOf, readYaml, stringOf, valueOf } from "../text/read-yaml.ts";
import { isMap } from "yaml";

export interface CondaLockFacts {
  readonly platforms: readonly PlatformName[];
  /** As written, relative to the directory of the lock; older locks have absolute paths of another machine. */
  readonly sources: readonly string[];
  /** Content hashes of all platforms. */
  readonly hashes: readonly string[];
}

/** Metadata is a page long, whatever the lock has. */
const MAXIMUM_METADATA = 100_000;

/** Reads the `metadata` of a lock; null where it is no metadata of conda-lock. */
export function readLockFacts(text: string): CondaLockFacts | null {
  const start = /^metadata:[ \t]*\r?$/m.exec(text)?.index;
  if (start === undefined) return null;
  const rest = text.slice(start, start + MAXIMUM_METADATA);
  const end = /\n(?=[^\s#-])/.exec(rest)?.index ?? rest.length;
  const answer = readYaml(`${rest.slice(0, end)}\n`);
  if (answer.kind === "unreadable") return null;
  const { yaml } = answer;
  const metadata = valueOf(yaml, yaml.root, "metadata");
  const texts = (key: string): readonly string[] =>
    itemsOf(yaml, valueOf(yaml, metadata, key)).flatMap((item) => stringOf(item) ?? []);
  const hashes = valueOf(yaml, metadata, "content_hash");
  const hashed = isMap(hashes) ? entriesOf(hashes) : [];
  const named = [...texts("platforms"), ...hashed.map(({ name }) => name)];
  if (named.length === 0 && texts("sources").length === 0) return null;
  return {
    platforms: [...new Set(named)].filter(isPlatformName),
    sources: texts("sources"),
    hashes: hashed.flatMap(({ value }) => stringOf(value) ?? []),
  };
}

/** Names and versions of the packages by manager, line by line; what is not written as conda-lock does is passed over. */
export function lockedCondaVersions(
  text: string,
): readonly { readonly manager: string; readonly name: string; readonly version: string }[] {
  const found: { manager: string; name: string; version: string }[] = [];
  const start = /^package:[ \t]*\r?$/m.exec(text)?.index ?? text.length;
  let entry = new Map<string, string>();
  let indent = "  ";
  const finish = (): void => {
    const [name, version] = [entry.get("name"), entry.get("version")];
    if (name !== undefined && version !== undefined)
      found.push({ manager: entry.get("manager") ?? "conda", name, version });
  };
  for (const line of text.slice(start).split("\n")) {
    const dash = /^(?<before> {0,2})- /.exec(line)?.groups?.["before"];
    if (dash !== undefined) {
      finish();
      entry = new Map();
      indent = `${dash}  `;
    }
    // Dependencies stand deeper, and may have any name.
    const [, before, key, value] =
      /^( {0,2}(?:- | {2})?)(name|version|manager): ['"]?([^'"\s]+)['"]?\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined && before?.replace("-", " ") === indent) entry.set(key, value);
  }
  finish();
  return found;
}
