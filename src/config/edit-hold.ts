/** Writes holds into the text of `.github/relock.yml` and takes them out, leaving every other byte as it is. */
import { isMap, isScalar, parseDocument, stringify, type Pair, type YAMLMap } from "yaml";
import { normalizeName } from "#packaging/names.ts";
import { CONFIG_PATH, type Config } from "./config.ts";
import { readConfig } from "./read-config.ts";

/** The new text, or why there is none (a sentence). */
export type HoldEdit =
  { readonly kind: "edited"; readonly text: string } | { readonly kind: "refused"; readonly reason: string };

/**
 * Holds a package where it is (`specifier` null) or within a version range.
 * @param text of the file; null where there is none yet
 */
export function holdPackage(text: string | null, name: string, specifier: string | null): HoldEdit {
  const key = normalizeName(name);
  const before = text ?? "";
  return verified(
    before,
    (holds) => holds.set(key, specifier),
    () => {
      const value = specifier === null ? "current" : stringify(specifier, { defaultStringType: "QUOTE_DOUBLE" }).trim();
      return insert(before, key, value);
    },
  );
}

/** Lets a held package move again. A package that is not held is a refusal. */
export function unholdPackage(text: string | null, name: string): HoldEdit {
  const key = normalizeName(name);
  const before = text ?? "";
  const current = holdsOf(before);
  if (current !== null && !current.has(key)) {
    return { kind: "refused", reason: `${key} is not held in ${CONFIG_PATH}.` };
  }
  return verified(
    before,
    (holds) => holds.delete(key),
    () => remove(before, key),
  );
}

/** Makes the edit and proves by reading that the holds are as wanted and everything else is as before. */
function verified(
  before: string,
  change: (holds: Map<string, string | null>) => void,
  edit: () => string | null,
): HoldEdit {
  const old = readConfig(before, null);
  if (old.kind === "invalid") {
    const [first] = old.problems;
    return { kind: "refused", reason: `${old.file}:${first?.line ?? 1} is invalid: ${first?.message ?? ""}` };
  }
  const text = edit();
  const reread = text === null ? null : readConfig(text, null);
  const wanted = holdMap(old.config);
  change(wanted);
  const fits =
    reread?.kind === "valid" &&
    sameHolds(holdMap(reread.config), wanted) &&
    others(reread.config) === others(old.config);
  if (text === null || !fits) {
    return {
      kind: "refused",
      reason: `${CONFIG_PATH} is written in a way that cannot be edited safely: change \`hold\` by hand.`,
    };
  }
  return { kind: "edited", text };
}

function holdsOf(text: string): Map<string, string | null> | null {
  const answer = readConfig(text, null);
  return answer.kind === "valid" ? holdMap(answer.config) : null;
}

function holdMap(config: Config): Map<string, string | null> {
  return new Map(config.hold.map((rule) => [rule.name, rule.specifier]));
}

function sameHolds(one: ReadonlyMap<string, string | null>, other: ReadonlyMap<string, string | null>): boolean {
  return (
    one.size === other.size && [...one].every(([name, specifier]) => other.has(name) && other.get(name) === specifier)
  );
}

function others(config: Config): string {
  return JSON.stringify({ ...config, hold: [] });
}

/** The `hold` entry of the file, with its map where it has one. */
interface HoldEntry {
  readonly pair: Pair;
  readonly keyEnd: number;
  readonly map: YAMLMap | null;
}

function findHold(text: string): HoldEntry | null {
  const document = parseDocument(text, { logLevel: "error" });
  if (!isMap(document.contents)) return null;
  const pair = document.contents.items.find((each) => isScalar(each.key) && each.key.value === "hold");
  if (pair === undefined || !isScalar(pair.key)) return null;
  return { pair, keyEnd: pair.key.range?.[1] ?? 0, map: isMap(pair.value) ? pair.value : null };
}

