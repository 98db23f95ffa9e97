/** Real Poetry, run by a script that keeps it in a folder of its own (`NATIVE run DIR COMMAND…`, DIR at /mnt/work). */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { measureProcess, type Measured } from "./measure-process.ts";

/** The interpreter that Poetry is told it has: the projects do not admit the one that it runs on. */
const CLAIMED_PYTHON = "3.10.12";

/**
 * Puts an interpreter into the folder that states a version which the project admits. Poetry asks for the version alone:
 * a lock is for all interpreters of the project, whichever one is active.
 */
export function installClaimedPython(folder: string): void {
  const programs = join(folder, "bin");
  mkdirSync(programs);
  for (const name of ["python3", "python"]) {
    const script = `case "$*" in *python_version\\(\\)*) echo ${CLAIMED_PYTHON} ;; *) exec /usr/bin/python3 "$@" ;; esac`;
    writeFileSync(join(programs, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(programs, name), 0o755);
  }
}

export function forgetPoetryCache(folder: string): void {
  rmSync(join(folder, "cache"), { recursive: true, force: true });
}

/** `poetry lock --regenerate` in the folder, with a cache that is kept in it. */
export async function poetryLock(native: string, folder: string): Promise<Measured> {
  const settings = [
    "PATH=/mnt/work/bin:$PATH",
    "POETRY_CACHE_DIR=/mnt/work/cache",
    "POETRY_VIRTUALENVS_CREATE=false",
    "POETRY_NO_INTERACTION=1",
  ];
  const script = `export ${settings.join(" ")}; exec poetry lock --regenerate`;
  return measureProcess([native, "run", folder, "sh", "-c", script], {});
}
