/** Tells on stderr what happens while it happens: a line per step with the time, and on a terminal a line that moves. */
import { styleText } from "node:util";
import type { ProgressEvent } from "#ports.ts";

/** Colours where the stream is a terminal that wants them (NO_COLOR). */
export type Style = (format: Parameters<typeof styleText>[0], text: string) => string;

export function styleFor(stream: NodeJS.WriteStream): Style {
  return (format, text) => styleText(format, text, { stream });
}

export interface Reporter {
  /** A step begins. */
  readonly step: (text: string) => void;
  /** Something that belongs to the step. */
  readonly detail: (text: string) => void;
  readonly trouble: (text: string) => void;
  readonly progress: (event: ProgressEvent) => void;
  /** Takes away the line that moves. */
  readonly end: () => void;
}

const CLEAR = "\r\u001B[2K";
const INDENT = " ".repeat(9);

export function createReporter(stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): Reporter {
  const start = performance.now();
  const style = styleFor(stream);
  const moves = stream.isTTY && environment["TERM"] !== "dumb" && environment["CI"] === undefined;
  const print = (text: string): void => void stream.write(`${moves ? CLEAR : ""}${text}\n`);
  const move = (text: string): void => {
    if (moves) stream.write(`${CLEAR}${INDENT}${style("dim", text)}`);
  };
  return {
    step: (text) => {
      const seconds = `${((performance.now() - start) / 1000).toFixed(1)} s`.padStart(INDENT.length - 2);
      print(`${style("dim", seconds)}  ${style("bold", text)}`);
    },
    detail: (text) => print(INDENT + text),
    trouble: (text) => print(INDENT + style("yellow", text)),
    progress: (event) => {
      if (event.kind === "warning") print(INDENT + style("yellow", event.message));
      else if (event.kind === "phase" && moves) move(event.message);
      else if (event.kind === "phase") print(INDENT + event.message);
      else if (event.kind === "solve") move(`solving ${event.project} for ${event.target}`);
      else move(`${String(event.done)} of ${String(event.asked)} index files`);
    },
    end: () => {
      if (moves) stream.write(CLEAR);
    },
  };
}