function insert(text: string, name: string, value: string): string {
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  const hold = findHold(text);
  if (hold === null) {
    const gap = text === "" || /[\r\n]$/.test(text) ? "" : end;
    return `${text}${gap}hold:${end}  ${name}: ${value}${end}`;
  }
  const { map } = hold;
  const existing = map?.items.find((each) => isScalar(each.key) && normalizeName(String(each.key.value)) === name);
  if (existing !== undefined) return replaceValue(text, existing, value);
  if (map === null || (map.items.length === 0 && map.flow !== true)) {
    const colon = text.indexOf(":", hold.keyEnd) + 1;
    const null_ = /^[ \t]*(?:null|~)/i.exec(text.slice(colon))?.[0].length ?? 0;
    const rest = text.slice(colon + null_);
    const lineEnd = rest.search(/[\r\n]/);
    const tail = lineEnd < 0 ? rest : rest.slice(0, lineEnd);
    return `${text.slice(0, colon)}${tail}${end}  ${name}: ${value}${lineEnd < 0 ? end : rest.slice(lineEnd)}`;
  }
  return map.flow === true
    ? insertIntoFlow(text, map, `${name}: ${value}`)
    : insertIntoBlock(text, map, { name, value, end });
}

function replaceValue(text: string, pair: Pair, value: string): string {
  const keyEnd = startAndEnd(pair.key)[1];
  const [start, finish] = startAndEnd(pair.value);
  if (finish > start) return text.slice(0, start) + value + text.slice(finish);
  const colon = text.indexOf(":", keyEnd) + 1;
  return `${text.slice(0, colon)} ${value}${text.slice(colon)}`;
}

function insertIntoFlow(text: string, map: YAMLMap, entry: string): string {
  const [start, finish] = startAndEnd(map);
  const last = map.items.at(-1);
  if (last === undefined) return `${text.slice(0, start)}{ ${entry} }${text.slice(finish)}`;
  const after = Math.max(startAndEnd(last.key)[1], startAndEnd(last.value)[1]);
  return `${text.slice(0, after)}, ${entry}${text.slice(after)}`;
}

/** Behind the line of the last entry, so that its comment stays with it, at the indentation of the first. */
function insertIntoBlock(
  text: string,
  map: YAMLMap,
  entry: { readonly name: string; readonly value: string; readonly end: string },
): string {
  const first = startAndEnd(map.items[0]?.key)[0];
  const indent = text.slice(text.lastIndexOf("\n", first - 1) + 1, first);
  const last = map.items.at(-1);
  const after = Math.max(startAndEnd(last?.key)[1], startAndEnd(last?.value)[1]);
  const newline = text.indexOf("\n", after);
  const line = `${indent}${entry.name}: ${entry.value}${entry.end}`;
  return newline < 0 ? `${text}${entry.end}${line}` : text.slice(0, newline + 1) + line + text.slice(newline + 1);
}

/** Takes out the lines of an entry; with the last one the whole `hold` key goes. */
function remove(text: string, name: string): string | null {
  const hold = findHold(text);
  const map = hold?.map;
  if (hold === null || map === null || map === undefined) return null;
  const index = map.items.findIndex((each) => isScalar(each.key) && normalizeName(String(each.key.value)) === name);
  const pair = map.items[index];
  if (pair === undefined) return null;
  if (map.items.length === 1) return cutLines(text, startAndEnd(hold.pair.key)[0], startAndEnd(map)[1]);
  const [start] = startAndEnd(pair.key);
  const finish = Math.max(startAndEnd(pair.key)[1], startAndEnd(pair.value)[1]);
  if (map.flow !== true) return cutLines(text, start, finish);
  const next = map.items[index + 1];
  if (next !== undefined) return text.slice(0, start) + text.slice(startAndEnd(next.key)[0]);
  const previous = map.items[index - 1];
  const from = Math.max(startAndEnd(previous?.key)[1], startAndEnd(previous?.value)[1]);
  return text.slice(0, from) + text.slice(finish);
}

function cutLines(text: string, start: number, finish: number): string {
  const from = text.lastIndexOf("\n", start - 1) + 1;
  // A block map ends where the next key starts: its last character is then on the line before.
  const last = /[\r\n]$/.test(text.slice(0, finish)) ? finish - 1 : finish;
  const newline = text.indexOf("\n", last);
  return text.slice(0, from) + (newline < 0 ? "" : text.slice(newline + 1));
}

function startAndEnd(node: unknown): readonly [number, number] {
  const range = (node as { range?: readonly number[] | null } | null | undefined)?.range;
  return [range?.[0] ?? 0, range?.[1] ?? 0];
}
