/** Opens the conda projects of a coherence set; what cannot be opened is a finding, and the rest of the set goes on. */
import type { Config } from "#config/config.ts";
import type { FoundProjects } from "#formats/find-projects.ts";
import type { Finding } from "#formats/finding.ts";
import type { Project } from "#formats/project.ts";
import type { CondaPypiNames } from "#packaging/conda-pypi-names.ts";
import { normalizeName } from "#packaging/names.ts";
import type { ListingPolicy } from "#planning/filter-listing.ts";
import { INDEX_UNREACHABLE } from "../check-pip.ts";
import type { EngineContext } from "../context.ts";
import { CHANNEL_UNREACHABLE } from "../watch-outages.ts";
import { openCondaMember, type CondaMember } from "./conda-member.ts";
import { openCondaWorkspace } from "./open-conda-workspace.ts";
import { keyOfUrl, updateRecordPolicy, type RecordPolicy } from "./record-policy.ts";

/** The conda side of a coherence set. */
export interface CondaSide {
  readonly members: readonly CondaMember[];
  readonly names: CondaPypiNames;
  readonly policy: RecordPolicy;
  readonly findings: readonly Finding[];
  /** What was left out because a channel could not be asked: it is no property of the repository. */
  readonly outages: readonly Finding[];
  /** What the conda entries of those state, as normalised names: other files of the set do not move it without them. */
  readonly unseen: ReadonlySet<string>;
  /** Those that cannot be opened: their pip entries are not solved without what conda installs. */
  readonly unopened: ReadonlySet<Project>;
}

export interface CondaPlace {
  readonly found: FoundProjects;
  readonly config: Config;
  /** Policy of the PyPI side. */
  readonly pypi: ListingPolicy;
}

/** @param projects of one coherence set; those of other tools are passed over */
export async function openCondaSide(
  context: EngineContext,
  { found, config, pypi }: CondaPlace,
  projects: readonly Project[],
): Promise<CondaSide> {
  const own = projects.filter(isCondaProject);
  const policy = updateRecordPolicy(config, context, keysInUse(found, own));
  const members: CondaMember[] = [];
  const findings: Finding[] = [];
  const outages: Finding[] = [];
  const unseen = new Set<string>();
  const unopened = new Set<Project>();
  for (const project of own) {
    const opened = await openCondaWorkspace(context, found, project, { conda: policy, pypi, seesLocked: true });
    if ("problem" in opened) {
      findings.push(notUpdated(opened.file, opened.line, opened.problem));
      unopened.add(project);
      continue;
    }
    if (opened.targets.length === 0) {
      continue;
    }
    context.progress({ kind: "phase", message: `Solving ${project.id} as it is` });
    const member = await openCondaMember(opened);
    if ("problem" in member) {
      outages.push(outage(project, member.problem.message));
      condaNames(opened).forEach((name) => unseen.add(name));
    } else {
      findings.push(...opened.findings, ...brokenFindings(member));
      // Where no target can be installed, a lock still ties its entries; without one, pip's are looked at by themselves.
      members.push(...(member.baseline.size === 0 && opened.files === null ? [] : [member]));
    }
  }
  const channels = [...new Set(members.flatMap(({ workspace }) => workspace.targets.flatMap(channelsOf)))];
  const names = members.length === 0 ? NO_NAMES : (await context.openNames().open(channels)).names;
  return { members, names, policy, findings, outages, unseen, unopened };
}

function condaNames({ targets }: CondaMember["workspace"]): readonly string[] {
  return targets.flatMap(({ environment }) =>
    environment.conda.map(({ requirement }) => normalizeName(requirement.name)),
  );
}

const NO_NAMES: CondaPypiNames = { pypiNames: () => null, condaNames: () => [] };

function channelsOf({ environment }: CondaMember["workspace"]["targets"][number]): readonly string[] {
  return [...environment.channels, ...environment.specChannels];
}

/** Projects of which conda installs something. */
export function isCondaProject({ tool }: Pick<Project, "tool">): boolean {
  return tool === "conda" || tool === "conda+pip" || tool === "conda-lock";
}

/** Files that locks have now. */
function keysInUse(found: FoundProjects, projects: readonly Project[]): ReadonlySet<string> {
  const paths = projects.flatMap(({ lock, condaLocks }) => [
    ...(lock === null ? [] : [lock.path]),
    ...(condaLocks?.unified == null ? [] : [condaLocks.unified]),
    ...(condaLocks?.explicit ?? []).map(({ path }) => path),
  ]);
  const texts = [...new Set(paths)].map((path) => found.files.texts.get(path)?.text ?? "");
  const urls = texts.flatMap((text) => text.match(/https?:\/\/[^\s'"#]+\.(?:conda|tar\.bz2)/gu) ?? []);
  return new Set(urls.map(keyOfUrl));
}

/** Targets that cannot be installed as they stand: nothing of them can be judged. */
function brokenFindings({ workspace, broken }: CondaMember): readonly Finding[] {
  return [...Map.groupBy(broken, ([, explanation]) => explanation)].map(([explanation, entries]) => ({
    code: "not-installable",
    severity: "warning",
    file: workspace.project.id,
    line: null,
    message: `Cannot be installed as it is: ${explanation.replace(/\s+/gu, " ")}`,
    targets: entries.map(([target]) => target),
  }));
}

/** With locks at stake the run is not complete, so that no open pull request is taken back for it. */
function outage(project: Project, message: string): Finding {
  const isLocked = project.condaLocks !== null;
  const left = project.tool === "conda+pip" ? "its conda entries are left as they are" : "it is left as it is";
  return {
    code: isLocked ? INDEX_UNREACHABLE : CHANNEL_UNREACHABLE,
    severity: isLocked ? "error" : "warning",
    file: project.lock?.path ?? project.id,
    line: null,
    message: `A conda channel could not be asked, so ${left}: ${message}`,
    targets: [],
  };
}

function notUpdated(file: string, line: number | null, problem: string): Finding {
  const message = `Not updated: ${problem}`;
  return { code: "not-updated", severity: "warning", file, line, message, targets: [] };
}

/** The same package by the other ecosystem's name: one fact moves together. */
export class SharedNames {
  /** Normalised PyPI names by conda name, of what the environments state. */
  readonly #pypi = new Map<string, string>();
  readonly #conda = new Map<string, string>();

  constructor({ members, names }: Pick<CondaSide, "members" | "names">) {
    for (const { baseline } of members) {
      for (const record of [...baseline.values()].flatMap(({ conda }) => conda)) {
        const provided = names.pypiNames(record);
        const [project] = provided ?? [];
        // A record that provides several projects is none of them alone.
        if (project !== undefined && provided?.length === 1) {
          this.#pypi.set(record.name, normalizeName(project));
          this.#conda.set(normalizeName(project), record.name);
        }
      }
    }
  }

  /** Null where the package is no project of PyPI, or is not known to be one. */
  pypiName(condaName: string): string | null {
    return this.#pypi.get(condaName) ?? null;
  }

  condaName(project: string): string | null {
    return this.#conda.get(project) ?? null;
  }

  /** All names of the facts that these names state. */
  withTwins(names: ReadonlySet<string>): ReadonlySet<string> {
    return new Set([...names].flatMap((name) => this.twins(name)));
  }

  twins(name: string): readonly string[] {
    return [name, this.pypiName(name), this.condaName(name)].filter((one) => one !== null);
  }
}
