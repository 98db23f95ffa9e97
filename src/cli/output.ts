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
  const output = settings.json ? JSON.stringify(shown, null, 2) : text();
  if (output !== "") {
    process.stdout.write(output.endsWith("\n") ? output : `${output}\n`);
  }
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
