import { Command, Option } from "commander";
import { proposeUpdates } from "#propose-updates.ts";
import { cutText } from "#planning/describe/markdown.ts";
import type { FileEdit, Proposal } from "#planning/proposal.ts";
import type { RepositorySnapshot } from "#formats/repository-snapshot.ts";
import { addCommonOptions, commonSettings } from "./common-options.ts";
import { describeChanges } from "./describe-changes.ts";
import { describeFindings } from "./describe-findings.ts";
import { createEngineContext, type CommandEngine } from "./engine-context.ts";
import { EXIT, refuseInvalidConfiguration, UnreachableError } from "./errors.ts";
import { complain, createStyle, printResult, type Style } from "./output.ts";
import { createProgress } from "./progress.ts";
import { readSnapshot } from "./read-workspace.ts";
import { commitBranches, proposalJson, writeEdits, writePatchDirectory } from "./write-proposal.ts";

interface UpdateOptions {
  readonly write?: boolean;
  readonly branches?: boolean;
  readonly patchDir?: string;
}

const EXAMPLES = `
Examples:
  relock update                        print the pull requests that the weekly run would open
  relock update --patch-dir out        write each as a patch and a description
  relock update --branches             commit each on its branch, relock/<group>
  relock update --write                write all of them into the files
  relock update --mirror https://conda.anaconda.org/=https://conda.example.org/
                                       with a company's copy of the conda channels; locks keep the original URLs`;

/** `relock update [DIR]`: the weekly run on a checkout, with all policies. */
export function updateCommand(): Command {
  const command = new Command("update")
    .description("the weekly run: what would be updated, and why not more")
    .argument("[dir]", "folder of the repository", ".")
    .addOption(new Option("--write", "edit the files").conflicts(["branches", "patchDir"]))
    .addOption(new Option("--branches", "commit each pull request on relock/<group>").conflicts("patchDir"))
    .option("--patch-dir <dir>", "write patches, descriptions and proposal.json into this folder")
    .addHelpText("after", EXAMPLES);
  return addCommonOptions(command).action(async (folder: string, options: UpdateOptions) => {
    const settings = commonSettings(command, process.env);
    const progress = createProgress(settings, process.stderr, process.env);
    const snapshot = await readSnapshot(folder);
    const engine = createEngineContext(settings, progress.report);
    try {
      const proposal = await propose(engine, snapshot);
      refuseInvalidConfiguration(proposal.findings);
      const done = await apply(folder, snapshot, { options, proposal, engine });
      progress.stop();
      const style = createStyle(process.stdout.isTTY, process.env);
      printResult(settings, proposalJson(proposal), () => describeProposal(proposal, done, style), engine.timings());
      const unreachable = engine.unreachable();
      if (unreachable !== null && proposal.pullRequests.length === 0) {
        throw new UnreachableError(unreachable);
      }
      process.exitCode = EXIT.done;
    } finally {
      progress.stop();
      await engine.close();
    }
  });
}

function propose(engine: CommandEngine, snapshot: RepositorySnapshot, group: string | null = null): Promise<Proposal> {
  const request = group === null ? ({ kind: "weekly" } as const) : ({ kind: "relock", group } as const);
  return proposeUpdates(engine.context, snapshot, { request, organisationDefaults: null });
}

interface Application {
  readonly options: UpdateOptions;
  readonly proposal: Proposal;
  readonly engine: CommandEngine;
}

/** @returns what was written, for the text */
async function apply(folder: string, snapshot: RepositorySnapshot, application: Application): Promise<string> {
  const { options, proposal, engine } = application;
  if (options.patchDir !== undefined) {
    const written = await writePatchDirectory(folder, options.patchDir, proposal);
    return `Written: ${written.join(", ")}`;
  }
  if (options.branches === true) {
    const { moved, kept } = await commitBranches(folder, proposal);
    for (const { branch, reason } of kept) {
      complain(`${branch} was not moved: ${reason}`);
    }
    const unmoved = kept.length === 0 ? "All branches were as they should be." : "No branch was moved.";
    return moved.length === 0 ? unmoved : `Committed: ${moved.join(", ")}`;
  }
  if (options.write === true) {
    const edits = await combineEdits(engine, snapshot, proposal);
    await writeEdits(folder, edits);
    return edits.length === 0 ? "" : `Written: ${edits.map((edit) => edit.file).join(", ")}`;
  }
  return "";
}

/** All pull requests at once: each is made against the repository as it is, so each after the first is made anew on top of the others. */
async function combineEdits(
  engine: CommandEngine,
  snapshot: RepositorySnapshot,
  { pullRequests }: Proposal,
): Promise<readonly FileEdit[]> {
  const edits = new Map<string, FileEdit>();
  let current = snapshot;
  for (const [index, first] of pullRequests.entries()) {
    const again = index === 0 ? null : await propose(engine, current, first.group);
    const taken = again === null ? [first] : again.pullRequests;
    for (const edit of taken.flatMap((pullRequest) => pullRequest.edits)) {
      edits.set(edit.file, edit);
    }
    current = withEdits(current, [...edits.values()]);
  }
  return [...edits.values()];
}

function withEdits(snapshot: RepositorySnapshot, edits: readonly FileEdit[]): RepositorySnapshot {
  const files = new Map(snapshot.files);
  for (const { file, content } of edits) {
    const mode = files.get(file)?.mode ?? "100644";
    files.set(file, { path: file, mode, size: content.length, content });
  }
  return { ...snapshot, files };
}

/** A proof is told whole with --json, in pull requests and by `relock explain`. */
const REASON_LIMIT = 400;

function describeProposal(proposal: Proposal, done: string, style: Style): string {
  const pulls = proposal.pullRequests.map((pullRequest) =>
    [
      `${style.bold(pullRequest.title)} ${style.dim(`(${pullRequest.branch}: ${pullRequest.edits.map((edit) => edit.file).join(", ")})`)}`,
      describeChanges(pullRequest.changes, style),
    ].join("\n"),
  );
  const held = proposal.held.map(
    ({ name, wanted, holder, reason }) =>
      `  ${name} ${wanted}: ${style.yellow(holder)}: ${cutText(reason, REASON_LIMIT)}`,
  );
  const worth = proposal.findings.filter((finding) => finding.severity !== "info");
  return [
    pulls.length === 0 ? "Nothing to update." : pulls.join("\n\n"),
    held.length === 0 ? "" : `${style.bold("Held back")}\n${held.join("\n")}`,
    worth.length === 0 ? "" : `${style.bold("Worth knowing")}\n${describeFindings(worth, style)}`,
    done,
  ]
    .filter((section) => section !== "")
    .join("\n\n");
}
