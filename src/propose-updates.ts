/** The program in words: files in, proposal out. */
import { readConfig } from "#config/read-config.ts";
import { CONFIG_PATH, type Config } from "#config/config.ts";
import { isIncludedPath } from "#config/policies.ts";
import { openCoherenceSets, setRoots, type CoherenceSet } from "#engine/coherence-set.ts";
import { INDEX_UNREACHABLE } from "#engine/check-pip.ts";
import { condaMajors } from "#engine/conda/conda-majors.ts";
import { heldInConda } from "#engine/conda/held-in-conda.ts";
import type { EngineContext } from "#engine/context.ts";
import { describeSet } from "#engine/describe-set.ts";
import { heldInPip } from "#engine/held-in-pip.ts";
import { heldInLock, majorCandidates, pipMajorCandidates } from "#engine/held-in-lock.ts";
import { lockedNames, statedNames, updateSet, type SetUpdate } from "#engine/update-set.ts";
import { watchOutages } from "#engine/watch-outages.ts";
import { findProjects, type FoundProjects } from "#formats/find-projects.ts";
import type { Finding } from "#formats/finding.ts";
import type { IndexProblem } from "#packaging/index-records.ts";
import { normalizeName } from "#packaging/names.ts";
import type { RepositorySnapshot } from "#formats/repository-snapshot.ts";
import { decodeText } from "#formats/text/decode.ts";
import { askedConstraint, planUnits, requestedUnit, type UpdateUnit } from "#planning/plan-units.ts";
import { defaultGroup } from "#planning/update-groups.ts";
import type { HeldUpdate, ProposedPullRequest, Proposal } from "#planning/proposal.ts";
import type { UpdateRequest } from "./engine.ts";

/** What a run is given besides the files. */
export interface ProposeOptions {
  readonly request: UpdateRequest;
  /** Text of the organisation's `.github/relock.yml`, or null. */
  readonly organisationDefaults: string | null;
}

/** Solves first, proposes after. Whatever a repository or an index did wrong is a finding or a held update. */
export async function proposeUpdates(
  context: EngineContext,
  snapshot: RepositorySnapshot,
  options: ProposeOptions,
): Promise<Proposal> {
  const configuration = readConfiguration(snapshot, options.organisationDefaults);
  if ("findings" in configuration) {
    return { pullRequests: [], held: [], findings: configuration.findings };
  }
  if (!configuration.config.enabled) {
    return { pullRequests: [], held: [], findings: [switchedOff()] };
  }
  const found = openProjects(snapshot, configuration.config);
  const watched = watchOutages(context);
  const { pullRequests, held, findings } = await proposeAll(watched.context, found, {
    config: configuration.config,
    request: options.request,
  });
  return {
    pullRequests,
    held: distinctHeld(held),
    findings: [...found.findings, ...findings, ...outageFindings(untold(watched.outages(), findings), found)],
  };
}

interface Run {
  readonly config: Config;
  readonly request: UpdateRequest;
}

async function proposeAll(context: EngineContext, found: FoundProjects, { config, request }: Run): Promise<Proposal> {
  const pullRequests: ProposedPullRequest[] = [];
  const held: HeldUpdate[] = [];
  const findings: Finding[] = [];
  const labels = rootLabels(setRoots(found));
  // One set after the other: what a set has read is let go before the next is opened.
  for await (const set of openCoherenceSets(context, found, config)) {
    findings.push(...set.findings, ...set.conda.outages);
    for (const outcome of await proposeSet(
      context,
      set,
      await unitsOf(set, labels.get(set.root) ?? set.root, request),
    )) {
      pullRequests.push(...outcome.pullRequests);
      held.push(...outcome.held);
      findings.push(...outcome.findings);
    }
  }
  return { pullRequests, held, findings };
}

/**
 * One proposal for each unit that was asked for, in order. Units that come to nothing have no text of their own: the pull
 * request that answers for everything tells what holds them, so it is described last.
 */
async function proposeSet(
  context: EngineContext,
  set: CoherenceSet,
  planned: PlannedUnits,
): Promise<readonly Proposal[]> {
  const { units, asked } = planned;
  const outcomes = new Map<UpdateUnit, Proposal>();
  const heldApart = [...planned.heldApart];
  const refreshes = asked.filter((unit) => unit.refresh);
  const others = (refreshes.length > 0 ? units : asked).filter((unit) => !unit.refresh);
  for (const unit of [...others, ...refreshes]) {
    context.progress({ kind: "phase", message: `Updating ${unit.group}` });
    const outcome = await proposeUnit(context, set, { unit, units, heldApart });
    outcomes.set(unit, outcome);
    if (!unit.refresh && outcome.pullRequests.length === 0) {
      heldApart.push(...outcome.held);
    }
  }
  return asked.flatMap((unit) => outcomes.get(unit) ?? []);
}

