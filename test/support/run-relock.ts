/** The `relock` command as a process of its own. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));

export interface RelockRun {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs it to its end; variables of the environment of these tests that would change it are not passed on. */
export async function runRelock(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<RelockRun> {
  const own = Object.entries(process.env).filter(([name]) => !/^(?:RELOCK_|GITHUB_)/u.test(name));
  const env = { ...Object.fromEntries(own), ...environment };
  return new Promise((resolve) => {
    const nodeArguments = ["--disable-warning=ExperimentalWarning", CLI, ...words];
    execFile(process.execPath, nodeArguments, { env, timeout: 60_000 }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ status, stdout, stderr });
    });
  });
}
