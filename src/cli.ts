/** The `relock` command: contract.md says what it promises. */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { checkCommand } from "#cli/check-command.ts";
import { EXIT, UnreachableError, UsageError } from "#cli/errors.ts";
import { explainCommand } from "#cli/explain-command.ts";
import { lockCommand } from "#cli/lock-command.ts";
import { scanCommand } from "#cli/scan-command.ts";
import { serveCommand } from "#cli/serve-command.ts";
import { solveCommand } from "#cli/solve-command.ts";
import { updateCommand } from "#cli/update-command.ts";

const EXAMPLES = `
Examples:
  relock scan                       what is in this repository, and what disagrees
  relock check                      are the locks in step, consistent, installable on every target?
  relock lock --package numpy       move numpy, and nothing that need not move
  relock update                     the pull requests that the weekly run would open
  relock update --write             the same, written into the files
  relock explain jax 0.4.8          why jax is not at 0.4.8
  relock solve --pypi 'jax[cpu]' --python 3.11 --platform osx-arm64

Exit status: 0 done, 1 what was asked cannot be had, 2 wrong usage or unreadable input, 3 an index or GitHub is out of reach.`;

function createProgram(): Command {
  const program = new Command("relock")
    .description("Relocks scientific Python repositories: solves every environment for every target before proposing anything.")
    .version(readVersion(), "--version", "print the version")
    .helpOption("--help", "print this help")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(relock --help lists the commands)")
    .exitOverride();
  const commands = [
    scanCommand(),
    checkCommand(),
    lockCommand(),
    updateCommand(),
    explainCommand(),
    solveCommand(),
    serveCommand(),
  ];
  for (const command of commands) {
    program.addCommand(command.exitOverride().helpOption("--help", "print this help"));
  }
  return program;
}

function readVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  const manifest: { readonly version: string } = JSON.parse(text);
  return manifest.version;
}

/** Turns what went wrong into an exit status, with one sentence on stderr. */
function exitStatus(error: unknown): number {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  }
  if (error instanceof UsageError || error instanceof UnreachableError) {
    process.stderr.write(`relock: ${error.message}\n`);
    return error instanceof UsageError ? EXIT.usage : EXIT.unreachable;
  }
  process.stderr.write(`relock: this is a bug in relock, please report it:\n${error instanceof Error ? error.stack : String(error)}\n`);
  return EXIT.usage;
}

try {
  await createProgram().parseAsync(process.argv);
} catch (error) {
  process.exitCode = exitStatus(error);
}
