/** Reads the service's log while it works: progress of the engine, and what went wrong. */
import type { Progress, ProgressEvent } from "#ports.ts";

export interface LogReader {
  readonly progress: Progress;
  /** A warning or an error of the service. */
  readonly trouble: (message: string) => void;
}

interface LogLine {
  readonly level?: string;
  readonly message?: string;
  readonly progress?: ProgressEvent;
  readonly error?: { readonly message?: string };
}

/** Passes on what one line of the log says. */
export function readLogLine(line: string, reader: LogReader): void {
  const { level, message = "", progress, error }: LogLine = JSON.parse(line);
  if (progress !== undefined) reader.progress(progress);
  else if (level === "warn" || level === "error" || level === "fatal") {
    reader.trouble(error?.message === undefined ? message : `${message}: ${error.message}`);
  }
}
