import { Command, Option } from "commander";
import { lockProjects, type LockFailure, type LockResult } from "#engine/lock-projects.ts";
import type { Finding } from "#formats/finding.ts";
import { openProjects, readConfiguration } from "#propose-updates.ts";
import type { RequestedPackage } from "../engine.ts";
import { addCommonOptions, commonSettings } from "./common-options.ts";
import { describeChanges } from "./describe-changes.ts";
import { describeFindings } from "./describe-findings.ts";
import { createEngineContext } from "./engine-context.ts";
import { EXIT, refuseInvalidConfiguration, UnreachableError } from "./errors.ts";
import { complain, createStyle, printResult, type Style } from "./output.ts";
import { createProgress } from "./progress.ts";
import { readSnapshot } from "./read-workspace.ts";
import { collectPackage } from "./requested-packages.ts";
import { writeEdits } from "./write-proposal.ts";

interface LockOptions {
  readonly package?: readonly RequestedPackage[];
  readonly upgrade?: boolean;
}

const EXAMPLES = `
Examples:
  relock lock                          the least change that makes each lock fit its manifest
  relock lock --package numpy          move numpy to its newest version, and what has to move with it
  relock lock --package jax==0.4.13    exactly this version, or an explanation and exit status 1
  relock lock --upgrade                everything newest that the manifests allow`;

/** `relock lock [DIR]`: regenerates the locks in place, with no policy. */
export function lockCommand(): Command {
  const command = new Command("lock")
    .description("regenerate the locks in place: least change, or what is asked for")
    .argument("[dir]", "folder of the repository", ".")
    .addOption(new Option("--package <name[==version]>", "move this package (repeatable)").argParser(collectPackage))
    .option("--upgrade", "everything takes its newest version")
    .addHelpText("after", EXAMPLES);
  return addCommonOptions(command).action(async (folder: string, options: LockOptions) => {
    const settings = commonSettings(command, process.env);
    const progress = createProgress(settings, process.stderr, process.env);
    const snapshot = await readSnapshot(folder);
    const configuration = readConfiguration(snapshot, null);
    if ("findings" in configuration) {
      refuseInvalidConfiguration(configuration.findings);
      return;
    }
    const engine = createEngineContext(settings, progress.report);
    try {
      const found = openProjects(snapshot, configuration.config);
      const request = { packages: options.package ?? [], upgrade: options.upgrade ?? false };
      const result = await lockProjects(engine.context, found, request);
      progress.stop();
      await writeEdits(folder, result.edits);
      const style = createStyle(process.stdout.isTTY, process.env);
      const findings = [...result.findings, ...result.failures.map(failureFinding)];
      const shown = { locks: result.locks, findings, undated: result.undated };
      printResult(settings, shown, () => describeResult(result, style), engine.timings());
      process.exitCode = exitOf(result, request.packages.length > 0, engine.unreachable());
    } finally {
      progress.stop();
      await engine.close();
    }
  });
}

function exitOf(result: LockResult, asked: boolean, unreachable: string | null): number {
  for (const failure of result.failures) {
    const place = failure.line === null ? failure.file : `${failure.file}:${failure.line}`;
    complain(`${place}: ${failure.explanation}`);
  }
  if (result.failures.length > 0 && unreachable !== null) {
    throw new UnreachableError(unreachable);
  }
  for (const name of result.unknown) {
    complain(
      `${name}: no lock here has it and no manifest of a lock asks for it: check the name (pins of requirements files move with relock update)`,
    );
  }
  if (result.unknown.length > 0 || (asked && result.failures.length > 0)) {
    return EXIT.refused;
  }
  return result.failures.some((failure) => failure.kind === "unreadable") ? EXIT.usage : EXIT.done;
}

function failureFinding({ file, line, explanation, kind }: LockFailure): Finding {
  const code = kind === "unreadable" ? "unreadable-file" : "not-locked";
  return { code, severity: "error", file, line, message: explanation, targets: [] };
}

function describeResult(result: LockResult, style: Style): string {
  const locks = result.locks.map(({ file, changes }) => {
    const title = changes.length === 0 ? `${style.bold(file)}: nothing moves` : style.bold(file);
    return [title, describeChanges(changes, style)].filter((part) => part !== "").join("\n");
  });
  const worth = result.findings.filter(({ severity, code }) => severity !== "info" || TOLD.has(code));
  return [locks.length === 0 ? nothingLocked(result) : locks.join("\n\n"), describeFindings(worth, style)]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** Codes of findings that say why a lock is not written, or not as its manifests say, although nothing is wrong. */
const TOLD: ReadonlySet<string> = new Set(["no-lock", "kept-as-locked"]);

function nothingLocked({ failures }: LockResult): string {
  return failures.length === 0 ? "No lock here is one that Relock writes." : "No lock is written.";
}
