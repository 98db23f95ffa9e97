/** Texts that YAML 1.1 would read as something else (PyYAML's implicit resolver), so that they need quotes. */

const SWITCHES = ["yes", "no", "true", "false", "on", "off"];
const CASED = SWITCHES.flatMap((word) => [word, word.charAt(0).toUpperCase() + word.slice(1), word.toUpperCase()]);
const INFINITIES = ["", "+", "-"].flatMap((sign) => [".inf", ".Inf", ".INF"].map((word) => sign + word));
const OTHERS = ["", "~", "null", "Null", "NULL", "<<", "=", "!", "&", "*", ".nan", ".NaN", ".NAN"];
const WORDS: ReadonlySet<string> = new Set([...OTHERS, ...CASED, ...INFINITIES]);

const NUMBERS: readonly RegExp[] = [
  /^[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?$/,
  /^\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?$/,
  /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*$/,
  /^[-+]?0b[01_]+$/,
  /^[-+]?0[0-7_]+$/,
  /^[-+]?(?:0|[1-9][0-9_]*)$/,
  /^[-+]?0x[0-9a-fA-F_]+$/,
  /^[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+$/,
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/,
  /^[0-9]{4}-[0-9][0-9]?-[0-9][0-9]?(?:[Tt]|[ \t]+)[0-9][0-9]?:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9][0-9]?(?::[0-9]{2})?))?$/,
];

export function isImplicit(text: string): boolean {
  if (WORDS.has(text)) return true;
  return /^[-+.0-9]/.test(text) && NUMBERS.some((number) => number.test(text));
}
