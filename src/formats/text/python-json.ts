/** `json.dumps(value, sort_keys=True)` of Python, on TOML values and what JSON adds: lock tools hash its text. */
import type { TomlNode, TomlScalar } from "./toml-tree.ts";

/** JSON null is Poetry's value for a missing key; texts, numbers and arrays of JavaScript stand for what they are. */
export type PythonJsonValue =
  | TomlNode
  | null
  | string
  | boolean
  /** A whole number. */
  | number
  | readonly PythonJsonValue[]
  | { readonly kind: "object"; readonly entries: PythonJsonEntries };
export type PythonJsonEntries = readonly (readonly [key: string, value: PythonJsonValue])[];

/** The text, or the first value that Python's JSON cannot hold. */
export type PythonJson = { readonly text: string } | { readonly unserializable: TomlScalar };

export function pythonJson(value: PythonJsonValue): PythonJson {
  const dates: TomlScalar[] = [];
  const text = dump(value, dates);
  const [unserializable] = dates;
  return unserializable === undefined ? { text } : { unserializable };
}

function dump(value: PythonJsonValue, dates: TomlScalar[]): string {
  if (value === null) return "null";
  if (typeof value === "string") return pythonString(value);
  if (typeof value === "boolean" || typeof value === "number") return String(value);
  if (Array.isArray(value)) return pythonArray(value as readonly PythonJsonValue[], dates);
  return dumpNode(value as PythonJsonNode, dates);
}

function pythonArray(items: readonly PythonJsonValue[], dates: TomlScalar[]): string {
  return `[${items.map((item) => dump(item, dates)).join(", ")}]`;
}

type PythonJsonNode = TomlNode | { readonly kind: "object"; readonly entries: PythonJsonEntries };

function dumpNode(value: PythonJsonNode, dates: TomlScalar[]): string {
  switch (value.kind) {
    case "string":
      return pythonString(value.value);
    case "boolean":
      return value.text;
    case "integer":
      return pythonInteger(value.text);
    case "float":
      return pythonFloat(value.text);
    case "date":
      dates.push(value);
      return "";
    case "list":
      return pythonArray(value.items, dates);
    case "table":
    case "object": {
      const entries = [...value.entries].sort(([a], [b]) => compareCodePoints(a, b));
      return `{${entries.map(([key, item]) => `${pythonString(key)}: ${dump(item, dates)}`).join(", ")}}`;
    }
  }
}

/** Python orders texts by code point; JavaScript by UTF-16 unit, which puts U+1F600 before U+FF5E. */
function compareCodePoints(a: string, b: string): number {
  const left = Array.from(a, (character) => character.codePointAt(0) ?? 0);
  const right = Array.from(b, (character) => character.codePointAt(0) ?? 0);
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\f": "\\f",
  "\b": "\\b",
};

/** ASCII only: everything outside space to `~` is escaped, astral characters as two surrogates, U+007F too. */
function pythonString(text: string): string {
  const escaped = text.replace(/[^ !#-[\]-~]/g, (unit) => {
    return SHORT_ESCAPES[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return `"${escaped}"`;
}

/** `0x1F`, `1_000`, `+7`: Python's integers have no limit. */
function pythonInteger(text: string): string {
  const plain = text.replaceAll("_", "").replace(/^\+/, "");
  return (plain.startsWith("-") ? -BigInt(plain.slice(1)) : BigInt(plain)).toString();
}

/** `repr(float)`: the shortest digits, an exponent below 1e-4 and from 1e16, and always a point or an exponent. */
function pythonFloat(text: string): string {
  const plain = text.replaceAll("_", "");
  if (plain.endsWith("nan")) return "NaN";
  if (plain.endsWith("inf")) return plain.startsWith("-") ? "-Infinity" : "Infinity";
  const value = Number(plain);
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  return sign + pythonDigits(Math.abs(value));
}

function pythonDigits(value: number): string {
  const [mantissa = "", exponentText = "0"] = value.toExponential().split("e");
  const digits = mantissa.replace(".", "");
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
    const power = String(Math.abs(exponent)).padStart(2, "0");
    return `${digits.slice(0, 1)}${fraction}e${exponent < 0 ? "-" : "+"}${power}`;
  }
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return `${whole}.${digits.slice(exponent + 1) || "0"}`;
}
