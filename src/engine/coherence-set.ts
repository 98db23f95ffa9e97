/** Projects that state facts about the same thing: opened together, moved together. */
import { shownUrl } from "#packaging/safe-url.ts";
import type { Config } from "#config/config.ts";
import type { FoundProjects } from "#formats/find-projects.ts";
import type { Finding } from "#formats/finding.ts";
import type { Project } from "#formats/project.ts";
import { lockedVersions } from "#formats/locked-versions.ts";
import { pipPins } from "#planning/pip-requirements.ts";
import { pythonLimit, type PythonLimit } from "#planning/python-limits.ts";
import { updatePolicy, versionsInUse } from "#planning/update-policy.ts";
import { condaPipBaseline, condaPipWorkspace } from "./conda/conda-pip-workspace.ts";
import { pinsOf, type CondaMember } from "./conda/conda-member.ts";
import { pipManifests } from "./conda/loose-pips.ts";
import { openCondaSide, SharedNames, type CondaSide } from "./conda/open-conda-set.ts";
import type { EngineContext } from "./context.ts";
import { presentProblems } from "./lock-problems.ts";
import { openPipWorkspace, type PipWorkspace } from "./pip-project.ts";
import { openPoetryWorkspace, type PoetryWorkspace } from "./poetry-project.ts";
import { solveBaseline, type PinBaseline } from "./raise-pins.ts";

/** A pip project with what its targets install now. */
export interface PipMember {
  readonly workspace: PipWorkspace;
  readonly baseline: PinBaseline;
  /** The conda project whose pip entries these are, where conda is solved with them. */
  readonly conda?: { readonly member: CondaMember; readonly plain: PipWorkspace };
}

export interface CoherenceSet {
  /** Directory; `""` is the root of the repository. */
  readonly root: string;
  readonly found: FoundProjects;
  readonly config: Config;
  readonly poetry: readonly PoetryWorkspace[];
  readonly pip: readonly PipMember[];
  readonly conda: CondaSide;
  readonly sharedNames: SharedNames;
  /** What keeps a minor version of Python (`3.12`) out, besides the environments that would move to it. */
  readonly pythonLimit: (minor: string) => PythonLimit | null;
  readonly findings: readonly Finding[];
}

/** Opens the sets of a repository that have something to move, one after the other. */
export async function* openCoherenceSets(
  context: EngineContext,
  found: FoundProjects,
  config: Config,
): AsyncGenerator<CoherenceSet> {
  for (const root of setRoots(found)) {
    const members = found.projects.filter(
      (project) => project.coherenceSet === root && project.readOnlyReason === null,
    );
    const set = await openSet(context, { found, config, root }, members);
    const { members: conda, outages } = set.conda;
    if (set.poetry.length + set.pip.length + conda.length + set.findings.length + outages.length > 0) {
      yield set;
    }
  }
}

/** Directories of the sets, in order. */
export function setRoots(found: FoundProjects): readonly string[] {
  return [...new Set(found.projects.map((project) => project.coherenceSet))].sort();
}

interface SetPlace {
  readonly found: FoundProjects;
  readonly config: Config;
  readonly root: string;
}

