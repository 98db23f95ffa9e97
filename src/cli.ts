/** The `relock` command: contract.md says what it promises. */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { EXIT, UnreachableError, UsageError } from "#cli/errors.ts";
import { complain } from "#cli/output.ts";

/** A command is loaded when it is asked for: the service's libraries would double the start of every other one. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  scan: async () => (await import("#cli/scan-command.ts")).scanCommand(),
  check: async () => (await import("#cli/check-command.ts")).checkCommand(),
  lock: async () => (await import("#cli/lock-command.ts")).lockCommand(),
  update: async () => (await import("#cli/update-command.ts")).updateCommand(),
  explain: async () => (await import("#cli/explain-command.ts")).explainCommand(),
  solve: async () => (await import("#cli/solve-command.ts")).solveCommand(),
  serve: async () => (await import("#cli/serve-command.ts")).serveCommand(),
};

const EXAMPLES = `
Examples:
  relock scan                       what is in this repository, and what disagrees
  relock check                      are the locks in step, consistent, installable on every target?
  relock lock --package numpy       move numpy, and nothing that need not move
  relock update                     the pull requests that the weekly run would open
  relock update --write             the same, written into the files
  relock explain jax 0.4.8          why jax is not at 0.4.8
  relock solve --pypi 'jax[cpu]' --python 3.11 --platform osx-arm64
  relock solve --conda 'python=3.11' --conda numpy --channel conda-forge --platform linux-64

Exit status: 0 done, 1 what was asked cannot be had, 2 wrong usage or unreadable input, 3 an index or GitHub is out of reach.`;

async function createProgram(words: readonly string[]): Promise<Command> {
  const program = new Command("relock")
    .description(
      "Relocks scientific Python repositories: solves every environment for every target before proposing anything.",
    )
    .version(readVersion(), "--version", "print the version")
    .helpOption("--help", "print this help")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(relock --help lists the commands)")
    .exitOverride();
  const [first = ""] = words;
  const asked = Object.hasOwn(COMMANDS, first) ? [first] : first === "--version" ? [] : Object.keys(COMMANDS);
  for (const name of asked) {
    const command = await COMMANDS[name]?.();
    if (command !== undefined) {
      program.addCommand(command.exitOverride().helpOption("--help", "print this help"));
    }
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
    complain(error.message);
    return error instanceof UsageError ? EXIT.usage : EXIT.unreachable;
  }
  process.stderr.write(
    `relock: this is a bug in relock, please report it:\n${error instanceof Error ? error.stack : String(error)}\n`,
  );
  return EXIT.usage;
}

// `relock scan | head` is no error: nobody reads the rest.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? EXIT.done : EXIT.usage);
});

try {
  const program = await createProgram(process.argv.slice(2));
  await program.parseAsync(process.argv);
} catch (error) {
  process.exitCode = exitStatus(error);
}
