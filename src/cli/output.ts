/** Results go to stdout, as text or as JSON. */
import type { CommonSettings } from "./common-options.ts";

/** Milliseconds of a run, for `--timings`. */
export interface Timings {
  readonly total: number;
  readonly index: number;
  readonly solve: number;
}

/**
 * Prints a result.
 * @param text renders it for people; not called with `--json`
 */
export function printResult(settings: CommonSettings, result: object, text: () => string, timings: Timings): void {
  const shown = settings.timings ? { ...result, timings } : result;
  const output = settings.json
    ? asciiControls(JSON.stringify(shown, null, 2))
    : printable(text(), process.stdout.isTTY);
  if (output !== "") {
    process.stdout.write(output.endsWith("\n") ? output : `${output}\n`);
  }
}

/** Says on stderr, in a sentence, what went wrong. */
export function complain(sentence: string): void {
  process.stderr.write(`relock: ${printable(sentence)}\n`);
}

/**
 * Text with names and messages of strangers in it, as a terminal or a log may have it: nothing moves the cursor, hides or
 * turns text, or is a command to GitHub Actions.
 * @param keepsStyles whether codes that `Style` writes stay
 */
export function printable(text: string, keepsStyles = false): string {
  return (
    text
      // oxlint-disable-next-line no-control-regex -- our own styles begin with one
      .replace(/\u001B\[(?:1|2|22|31|32|33|39)m|[^\P{Cc}\n\t]|\p{Cf}/gu, (found) => {
        if (!found.endsWith("m")) return "";
        return keepsStyles ? found : found.slice(1);
      })
      .replace(/^(\s*)::/gmu, "$1:\u200B:")
      .replace(/##\[/gu, "#\u200B#[")
  );
}

/** JSON leaves some control characters as they are; escaped they are the same value. */
function asciiControls(json: string): string {
  return json.replace(/[\u007F-\u009F]|\p{Cf}/gu, (found) =>
    [...Array(found.length).keys()].map((at) => `\\u${found.charCodeAt(at).toString(16).padStart(4, "0")}`).join(""),
  );
}

/** Styles for people: none where stdout is not a terminal or NO_COLOR is set. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly green: (text: string) => string;
}

export function createStyle(isTerminal: boolean, environment: NodeJS.ProcessEnv): Style {
  const on = isTerminal && environment["NO_COLOR"] === undefined && environment["TERM"] !== "dumb";
  const wrap =
    (open: number, close: number) =>
    (text: string): string =>
      on ? `\u001B[${open}m${text}\u001B[${close}m` : text;
  return { bold: wrap(1, 22), dim: wrap(2, 22), red: wrap(31, 39), yellow: wrap(33, 39), green: wrap(32, 39) };
}
