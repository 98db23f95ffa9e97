/** The tree of a conda-lock.yml: by the line reader, or by the YAML parser where the file has another shape. */
import { isAlias, isMap, isScalar, isSeq } from "yaml";
import { readYaml, startOf, stringOf, type YamlText } from "../../text/read-yaml.ts";
import { readLines } from "./read-lines.ts";
import type { YamlNode, YamlTree } from "./yaml-node.ts";

const MAXIMUM_DEPTH = 12;

export function readTree(text: string): YamlTree {
  return readLines(text) ?? readAnyYaml(text);
}

/** Something that no lock holds; caught in `readAnyYaml`. */
class Unreadable extends Error {
  readonly line: number;
  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

/** Reads by the YAML parser alone. */
export function readAnyYaml(text: string): YamlTree {
  const answer = readYaml(text);
  if (answer.kind === "unreadable") return answer;
  const { yaml } = answer;
  try {
    const lines = text.split(/\r?\n/);
    const first = lines.findIndex((line) => line.trim() !== "" && !line.startsWith("#"));
    const header = lines.slice(0, Math.max(0, first)).filter((line) => line.startsWith("#"));
    const comments = lines.flatMap((line, index) =>
      index > first && line.trimStart().startsWith("#") ? [index + 1] : [],
    );
    return { kind: "tree", root: convert(yaml, yaml.root, { depth: 0, line: 1 }), header, comments };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { kind: "unreadable", line: error.line, message: error.message };
  }
}

/** Whether a key may stand in a message: a damaged file may have a URL with a token for one. */
export function isShownKey(key: string): boolean {
  return /^[a-z_][a-z0-9_]{0,19}$/.test(key);
}

function convert(yaml: YamlText, node: unknown, at: { readonly depth: number; readonly line: number }): YamlNode {
  if (at.depth > MAXIMUM_DEPTH) throw new Unreadable("the file nests deeper than any lock.", at.line);
  if (isAlias(node)) throw new Unreadable("the file has a YAML alias, which no lock needs.", at.line);
  const line = startOf(node) === 0 ? at.line : yaml.lineOf(startOf(node));
  const below = { depth: at.depth + 1, line };
  if (isMap(node)) {
    const entries = new Map<string, YamlNode>();
    for (const { key, value } of node.items) {
      const name = stringOf(key);
      if (name === null) throw new Unreadable("a key is not a text.", line);
      if (entries.has(name))
        throw new Unreadable(`${isShownKey(name) ? `the key ${name}` : "a key"} occurs twice in one map.`, line);
      entries.set(name, convert(yaml, value, below));
    }
    return { kind: "map", entries, line };
  }
  if (isSeq(node)) {
    return { kind: "list", items: node.items.map((item) => convert(yaml, item, below)), indent: 0, line };
  }
  const plain = isScalar(node) && node.type === "PLAIN";
  return { kind: "text", text: stringOf(node) ?? "", plain, column: -1, line };
}