/** Outages that no finding tells of yet. */
function untold(outages: readonly IndexProblem[], findings: readonly Finding[]): readonly IndexProblem[] {
  return outages.filter((outage) => !findings.some(({ message }) => message.endsWith(outage.message)));
}

/**
 * An index that could not be asked: what is not proposed for want of it is not known to be needless, so an open pull
 * request may not be taken back for that.
 */
function outageFindings(outages: readonly IndexProblem[], found: FoundProjects): readonly Finding[] {
  const [first] = outages;
  if (first === undefined) {
    return [];
  }
  const others = outages.length > 1 ? ` (and ${outages.length - 1} more)` : "";
  const file = found.projects[0]?.id ?? CONFIG_PATH;
  const message = `An index could not be asked${others}, so this run is not complete: ${first.message}`;
  return [{ code: INDEX_UNREACHABLE, severity: "error", file, line: null, message, targets: [] }];
}

/** The projects of a snapshot under a configuration. */
export function openProjects(snapshot: RepositorySnapshot, config: Config): FoundProjects {
  return findProjects(snapshot, { targets: config.targets, isIncluded: (path) => isIncludedPath(config, path) });
}

/** The configuration of a repository, or findings that say what is wrong with it, line by line. */
export function readConfiguration(
  snapshot: RepositorySnapshot,
  organisationDefaults: string | null,
): { readonly config: Config } | { readonly findings: readonly Finding[] } {
  const content = snapshot.files.get(CONFIG_PATH)?.content ?? null;
  const decoded = content === null ? null : decodeText(content);
  if (decoded !== null && decoded.kind !== "text") {
    return { findings: [invalid(CONFIG_PATH, 1, "it is not a text in UTF-8 or UTF-16")] };
  }
  const answer = readConfig(decoded?.decoded.text ?? null, organisationDefaults);
  return answer.kind === "valid"
    ? { config: answer.config }
    : { findings: answer.problems.map((problem) => invalid(answer.file, problem.line, problem.message)) };
}

function switchedOff(): Finding {
  const message = "Nothing is proposed: `enabled: false` switches Relock off here.";
  return { code: "switched-off", severity: "info", file: CONFIG_PATH, line: null, message, targets: [] };
}

function invalid(file: string, line: number, message: string): Finding {
  return { code: "invalid-configuration", severity: "error", file, line, message, targets: [] };
}

/** Folders as groups are named by them: `a/b` and `a-b` must not share a branch. */
function rootLabels(roots: readonly string[]): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  const taken = new Set<string>();
  for (const root of roots) {
    let label = root;
    for (let count = 2; taken.has(defaultGroup(label)); count++) {
      label = `${root}-${count}`;
    }
    taken.add(defaultGroup(label));
    labels.set(root, label);
  }
  return labels;
}

interface PlannedUnits {
  /** All of the set. */
  readonly units: readonly UpdateUnit[];
  /** Those that the request is about. */
  readonly asked: readonly UpdateUnit[];
  /** What has no unit, because other files leave it out. */
  readonly heldApart: readonly HeldUpdate[];
}

async function unitsOf(set: CoherenceSet, root: string, request: UpdateRequest): Promise<PlannedUnits> {
  const names = statedNames(set);
  if (request.kind === "packages") {
    const known = [...names, ...lockedNames(set)];
    const packages = request.packages.flatMap((one) => {
      // conda's names may have underscores and dots.
      const name =
        known.find((own) => own === one.name) ??
        known.find((own) => normalizeName(own) === one.name) ??
        known.find((own) => set.sharedNames.pypiName(own) === one.name);
      return name === undefined ? [] : [{ ...one, name }];
    });
    const units = packages.length === 0 ? [] : [requestedUnit(packages, root)];
    return { units, asked: units, heldApart: [] };
  }
  const { conda, sharedNames, config, pythonLimit } = set;
  const pypi = [
    ...(await Promise.all(set.poetry.map((workspace) => majorCandidates(workspace, config)))).flat(),
    ...(await Promise.all(set.pip.map((member) => pipMajorCandidates(member)))).flat(),
  ];
  const ofConda = await condaMajors(conda.members, { config, policy: conda.policy, pythonLimit });
  const twins = new Set(pypi.map(({ name }) => sharedNames.condaName(name)));
  const majors = [...pypi, ...ofConda.majors.filter(({ name }) => !twins.has(name))];
  const distinct = [...new Map(majors.map((one) => [one.name, one])).values()];
  const units = planUnits({ root, names, majors: distinct, platform: ofConda.platform }, config);
  const isAsked = (unit: UpdateUnit): boolean =>
    request.kind !== "relock" || (request.group ?? unit.group) === unit.group;
  return { units, asked: units.filter(isAsked), heldApart: ofConda.held };
}

