/** Time and memory of a process with all that it starts. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";

/** GNU time: what it reports of memory is that of the largest process, not that of the one that started it. */
const TIME = "/usr/bin/time";

export interface Measured {
  readonly seconds: number;
  /** Processor time of all threads, which other work on the machine changes less. */
  readonly processorSeconds: number | null;
  readonly peakMegabytes: number | null;
  readonly stdout: string;
}

export function canMeasureMemory(): boolean {
  return existsSync(TIME);
}

/** Runs a command to its end. Throws with its output where it fails: a failed run has no time worth showing. */
export async function measureProcess(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Measured> {
  const timed = canMeasureMemory() ? [TIME, "--format=\nMEASURED %M %U %S", ...command] : [...command];
  const [program = "", ...words] = timed;
  const began = performance.now();
  const child = spawn(program, words, { env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const [status] = (await once(child, "close")) as [number | null];
  const seconds = (performance.now() - began) / 1000;
  if (status !== 0) throw new Error(`${command.join(" ")} ended with status ${status}:\n${stdout}${stderr}`);
  const figures = /^MEASURED (\d+) ([\d.]+) ([\d.]+)$/mu.exec(stderr);
  return {
    seconds,
    processorSeconds: figures === null ? null : Number(figures[2]) + Number(figures[3]),
    peakMegabytes: figures === null ? null : Number(figures[1]) / 1024,
    stdout,
  };
}
