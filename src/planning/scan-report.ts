/** What `relock scan` shows: contract.md has its JSON. */
import type { FoundProjects } from "#formats/find-projects.ts";
import type { Finding } from "#formats/finding.ts";
import type { Project } from "#formats/project.ts";
import { findActionSkews } from "#formats/action-skews.ts";
import { listPins, type Pin } from "#formats/pins.ts";
import { findSkews, type Skew } from "#formats/skews.ts";
import type { Target } from "#packaging/target.ts";
import { solveTargets } from "./solve-targets.ts";

export interface ScanReport {
  readonly projects: readonly ScannedProject[];
  readonly pins: readonly Pin[];
  readonly skews: readonly Skew[];
  readonly findings: readonly Finding[];
}

export interface ScannedProject {
  /** Directory, `.` for the root of the repository. */
  readonly root: string;
  readonly tool: string;
  readonly manifests: readonly string[];
  readonly locks: readonly string[];
  readonly environments: readonly string[];
  readonly targets: readonly { readonly id: string; readonly python: string; readonly reason: string }[];
  /** Why its files are not edited; null where they are. */
  readonly readOnlyReason: string | null;
}

/** Puts together what a scan found. */
export function scanReport(found: FoundProjects): ScanReport {
  return {
    projects: found.projects.map((project) => ({
      root: project.root === "" ? "." : project.root,
      tool: project.tool,
      manifests: project.manifests.map((manifest) => manifest.path),
      locks: locksOf(project),
      environments: project.environments.map((environment) => environment.name),
      targets: targetsOf(project),
      readOnlyReason: project.readOnlyReason,
    })),
    pins: listPins(found),
    skews: [...findSkews(found), ...findActionSkews(found)],
    findings: found.findings,
  };
}

/** A conda lock has one Python for each platform, the newest that it may have; others are solved for the ends of their range. */
function targetsOf(project: Project): ScannedProject["targets"] {
  const solved = solveTargets(project);
  const reasonOf = ({ platform, accelerator }: Pick<Target, "platform" | "accelerator">): string =>
    project.targets.find((one) => one.platform === platform && one.accelerator === accelerator)?.reason ?? "";
  if (project.condaLocks === null) {
    return solved.map((target) => ({ id: target.id, python: target.python, reason: reasonOf(target) }));
  }
  return project.targets.map(({ platform, accelerator, reason }) => ({
    id: accelerator === "cuda" ? `${platform}-cuda` : platform,
    python: solved.findLast((one) => one.platform === platform)?.python ?? "",
    reason,
  }));
}

/** The lock, and for conda every file that is made from it. */
function locksOf({ lock, condaLocks }: Project): readonly string[] {
  if (condaLocks === null) return lock === null ? [] : [lock.path];
  const { unified, explicit, rendered, packageLists } = condaLocks;
  const rest = [...explicit, ...rendered, ...packageLists].map(({ path }) => path);
  return unified === null ? rest : [unified, ...rest];
}
