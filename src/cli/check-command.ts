import { relative, resolve, sep } from "node:path";
import { Command } from "commander";
import { INDEX_UNREACHABLE } from "#engine/check-pip.ts";
import { checkProjects, type CheckReport } from "#engine/check-projects.ts";
import type { Finding } from "#formats/finding.ts";
import { addCommonOptions, commonSettings } from "./common-options.ts";
import { describeFindings } from "./describe-findings.ts";
import { createEngineContext } from "./engine-context.ts";
import { EXIT } from "./errors.ts";
import { githubAnnotations } from "./github-annotations.ts";
import { createStyle, printResult, type Style } from "./output.ts";
import { createProgress } from "./progress.ts";
import { readWorkspace } from "./read-workspace.ts";

const HELP = `
A poetry.lock is checked without any index. A conda-lock.yml, and what is made from it, is compared with what its channels say today,
without solving. Requirements files and environments without a lock are solved, for which their indexes and channels are asked.
In GitHub Actions, findings are shown beside the lines that they speak of.

Examples:
  relock check
  relock check path/to/repository --json | jq -r '.findings[].message'

Exit status: 0 nothing is wrong, 1 something is, 3 an index that was needed could not be asked.`;

/** `relock check [DIR]`: is each lock in step with its manifest, consistent, and installable on every target? */
export function checkCommand(): Command {
  const command = new Command("check")
    .description("is each lock in step with its manifest, consistent, and installable on every target?")
    .argument("[dir]", "folder of the repository", ".")
    .addHelpText("after", HELP);
  return addCommonOptions(command).action(async (folder: string) => {
    const settings = commonSettings(command, process.env);
    const { found } = await readWorkspace(folder);
    const progress = createProgress(settings, process.stderr, process.env);
    const engine = createEngineContext(settings, progress.report);
    try {
      const report = await checkProjects(found, engine.context);
      progress.stop();
      const style = createStyle(process.stdout.isTTY, process.env);
      printResult(settings, report, () => describeCheck(report, style), engine.timings());
      if (process.env["GITHUB_ACTIONS"] === "true") {
        // On stderr, where the runner reads commands too: stdout is for the result alone.
        process.stderr.write(githubAnnotations(report.findings, folderInWorkspace(folder, process.env)));
      }
      process.exitCode = checkExitStatus(report);
    } finally {
      progress.stop();
      await engine.close();
    }
  });
}

/** An index that could not be asked matters only where nothing else is wrong. */
export function checkExitStatus({ findings }: Pick<CheckReport, "findings">): number {
  const errors = findings.filter((finding) => finding.severity === "error");
  if (errors.length === 0) {
    return EXIT.done;
  }
  return errors.every((finding) => finding.code === INDEX_UNREACHABLE) ? EXIT.unreachable : EXIT.refused;
}

function folderInWorkspace(folder: string, environment: NodeJS.ProcessEnv): string {
  const path = relative(environment["GITHUB_WORKSPACE"] ?? process.cwd(), resolve(folder));
  return path === "" || path.startsWith("..") ? "" : `${path.split(sep).join("/")}/`;
}

/** What was checked with its result, then the reasons. */
export function describeCheck(report: CheckReport, style: Style): string {
  if (report.checked.length === 0) {
    return [describeFindings(report.findings, style), "No Python project was found here."]
      .filter((part) => part !== "")
      .join("\n\n");
  }
  const words = { ok: style.green("ok"), failed: style.red("failed"), "not-checked": style.dim("not checked") };
  const projects = report.checked.map(({ project, lock, targets, result }) => {
    const what = lock === null || lock === project ? project : `${project} with ${lock}`;
    const where = result === "ok" ? style.dim(` on ${targets.join(", ")}`) : "";
    return `${what}: ${words[result]}${where}`;
  });
  const findings = describeFindings(report.findings.map(withoutNamedTargets), style);
  return findings === "" ? projects.join("\n") : `${projects.join("\n")}\n\n${findings}`;
}

/** A message that names its targets need not be followed by them. */
function withoutNamedTargets(finding: Finding): Finding {
  return { ...finding, targets: finding.targets.filter((target) => !finding.message.includes(target)) };
}
