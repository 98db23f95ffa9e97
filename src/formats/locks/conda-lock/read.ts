/** From the text of a conda-lock.yml to the model. reference: conda-lock 1.x to 3.x, relock-conda. */
import { hasUrlSecret } from "#packaging/safe-url.ts";
import type { Finding } from "../../finding.ts";
import { flavourOf } from "./flavour.ts";
import type { CondaLock, CondaLockChannel, CondaLockMetadata, CondaLockPackage } from "./model.ts";
import { isShownKey, readTree } from "./read-tree.ts";
import type { YamlListNode, YamlMapNode, YamlNode } from "./yaml-node.ts";

/** A lock and where it stands in its file, or why it is not read. */
export type CondaLockReading =
  | {
      readonly lock: CondaLock;
      /** 1-based line of each package, in the order of `lock.packages`. */
      readonly packageLines: readonly number[];
      /** What the reader should know of a lock that is read: keys and comments that writing would drop, secrets in URLs. */
      readonly warnings: readonly Finding[];
    }
  | { readonly finding: Finding };

/** Real locks have 16 MB at most (`decodeText`); text from elsewhere is held to the same. */
const MAXIMUM_LENGTH = 16 * 1024 * 1024;

/** A value has another type than conda-lock gives it; caught in `readCondaLock`. */
class Unreadable extends Error {
  readonly line: number;
  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

/**
 * Reads a conda-lock.yml. As conda-lock does it takes a missing category for `main`, missing dependencies for none, and
 * channels that are texts; unlike it a missing version for 1, and md5 may be missing.
 * @param path of the file, for findings
 * @returns a finding where the text is no lock, a Git LFS pointer, in conflict, or of another version than 1
 */
export function readCondaLock(path: string, text: string): CondaLockReading {
  const finding = (line: number | null, message: string): CondaLockReading => ({
    finding: { code: "unreadable-file", severity: "error", file: path, line, message, targets: [] },
  });
  if (text.startsWith("version https://git-lfs.github.com/spec/")) {
    return finding(
      1,
      "The file is a Git LFS pointer: its content is not read. Keep the lock in the repository itself.",
    );
  }
  if (text.length > MAXIMUM_LENGTH)
    return finding(null, `The lock has over ${MAXIMUM_LENGTH} characters and is not read.`);
  const conflict = /^(?:<{7}|>{7}) /m.exec(text);
  if (conflict !== null) {
    const line = text.slice(0, conflict.index).split("\n").length;
    return finding(
      line,
      "The file holds merge conflict markers: resolve the conflict, or delete the lock and lock again.",
    );
  }
  const tree = readTree(text);
  if (tree.kind === "unreadable") return finding(tree.line, sentence(tree.message));
  try {
    const notes: Notes = { unknown: new Map(), secrets: [] };
    const { lock, packageLines } = lockFrom(tree.root, { header: tree.header, text, notes });
    return { lock, packageLines, warnings: warningsOf(path, notes, tree.comments) };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return finding(error.line, sentence(error.message));
  }
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

interface Notes {
  /** First line by key. */
  readonly unknown: Map<string, number>;
  /** Lines of URLs that hold a token or a password. */
  readonly secrets: number[];
}

function warningsOf(path: string, notes: Notes, comments: readonly number[]): readonly Finding[] {
  const warning = (code: string, line: number, message: string): Finding => {
    return { code, severity: "warning", file: path, line, message, targets: [] };
  };
  const warnings: Finding[] = [];
  const [firstUnknown] = notes.unknown;
  if (firstUnknown !== undefined) {
    const keys = [...notes.unknown.keys()].filter(isShownKey).slice(0, 5);
    const shown = keys.length === 0 ? "" : `: ${keys.join(", ")}`;
    const message = `Keys that conda-lock does not know are dropped when the lock is written${shown}.`;
    warnings.push(warning("not-understood", firstUnknown[1], message));
  }
  const [comment] = comments;
  if (comment !== undefined) {
    const message = `Comments below the header (${comments.length}) are dropped when the lock is written, as conda-lock does.`;
    warnings.push(warning("not-understood", comment, message));
  }
  const [secret] = notes.secrets;
  if (secret !== undefined) {
    const advice = "replace it by an environment variable (https://host/t/$TOKEN/channel) and revoke it";
    const message = `A URL of the lock holds a token or a password (${notes.secrets.length} in the file): ${advice}.`;
    warnings.push(warning("secret-in-url", secret, message));
  }
  return warnings;
}

interface Context {
  readonly header: readonly string[];
  readonly text: string;
  readonly notes: Notes;
}

function lockFrom(
  root: YamlNode,
  context: Context,
): { readonly lock: CondaLock; readonly packageLines: readonly number[] } {
  if (root.kind !== "map" || !root.entries.has("package") || !root.entries.has("metadata")) {
    const line = root.line;
    throw new Unreadable("the file has no `metadata` and `package`: it is cut off, or it is no conda-lock.yml.", line);
  }
  const version = textAt(root, "version") ?? "1";
  if (version !== "1") {
    throw new Unreadable(
      `version ${version.slice(0, 20)} of conda-lock.yml is not known: lock again with conda-lock 3.`,
      lineOf(root, "version"),
    );
  }
  noteUnknown(root, ROOT_KEYS, context.notes);
  const metadata = metadataFrom(mapAt(root, "metadata") ?? missing(root, "metadata"), context.notes);
  const nodes = listAt(root, "package")?.items ?? [];
  const packages = nodes.map((node) => packageFrom(node, context.notes));
  const lock = { flavour: flavourOf(root, context.text), header: context.header, metadata, packages };
  return { lock, packageLines: nodes.map(({ line }) => line) };
}

const ROOT_KEYS = new Set("version metadata package".split(" "));
const METADATA_KEYS = new Set(
  "content_hash channels platforms sources time_metadata git_metadata inputs_metadata custom_metadata".split(" "),
);
const PACKAGE_KEYS = new Set(
  "name version manager platform dependencies url hash source build category optional".split(" "),
);

function metadataFrom(node: YamlMapNode, notes: Notes): CondaLockMetadata {
  noteUnknown(node, METADATA_KEYS, notes);
  const git = mapAt(node, "git_metadata");
  const inputs = mapAt(node, "inputs_metadata");
  const time = mapAt(node, "time_metadata");
  return {
    contentHash: textsAt(node, "content_hash") ?? new Map<string, string>(),
    channels: (listAt(node, "channels")?.items ?? []).map((item) => channelFrom(item, notes)),
    platforms: listOfTexts(node, "platforms"),
    sources: listOfTexts(node, "sources"),
    createdAt: time === null ? null : textAt(time, "created_at"),
    git:
      git === null
        ? null
        : {
            userName: textAt(git, "git_user_name"),
            userEmail: textAt(git, "git_user_email"),
            sha: textAt(git, "git_sha"),
          },
    inputs:
      inputs === null
        ? null
        : new Map(
            [...inputs.entries].map(([path, value]) => {
              if (value.kind !== "map") throw new Unreadable("an entry of `inputs_metadata` is not a map.", value.line);
              return [path, { md5: textAt(value, "md5"), sha256: textAt(value, "sha256") }];
            }),
          ),
    custom: textsAt(node, "custom_metadata"),
  };
}

function channelFrom(node: YamlNode, notes: Notes): CondaLockChannel {
  if (node.kind === "list") throw new Unreadable("a channel is a list.", node.line);
  if (node.kind === "text") return { url: checked(node.text, node.line, notes), usedEnvVars: [] };
  const url = textAt(node, "url") ?? missing(node, "url");
  return { url: checked(url, node.line, notes), usedEnvVars: listOfTexts(node, "used_env_vars") };
}

function packageFrom(node: YamlNode, notes: Notes): CondaLockPackage {
  if (node.kind !== "map") throw new Unreadable("a package is not a map.", node.line);
  noteUnknown(node, PACKAGE_KEYS, notes);
  const needed = (key: string): string => textAt(node, key) ?? missing(node, key);
  const manager = needed("manager");
  if (manager !== "conda" && manager !== "pip") {
    throw new Unreadable("the value of `manager` is neither conda nor pip.", lineOf(node, "manager"));
  }
  const hash = mapAt(node, "hash") ?? missing(node, "hash");
  const source = mapAt(node, "source");
  const category = textAt(node, "category") ?? "main";
  return {
    name: needed("name"),
    version: needed("version"),
    manager,
    platform: needed("platform"),
    dependencies: textsAt(node, "dependencies") ?? new Map<string, string>(),
    url: checked(needed("url"), lineOf(node, "url"), notes),
    hash: { md5: textAt(hash, "md5"), sha256: textAt(hash, "sha256") },
    source: source === null ? null : sourceFrom(source, notes),
    build: textAt(node, "build"),
    category,
    optional: flagAt(node, "optional") ?? category !== "main",
  };
}

function sourceFrom(node: YamlMapNode, notes: Notes): CondaLockPackage["source"] {
  const url = textAt(node, "url") ?? missing(node, "url");
  return { type: textAt(node, "type") ?? missing(node, "type"), url: checked(url, node.line, notes) };
}

function checked(url: string, line: number, notes: Notes): string {
  if (hasUrlSecret(url)) notes.secrets.push(line);
  return url;
}

function noteUnknown(node: YamlMapNode, known: ReadonlySet<string>, notes: Notes): void {
  for (const [key, { line }] of node.entries) {
    if (!known.has(key) && !notes.unknown.has(key) && notes.unknown.size < 100) notes.unknown.set(key, line);
  }
}

function lineOf(node: YamlMapNode, key: string): number {
  return node.entries.get(key)?.line ?? node.line;
}

function missing(node: YamlMapNode, key: string): never {
  throw new Unreadable(`the key \`${key}\` is missing: the lock was edited or cut off, so lock again.`, node.line);
}

/** null where the key is missing or has no value. */
function valueAt(node: YamlMapNode, key: string): YamlNode | null {
  const value = node.entries.get(key);
  if (value === undefined) return null;
  return value.kind === "text" && value.plain && value.text === "" ? null : value;
}

function textAt(node: YamlMapNode, key: string): string | null {
  const value = valueAt(node, key);
  if (value === null) return null;
  if (value.kind !== "text") throw new Unreadable(`the value of \`${key}\` is not a text.`, value.line);
  return value.text;
}

function flagAt(node: YamlMapNode, key: string): boolean | null {
  const value = textAt(node, key);
  if (value === null) return null;
  if (/^(?:true|yes|on)$/i.test(value)) return true;
  if (/^(?:false|no|off)$/i.test(value)) return false;
  throw new Unreadable(`the value of \`${key}\` is neither true nor false.`, lineOf(node, key));
}

function mapAt(node: YamlMapNode, key: string): YamlMapNode | null {
  const value = valueAt(node, key);
  if (value === null || value.kind === "map") return value;
  throw new Unreadable(`the value of \`${key}\` is not a map.`, value.line);
}

function listAt(node: YamlMapNode, key: string): YamlListNode | null {
  const value = valueAt(node, key);
  if (value === null || value.kind === "list") return value;
  throw new Unreadable(`the value of \`${key}\` is not a list.`, value.line);
}

function listOfTexts(node: YamlMapNode, key: string): readonly string[] {
  return (listAt(node, key)?.items ?? []).map((item) => {
    if (item.kind !== "text") throw new Unreadable(`an item of \`${key}\` is not a text.`, item.line);
    return item.text;
  });
}

function textsAt(node: YamlMapNode, key: string): ReadonlyMap<string, string> | null {
  const map = mapAt(node, key);
  if (map === null) return null;
  return new Map([...map.entries.keys()].map((name) => [name, textAt(map, name) ?? ""]));
}