interface UnitRun {
  readonly unit: UpdateUnit;
  /** All units of the run: what another one moves further is not held. */
  readonly units: readonly UpdateUnit[];
  readonly heldApart: readonly HeldUpdate[];
}

async function proposeUnit(
  context: EngineContext,
  set: CoherenceSet,
  { unit, units, heldApart }: UnitRun,
): Promise<Proposal> {
  const update = await updateSet(set, unit);
  const refused = refusedUnits(update);
  if (refused.length > 0 && !update.poetry.some(({ outcome }) => outcome.kind === "updated")) {
    return { pullRequests: [], held: [...refused, ...update.held], findings: [] };
  }
  const elsewhere = new Set(units.filter((other) => other !== unit).flatMap((other) => [...other.names]));
  const own = unit.refresh ? heldApart : [];
  const held = [...refused, ...update.held, ...(await heldHere(context, set, { update, elsewhere })), ...own];
  const described = await describeSet(context, set, update, distinctHeld(held));
  return {
    pullRequests: described.pullRequest === null ? [] : [described.pullRequest],
    held,
    findings: described.findings,
  };
}

interface HeldQuestion {
  readonly update: SetUpdate;
  /** Names of other units. */
  readonly elsewhere: ReadonlySet<string>;
}

async function heldHere(
  context: EngineContext,
  set: CoherenceSet,
  { update: { unit, poetry, pip, conda }, elsewhere }: HeldQuestion,
): Promise<readonly HeldUpdate[]> {
  const held: HeldUpdate[] = pip.flatMap(({ update }) => update.held);
  // A refresh answers for everything, a unit that takes its names as far as they go for these, a request for nothing else.
  const isTold = (name: string): boolean =>
    !elsewhere.has(name) &&
    !set.conda.unseen.has(name) &&
    (unit.refresh || (typeof unit.reach === "string" && unit.names.has(name)));
  for (const { member, update } of pip) {
    held.push(...(await heldInPip(member, update, set.config, isTold)));
  }
  if (conda !== null) {
    const { solved } = conda.written;
    const { config, conda: side } = set;
    held.push(...(conda.update.kind === "moved" ? conda.update.held : []), ...conda.written.held);
    const { excludeNewer } = context;
    const question = { config, excludeNewer, policy: side.policy, solved, isTold };
    held.push(...(await heldInConda(side.members, question)));
  }
  for (const { workspace, outcome } of poetry) {
    if (outcome.kind !== "refused") {
      held.push(...outcome.held);
    }
    const lock = outcome.kind === "updated" ? outcome.lock : workspace.lock;
    if (lock !== null) {
      held.push(...(await heldInLock(workspace, lock, set.config, isTold)));
    }
  }
  return held;
}

/** A unit that has no solution: its names are held with the explanation. */
function refusedUnits({ unit, poetry, conda }: SetUpdate): readonly HeldUpdate[] {
  const ofConda = conda?.update.kind === "refused" ? conda.update.held : [];
  const ofPoetry = poetry.flatMap(({ workspace, outcome }) =>
    outcome.kind === "refused"
      ? [...unit.names].map((name) => ({
          name,
          wanted: askedConstraint(unit, name) ?? "newest",
          holder: workspace.manifest.path,
          reason: outcome.reason.replace(/\s+/gu, " "),
          targets: [],
        }))
      : [],
  );
  return [...ofPoetry, ...ofConda];
}

/** The first reason for a name and version is the most telling one. */
function distinctHeld(held: readonly HeldUpdate[]): readonly HeldUpdate[] {
  const distinct = new Map<string, HeldUpdate>();
  for (const one of held) {
    if (!distinct.has(`${one.name} ${one.wanted}`)) {
      distinct.set(`${one.name} ${one.wanted}`, one);
    }
  }
  return [...distinct.values()];
}
