/** Renderers of the progress stream. All write to stderr; results alone go to stdout. */
import type { Progress, ProgressEvent } from "#ports.ts";
import type { CommonSettings } from "./common-options.ts";
import { printable } from "./output.ts";

interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** A renderer and its end: `stop` leaves the terminal as it was. */
export interface ProgressDisplay {
  readonly report: Progress;
  stop(): void;
}

/** One line that is redrawn on a terminal, a line per phase elsewhere, warnings alone where progress is not wanted. */
export function createProgress(
  settings: Pick<CommonSettings, "progress" | "quiet">,
  stderr: Terminal,
  environment: NodeJS.ProcessEnv,
): ProgressDisplay {
  if (!settings.progress) {
    return warningsOnly(settings, stderr);
  }
  const animated = stderr.isTTY === true && environment["TERM"] !== "dumb" && environment["CI"] === undefined;
  return animated ? redrawnLine(stderr, environment["NO_COLOR"] === undefined) : lines(stderr);
}

function warningsOnly(settings: Pick<CommonSettings, "quiet">, stderr: Terminal): ProgressDisplay {
  return {
    report: (event) => {
      if (event.kind === "warning" && !settings.quiet) {
        stderr.write(`${describeEvent(event)}\n`);
      }
    },
    stop: () => undefined,
  };
}

function lines(stderr: Terminal): ProgressDisplay {
  return {
    report: (event) => {
      if (event.kind !== "fetch") {
        stderr.write(`${describeEvent(event)}\n`);
      }
    },
    stop: () => undefined,
  };
}

function redrawnLine(stderr: Terminal, color: boolean): ProgressDisplay {
  const clear = "\r\u001B[2K";
  const dim = (text: string): string => (color ? `\u001B[2m${text}\u001B[22m` : text);
  let phase = "";
  let drawn = false;
  return {
    report: (event) => {
      if (event.kind === "warning") {
        stderr.write(`${clear}${describeEvent(event)}\n`);
      } else if (event.kind === "fetch") {
        stderr.write(`${clear}${phase} ${dim(`${event.done}/${event.asked} index files`)}`);
      } else {
        phase = describeEvent(event);
        stderr.write(`${clear}${phase}`);
      }
      drawn = event.kind !== "warning";
    },
    stop: () => {
      if (drawn) {
        stderr.write(clear);
      }
      drawn = false;
    },
  };
}

function describeEvent(event: ProgressEvent): string {
  return printable(textOf(event));
}

function textOf(event: ProgressEvent): string {
  switch (event.kind) {
    case "phase":
      return event.message;
    case "fetch":
      return `${event.done}/${event.asked} index files`;
    case "solve": {
      const words = { start: "Solving", done: "Solved", conflict: "No solution for" } as const;
      return `${words[event.state]} ${event.project} for ${event.target}`;
    }
    case "warning":
      return `warning: ${event.message}`;
  }
}