async function openSet(context: EngineContext, place: SetPlace, members: readonly Project[]): Promise<CoherenceSet> {
  const { found, config } = place;
  const policy = updatePolicy(config, context, inUseOf(found, members));
  const findings: Finding[] = [];
  const poetry: PoetryWorkspace[] = [];
  const pip: PipMember[] = [];
  const conda = await openCondaSide(context, { found, config, pypi: policy }, members.filter(hasNoSecret));
  findings.push(...conda.findings);
  for (const project of members) {
    const secret = project.manifests.flatMap((one) => one.indexes).find((index) => /\$\{?\w/u.test(index.url));
    if (secret !== undefined) {
      // Going on without this index would look for private names on PyPI.
      const file = project.manifests.find((one) => one.indexes.includes(secret))?.path ?? project.id;
      const problem = `the index ${shownUrl(secret.url)} has a variable, which Relock never fills from its own environment`;
      findings.push(notUpdated(file, secret.line, problem));
    } else if (project.tool === "poetry") {
      const opened = openPoetryWorkspace(context, found, project, policy);
      if ("problem" in opened) {
        findings.push(notUpdated(opened.file, opened.line, opened.problem));
      } else if (opened.lock === null) {
        findings.push(notUpdated(project.id, null, "the project has no poetry.lock: `relock lock` writes one", "info"));
      } else {
        poetry.push(opened);
        findings.push(...presentProblems(opened).map(brokenLock));
      }
    } else if (conda.members.some(({ workspace }) => workspace.project === project)) {
      pip.push(...condaPip(context, conda, project, policy));
    } else if (project.tool === "pip" || (project.tool === "conda+pip" && !conda.unopened.has(project))) {
      const member = await openPip(context, openPipWorkspace(context, project, policy));
      pip.push(member);
      findings.push(...member.workspace.findings, ...brokenFindings(member));
    }
  }
  const moving = new Set(pinsOf(conda.members).pins.flatMap(({ places }) => places.map(({ file }) => file)));
  return {
    ...place,
    poetry,
    pip,
    conda,
    sharedNames: new SharedNames(conda),
    pythonLimit: (minor) => pythonLimit(members, moving, minor),
    findings,
  };
}

/** A variable in the URL of an index: see where it is reported. */
function hasNoSecret(project: Project): boolean {
  return project.manifests.flatMap((one) => one.indexes).every((index) => !/\$\{?\w/u.test(index.url));
}

/** The pip entries of a conda project, which are solved with what conda installs. */
function condaPip(
  context: EngineContext,
  { members }: CondaSide,
  project: Project,
  policy: ReturnType<typeof updatePolicy>,
): readonly PipMember[] {
  const manifests = pipManifests(project.manifests);
  if (manifests.every(({ requirements }) => requirements.every(({ ecosystem }) => ecosystem !== "pypi"))) {
    return [];
  }
  return members
    .filter(({ workspace }) => workspace.project === project)
    .map((member) => {
      const plain = openPipWorkspace(context, { ...project, manifests }, policy);
      const workspace = condaPipWorkspace(plain, member);
      return { workspace, baseline: condaPipBaseline(member), conda: { member, plain } };
    });
}

async function openPip(context: EngineContext, workspace: PipWorkspace): Promise<PipMember> {
  const { manifests } = workspace.project;
  const { pins, kept } = pipPins(manifests, new Map());
  // A pin of a series (`~=1.4`) says only when solved which version it comes to.
  if (pins.length + kept.length === 0) {
    return { workspace, baseline: { solved: new Map(), broken: new Map() } };
  }
  context.progress({ kind: "phase", message: `Solving ${workspace.project.id} as it is` });
  const targets = workspace.targets.map((target) => target.id);
  return { workspace, baseline: await solveBaseline(targets, (solve) => workspace.solve(solve)) };
}

/** Pip files that no target can install as they stand: nothing of them can be judged, so nothing moves. */
function brokenFindings({ workspace, baseline }: PipMember): readonly Finding[] {
  const byReason = new Map<string, string[]>();
  for (const [target, explanation] of baseline.broken) {
    byReason.set(explanation, [...(byReason.get(explanation) ?? []), target]);
  }
  return [...byReason].map(([explanation, targets]) => ({
    code: "not-installable",
    severity: "warning",
    file: workspace.project.id,
    line: null,
    message: `Cannot be installed as it is: ${explanation.replace(/\s+/gu, " ")}`,
    targets,
  }));
}

/** A release that the lock has and a target cannot install: found by no solve, and no update need mend it. */
function brokenLock(problem: Finding): Finding {
  return {
    ...problem,
    code: "not-installable",
    severity: "warning",
    message: `Cannot be installed as it is: ${problem.message}`,
  };
}

function notUpdated(
  file: string,
  line: number | null,
  problem: string,
  severity: Finding["severity"] = "warning",
): Finding {
  return { code: "not-updated", severity, file, line, message: `Not updated: ${problem}`, targets: [] };
}

/** Locked and pinned versions: policy never moves anything behind them. */
function inUseOf(found: FoundProjects, members: readonly Project[]): ReadonlyMap<string, ReadonlySet<string>> {
  const locked = members.flatMap((project) => {
    const text = project.lock === null ? undefined : found.files.texts.get(project.lock.path)?.text;
    return text === undefined ? [] : lockedVersions(text).map((one): [string, string] => [one.name, one.version]);
  });
  const pinned = members.flatMap((project) =>
    pipPins(project.manifests, new Map()).pins.map((pin): [string, string] => [pin.name, pin.current.text]),
  );
  return versionsInUse([...locked, ...pinned]);
}
