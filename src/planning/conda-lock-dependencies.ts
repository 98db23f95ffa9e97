/** The `dependencies` of a conda package as conda-lock writes them, and whether what an older conda-lock wrote says the same. */
import { condaHashSpec } from "#formats/locks/conda-lock/hash-specs.ts";
import { MAIN_CATEGORY } from "./conda-lock-categories.ts";

/**
 * Version specs by name, sorted by name: builds are left out, an empty text stands for any version, and several match specs
 * of one name are joined. Virtual packages are dependencies too.
 */
export function condaLockDependencies(depends: readonly string[]): ReadonlyMap<string, string> {
  const entries = [...versionTexts(depends)].map(([name, texts]) => [name, joined(texts)] as const);
  return new Map(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** Whether a lock's `dependencies` say what the record says, in the words of any conda-lock: older ones wrote only the last match spec of a name. */
export function saysTheSame(written: ReadonlyMap<string, string>, depends: readonly string[]): boolean {
  const texts = versionTexts(depends);
  if (texts.size !== written.size) {
    return false;
  }
  return [...texts].every(([name, own]) => {
    const text = written.get(name);
    if (text === undefined) {
      return false;
    }
    const plain = plainText(versionText(`${name} ${text}`)?.version ?? text);
    return plain === plainText(joined(own)) || own.some((each) => plain === plainText(each));
  });
}

function versionTexts(depends: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const byName = new Map<string, string[]>();
  for (const text of depends) {
    const read = versionText(text);
    if (read !== null) {
      byName.set(read.name, [...(byName.get(read.name) ?? []), read.version]);
    }
  }
  return byName;
}

/** Name and version as conda's MatchSpec keeps them; null for what is no match spec: a record with such a dependency is never chosen. */
function versionText(text: string): { readonly name: string; readonly version: string } | null {
  const spec = condaHashSpec({ text, category: MAIN_CATEGORY });
  return "problem" in spec || spec.kind !== "versioned" ? null : { name: spec.name, version: spec.version };
}

function joined(texts: readonly string[]): string {
  const distinct = [...new Set(texts)].filter((text) => text !== "");
  const limiting = distinct.filter((text) => text !== "*");
  return (limiting.length > 0 ? limiting : distinct).join(",");
}

/** `==1.0` and `1.0` are the same, and so are `*` and nothing. */
function plainText(text: string): string {
  return text === "*" ? "" : text.replace(/^==/u, "");
}
