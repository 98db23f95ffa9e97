/** Which tool's layout a conda-lock.yml has. */
import type { CondaLockFlavour } from "./model.ts";
import { YAML_WIDTH } from "./yaml-scalar.ts";
import type { YamlNode } from "./yaml-node.ts";

/** Read off the text: the order of keys, the indentation of lists, and the URLs on lines of their own. */
export function flavourOf(root: YamlNode, text: string): CondaLockFlavour {
  const listIndent = /^(?:package|channels|platforms|sources):\r?\n( *)-/m.exec(text)?.[1];
  return {
    keyOrder: keyOrderOf(root),
    listIndent: listIndent === "  " ? 2 : 0,
    longWords: longWordsOf(text),
    lineEnding: text.includes("\r\n") ? "crlf" : "lf",
  };
}

/** By the first key of a package: `name`, or `category` where keys are sorted. */
function keyOrderOf(root: YamlNode): CondaLockFlavour["keyOrder"] {
  if (root.kind !== "map") return "declared";
  const packages = root.entries.get("package");
  const first = packages?.kind === "list" ? packages.items[0] : undefined;
  const [firstKey = "name"] = keysOf(first ?? root);
  return firstKey === "name" || firstKey === "version" ? "declared" : "sorted";
}

function keysOf(node: YamlNode): Iterable<string> {
  return node.kind === "map" ? node.entries.keys() : [];
}

function longWordsOf(text: string): CondaLockFlavour["longWords"] {
  if (!/^ *url:\r?\n/m.test(text)) return "stay";
  for (const [line] of text.matchAll(/^ *(?:- )?url: \S+$/gm)) {
    if (line.length > YAML_WIDTH) return "over-width";
  }
  return "over-column";
}
