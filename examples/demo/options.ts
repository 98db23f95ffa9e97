/** What the demo may be told on its command line. */
import { parseArgs } from "node:util";

export interface DemoOptions {
  readonly keep: boolean;
  /** Folder for the result; null: a fresh one among the temporary files. */
  readonly out: string | null;
}

export type OptionsAnswer =
  | { readonly kind: "run"; readonly options: DemoOptions }
  | { readonly kind: "help" }
  | { readonly kind: "wrong"; readonly reason: string };

export const HELP = `Usage: npm run demo -- [--keep] [--out DIR]

Starts a package index, a conda channel, a GitHub and the real service (relock serve) on this machine, installs the
app on an example organisation with a repository of Poetry and pip and one of conda, lets weeks pass, comments /relock
on pull requests, and prints these as a reviewer would read them. No account and no internet are needed.

  --keep      leave everything running at the end, to look around; Ctrl-C ends it
  --out DIR   put the result there: a folder that is empty or not there yet
  --help      this text

The last line on stdout is 'result: PATH': a folder with the bare repositories (OWNER/NAME.git), what was proposed
for each (OWNER/NAME/proposal.json) and the log of the service. Everything else that was made is removed.
Exit status: 0 done; 1 something failed, in one sentence; 2 wrong usage. NO_COLOR turns colours off.

Examples:
  npm run demo
  npm run demo -- --out demo-result
  git -C demo-result/example-lab/sleipnir.git diff main relock/python-dependencies
  git -C demo-result/example-lab/tidepool-images.git diff main relock/python-dependencies-analysis
`;

export function readOptions(args: readonly string[]): OptionsAnswer {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { keep: { type: "boolean" }, out: { type: "string" }, help: { type: "boolean", short: "h" } },
    });
    if (values.help === true) return { kind: "help" };
    if (values.out === "") return { kind: "wrong", reason: "--out needs the name of a folder" };
    return { kind: "run", options: { keep: values.keep ?? false, out: values.out ?? null } };
  } catch (error) {
    return { kind: "wrong", reason: error instanceof Error ? error.message : String(error) };
  }
}
