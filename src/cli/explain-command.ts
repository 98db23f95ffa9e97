import { Command } from "commander";
import { describeExplanation, PLAIN } from "#engine/explain-text.ts";
import { explainProjects } from "#engine/explain.ts";
import type { PackageExplanation } from "#engine/explanation.ts";
import { isValidName, normalizeName } from "#packaging/names.ts";
import { parseVersion } from "#packaging/pep440-version.ts";
import { addCommonOptions, commonSettings } from "./common-options.ts";
import { createEngineContext } from "./engine-context.ts";
import { EXIT, refuseInvalidConfiguration, UsageError } from "./errors.ts";
import { complain, printResult } from "./output.ts";
import { createProgress } from "./progress.ts";
import { readWorkspace } from "./read-workspace.ts";

const HELP = `
A poetry.lock is read without any index. Requirements files, conda environments, and the question whether a package can
be at VERSION, need their indexes and channels.

Examples:
  relock explain platformdirs
  relock explain jax 0.4.8
  relock explain python 3.13           for conda environments too: what allows it, and what would move with it
  relock explain path/to/repository jax==0.4.8 --json

Exit status: 0 explained, 1 nothing here knows the package, 3 an index that was needed could not be asked.`;

export interface ExplainRequest {
  readonly folder: string;
  readonly name: string;
  readonly version: string | null;
}

/** `relock explain [DIR] NAME [VERSION]`: why a package is where it is, or why it cannot be VERSION. */
export function explainCommand(): Command {
  const command = new Command("explain")
    .description("why a package is where it is, or why it cannot be at VERSION")
    .usage("[options] [dir] <name> [version]")
    .argument("<name...>", "name of the package; before it the folder of the repository (.), after it a version")
    .addHelpText("after", HELP);
  return addCommonOptions(command).action(async (words: readonly string[]) => {
    const settings = commonSettings(command, process.env);
    const { folder, name, version } = explainRequest(words);
    const { found } = await readWorkspace(folder);
    refuseInvalidConfiguration(found.findings);
    const progress = createProgress(settings, process.stderr, process.env);
    const engine = createEngineContext(settings, progress.report);
    try {
      const explanation = await explainProjects(found, engine.context, name, version);
      progress.stop();
      process.exitCode = explainExitStatus(explanation);
      const text = describeExplanation(explanation, PLAIN);
      if (!isKnown(explanation) && !settings.json) {
        complain(text);
      } else {
        printResult(settings, explanation, () => text, engine.timings());
      }
    } finally {
      progress.stop();
      await engine.close();
    }
  });
}

/**
 * Tells folder, name and version apart. Two words are a name and a version where the second reads as a version.
 * @throws UsageError for anything else
 */
export function explainRequest(words: readonly string[]): ExplainRequest {
  const last = words.at(-1) ?? "";
  const [first = "", second = ""] = words;
  if (words.length === 3) {
    return { folder: first, ...packageAt(second, last) };
  }
  if (words.length === 2) {
    const isVersion = versionOf(last) !== null && isValidName(first.replace(/==.*$/u, ""));
    return isVersion ? { folder: ".", ...packageAt(first, last) } : { folder: first, ...packageAt(second, null) };
  }
  if (words.length === 1) {
    return { folder: ".", ...packageAt(first, null) };
  }
  throw new UsageError("too many words: write relock explain [DIR] NAME [VERSION]");
}

function packageAt(written: string, wanted: string | null): Pick<ExplainRequest, "name" | "version"> {
  const [name = "", pinned] = written.split("==");
  if (!isValidName(name)) {
    throw new UsageError(`'${name}' is not the name of a package: write relock explain [DIR] NAME [VERSION]`);
  }
  const text = wanted ?? pinned;
  if (text === undefined) {
    return { name: normalizeName(name), version: null };
  }
  const version = versionOf(text);
  if (version === null) {
    throw new UsageError(`'${text}' is not a version: write one as PEP 440 does, for example 1.24.3`);
  }
  return { name: normalizeName(name), version };
}

function versionOf(text: string): string | null {
  return parseVersion(text.replace(/^==/u, ""))?.text ?? null;
}

function isKnown({ projects }: PackageExplanation): boolean {
  return projects.some(({ written, installed }) => written.length > 0 || installed.length > 0);
}

/** An explanation that could be given is a success, whatever it says. */
export function explainExitStatus(explanation: PackageExplanation): number {
  const { projects } = explanation;
  const isAnswered = projects.some(
    ({ installed, asked, isOutOfReach }) =>
      installed.length > 0 &&
      (asked === null || asked.answers.some(({ kind }) => kind !== "not-known")) &&
      !isOutOfReach,
  );
  if (!isAnswered && projects.some(({ isOutOfReach }) => isOutOfReach)) {
    return EXIT.unreachable;
  }
  return isKnown(explanation) ? EXIT.done : EXIT.refused;
}
