import { Command } from "commander";
import { scanReport, type ScanReport } from "#planning/scan-report.ts";
import { addCommonOptions, commonSettings } from "./common-options.ts";
import { describeFindings } from "./describe-findings.ts";
import { createStyle, printResult, type Style } from "./output.ts";
import { readWorkspace } from "./read-workspace.ts";

/** `relock scan [DIR]`: projects, pins, skews, and every line that was not understood. Asks no index. */
export function scanCommand(): Command {
  const command = new Command("scan")
    .description("list projects, pins, skews and every line that was not understood")
    .argument("[dir]", "folder of the repository", ".")
    .addHelpText("after", "\nExamples:\n  relock scan\n  relock scan path/to/repository --json | jq .skews");
  return addCommonOptions(command).action(async (folder: string) => {
    const started = performance.now();
    const settings = commonSettings(command, process.env);
    const { found } = await readWorkspace(folder);
    const report = scanReport(found);
    const style = createStyle(process.stdout.isTTY, process.env);
    const total = performance.now() - started;
    printResult(settings, report, () => describeScan(report, style), { total, index: 0, solve: 0 });
  });
}

function describeScan(report: ScanReport, style: Style): string {
  if (report.projects.length === 0) {
    return [describeFindings(report.findings, style), "No Python project was found here."]
      .filter((part) => part !== "")
      .join("\n\n");
  }
  const projects = report.projects.map((project) => {
    const lines = [
      style.bold(`${project.root} (${project.tool})`),
      `  manifests: ${project.manifests.join(", ")}`,
      ...(project.locks.length === 0 ? [] : [`  locks: ${project.locks.join(", ")}`]),
      ...(project.environments.length === 0 ? [] : [`  environments: ${project.environments.join(", ")}`]),
      `  targets: ${project.targets.map((target) => `${target.id} ${style.dim(`(${target.reason})`)}`).join(", ")}`,
      ...(project.readOnlyReason === null ? [] : [style.yellow(`  read only: ${project.readOnlyReason}`)]),
    ];
    return lines.join("\n");
  });
  const pins = report.pins.map((pin) => {
    const locked = pin.locked === null ? "" : style.dim(` (locked ${pin.locked})`);
    return `  ${pin.file}:${pin.line}: ${pin.name} ${pin.constraint ?? "*"}${locked}`;
  });
  const skews = report.skews.map((skew) => {
    const places = skew.places.map((place) => `    ${place.file}:${place.line}: ${place.value}`);
    return [`  ${style.yellow(skew.fact)}`, ...places].join("\n");
  });
  return [
    projects.join("\n"),
    `${style.bold("Pins")}\n${pins.join("\n")}`,
    skews.length === 0 ? "" : `${style.bold("Skews: one fact, several answers")}\n${skews.join("\n")}`,
    report.findings.length === 0 ? "" : `${style.bold("Findings")}\n${describeFindings(report.findings, style)}`,
  ]
    .filter((section) => section !== "")
    .join("\n\n");
}
