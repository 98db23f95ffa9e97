/** From what a unit did to a coherence set to the pull request that proposes it. */
import type { Config } from "#config/config.ts";
import type { Finding } from "#formats/finding.ts";
import { findSkews } from "#formats/skews.ts";
import { encodeText } from "#formats/text/decode.ts";
import type { Target } from "#packaging/target.ts";
import { describeBody } from "#planning/describe/body.ts";
import {
  releaseKey,
  type CoherenceRow,
  type PullRequestSummary,
  type ReleaseFacts,
  type TargetRow,
} from "#planning/describe/summary.ts";
import { describeTitle } from "#planning/describe/title.ts";
import { editManifests, type ManifestEdits } from "#planning/edit-project.ts";
import { poetryChanges } from "#planning/poetry-changes.ts";
import type { FileEdit, HeldUpdate, PackageChange, ProposedPullRequest } from "#planning/proposal.ts";
import type { PackageIndex } from "#ports.ts";
import { readPyproject } from "#formats/manifests/pyproject/read.ts";
import type { CoherenceSet } from "./coherence-set.ts";
import { condaLockCommands, condaReleases, condaRows } from "./conda/describe-conda.ts";
import { hasLock, type CondaWritten } from "./conda/write-conda.ts";
import type { EngineContext } from "./context.ts";
import { remainingProblems } from "./lock-problems.ts";
import { releaseFacts } from "./release-facts.ts";
import type { SetUpdate } from "./update-set.ts";

/** A pull request, or nothing where the unit changes nothing. Findings say which edits could not be made. */
export interface DescribedUpdate {
  readonly pullRequest: ProposedPullRequest | null;
  readonly findings: readonly Finding[];
}

/** Everything that changes, before it is put into words. */
interface Changed {
  readonly edits: readonly FileEdit[];
  readonly manifests: ManifestEdits;
  readonly changes: readonly PackageChange[];
  readonly targets: readonly Target[];
  /** Targets on which the old files could not be installed. */
  readonly broken: ReadonlyMap<string, string>;
  /** Null where nothing of conda changes. */
  readonly conda: CondaWritten | null;
}

export async function describeSet(
  context: EngineContext,
  set: CoherenceSet,
  update: SetUpdate,
  held: readonly HeldUpdate[],
): Promise<DescribedUpdate> {
  const changed = collectChanges(set, update);
  const conda = changed.conda;
  const findings = [...changed.manifests.refusals, ...(update.conda?.written.findings ?? [])];
  if (changed.edits.length === 0) {
    return { pullRequest: null, findings };
  }
  const own = conda === null ? [] : await condaRows(set.conda.members, conda);
  const known = await factsOf(set, changed);
  const releases = new Map([...known, ...(conda === null ? [] : condaReleases(conda))]);
  const { group } = update.unit;
  const summary: PullRequestSummary = {
    group,
    focus: update.unit.refresh ? null : update.unit.names,
    projects: rootsOf(set),
    constraints: changed.manifests.changes,
    changes: changed.changes,
    releases: Object.fromEntries(releases),
    targets: [...targetRows(changed, releases, new Set(own.map(({ target }) => target))), ...own],
    coherence: coherenceRows(set, changed),
    held,
    findings: set.findings,
    reproduce: `relock update --exclude-newer ${new Date(horizon(context, set.config)).toISOString()}`,
    ...(conda === null ? {} : { ownTool: condaLockCommands(set.conda.members) }),
    now: context.excludeNewer ?? context.now,
    undated: undatedFiles(set),
  };
  const pullRequest = {
    group,
    branch: `relock/${group}`,
    title: describeTitle(summary),
    body: describeBody(summary),
    edits: changed.edits,
    changes: changed.changes,
  };
  return { pullRequest, findings };
}

/** Folders of the set's projects, or `.` where they are those of the whole repository. */
function rootsOf({ root, found }: CoherenceSet): readonly string[] {
  const own = found.projects.filter(({ coherenceSet }) => coherenceSet === root).map((project) => project.root);
  return root === "" || own.length === 0 ? [root === "" ? "." : root] : [...new Set(own)].sort();
}

function undatedFiles(set: CoherenceSet): readonly string[] {
  const indexes = [...set.poetry, ...set.pip.map(({ workspace }) => workspace)].map(({ index }) => index);
  const conda = set.conda.members.flatMap(({ workspace }) => [...workspace.observations().undated]);
  return [...new Set([...indexes.flatMap((index) => [...index.observations().undated]), ...conda])].sort();
}

/**
 * The date that gives the same result again. With a date the default cooldown is none, so the date takes it off; a
 * cooldown that somebody configured is counted with a date as well.
 */
function horizon(context: EngineContext, { cooldown }: Config): number {
  if (context.excludeNewer !== null) {
    return context.excludeNewer;
  }
  return cooldown.isConfigured ? context.now : context.now - cooldown.days * 24 * 60 * 60 * 1000;
}

function collectChanges(set: CoherenceSet, update: SetUpdate): Changed {
  const edits: FileEdit[] = [];
  const changes: PackageChange[] = [];
  const targets = new Map<string, Target>();
  const broken = new Map<string, string>();
  const conda = worthWriting(set, update);
  // Edits of pip entries that conda is solved with are among those of the conda side.
  const constraintEdits = [
    ...update.poetry.flatMap(({ outcome }) => (outcome.kind === "updated" ? outcome.edits : [])),
    ...update.pip.filter(({ member }) => member.conda === undefined).flatMap((one) => one.update.edits),
    ...(conda?.edits ?? []),
  ];
  const manifests = editManifests(set.found, constraintEdits);
  edits.push(...manifests.edits);
  for (const { workspace, outcome } of update.poetry) {
    if (outcome.kind !== "updated") {
      continue;
    }
    workspace.targets.forEach((target) => targets.set(target.id, target));
    for (const { message, targets: ids } of remainingProblems(workspace, outcome)) {
      const concerned = ids.length === 0 ? workspace.targets.map((target) => target.id) : ids;
      concerned.forEach((target) => broken.set(target, message));
    }
    const decoded = set.found.files.texts.get(workspace.lockPath);
    const style = decoded ?? { encoding: "utf-8" as const, bom: false };
    edits.push({ file: workspace.lockPath, content: encodeText({ ...style, text: outcome.lockText }) });
    const after = readPyproject(workspace.manifest.path, outcome.manifestText);
    const manifest = after.kind === "pyproject" ? after.manifest : workspace.manifest;
    const before = workspace.lock === null ? null : { lock: workspace.lock, manifest: workspace.manifest };
    changes.push(...poetryChanges(before, { lock: outcome.lock, manifest }, workspace.targets));
  }
  edits.push(...(conda?.files ?? []));
  changes.push(...(conda?.changes ?? []));
  for (const { member, update: pip } of pipUpdates(update, conda)) {
    member.workspace.targets.forEach((target) => targets.set(target.id, target));
    member.baseline.broken.forEach((reason, target) => broken.set(target, reason));
    changes.push(...pip.changes);
  }
  return { edits, manifests, changes: mergeChanges(changes), targets: [...targets.values()], broken, conda };
}

/** pip files that change; the pip entries of a conda environment change with it, and its lock tells of them. */
function pipUpdates({ pip }: SetUpdate, conda: CondaWritten | null): SetUpdate["pip"] {
  return pip.filter(({ member, update }) =>
    member.conda === undefined ? update.edits.length > 0 : conda !== null && !hasLock(member.conda.member),
  );
}

/**
 * A refresh is worth any change of a package, but not that a channel mended what it says of one; a unit that moves some names
 * is worth a change of one of those.
 */
function worthWriting({ sharedNames }: CoherenceSet, { unit, conda }: SetUpdate): CondaWritten | null {
  const names = sharedNames.withTwins(unit.names);
  const moved = conda?.written.changes.filter(({ name, from, to }) => from !== to && (unit.refresh || names.has(name)));
  return conda !== null && (conda.written.edits.length > 0 || (moved ?? []).length > 0) ? conda.written : null;
}

/** The same move in several files is one change. */
function mergeChanges(changes: readonly PackageChange[]): readonly PackageChange[] {
  const merged = new Map<string, PackageChange>();
  for (const change of changes) {
    const key = JSON.stringify([releaseKey(change, ""), change.from, change.to, change.reason ?? ""]);
    const present = merged.get(key);
    const targets = [...new Set([...(present?.targets ?? []), ...change.targets])];
    merged.set(key, { ...change, direct: change.direct || present?.direct === true, targets });
  }
  return [...merged.values()].sort((left, right) => (left.name === right.name ? 0 : left.name < right.name ? -1 : 1));
}

async function factsOf(set: CoherenceSet, changed: Changed): Promise<ReadonlyMap<string, ReleaseFacts>> {
  const indexes: readonly Pick<PackageIndex, "listing">[] = [
    ...set.poetry.map((workspace) => workspace.unfiltered),
    ...set.pip.map(({ workspace }) => workspace.index),
  ];
  const facts = new Map<string, ReleaseFacts>();
  for (const { name, from, to } of changed.changes.filter(({ ecosystem }) => ecosystem !== "conda")) {
    for (const version of [from, to]) {
      if (version === null || facts.has(`${name} ${version}`)) {
        continue;
      }
      for (const index of indexes) {
        const found = await releaseFacts(index, { name, version }, changed.targets);
        if (found !== null) {
          facts.set(`${name} ${version}`, found);
          break;
        }
      }
    }
  }
  return facts;
}

/** @param told targets that have a row of the conda side */
function targetRows(
  changed: Changed,
  releases: ReadonlyMap<string, ReleaseFacts>,
  told: ReadonlySet<string>,
): readonly TargetRow[] {
  const targets = changed.targets.filter(({ id }) => !told.has(id));
  return targets.map((target) => {
    const own = changed.changes.filter((change) => change.targets.includes(target.id));
    const reason = changed.broken.get(target.id);
    return {
      target: target.id,
      python: target.python,
      state: reason === undefined ? "solved" : "not-installable-before",
      changed: own.length,
      bytes: bytesOf(own, target.id, releases),
      note: reason ?? "",
    };
  });
}

/** Null where one size is not known: a sum of half the sizes would mislead. */
function bytesOf(
  changes: readonly PackageChange[],
  target: string,
  releases: ReadonlyMap<string, ReleaseFacts>,
): number | null {
  let sum = 0;
  for (const { name, from, to } of changes) {
    const added = to === null ? 0 : releases.get(`${name} ${to}`)?.sizes[target];
    const removed = from === null ? 0 : releases.get(`${name} ${from}`)?.sizes[target];
    if (added === undefined || removed === undefined) {
      return null;
    }
    sum += added - removed;
  }
  return sum;
}

/** Facts that several files state and of which one place moves: what each place says before and after. */
function coherenceRows(set: CoherenceSet, changed: Changed): readonly CoherenceRow[] {
  const skewed = skewRows(set, changed);
  const told = new Set(skewed.map((row) => row.fact));
  const names = [...new Set(changed.manifests.changes.map((change) => change.name))].filter((name) => !told.has(name));
  const agreeing = names.flatMap((fact) => {
    const own = changed.manifests.changes.filter((change) => change.name === fact);
    const files = new Set(own.map((change) => change.file));
    return files.size < 2
      ? []
      : [{ fact, places: own.map(({ file, line, before, after }) => ({ file, line, before, after })) }];
  });
  return [...skewed, ...agreeing];
}

/** Facts on which the files disagree before the change. */
function skewRows(set: CoherenceSet, changed: Changed): readonly CoherenceRow[] {
  const edited = new Map(changed.manifests.changes.map((change) => [`${change.file}:${change.line}`, change.after]));
  const locks = new Set(set.poetry.map((workspace) => workspace.lockPath));
  return findSkews(set.found, (name) => set.sharedNames.pypiName(name))
    .filter((skew) => skew.coherenceSet === set.root)
    .filter((skew) => skew.places.some((place) => edited.has(`${place.file}:${place.line}`)))
    .map((skew) => ({
      fact: skew.fact,
      places: skew.places.map((place) => {
        const names = set.sharedNames.twins(skew.fact);
        const moved = changed.changes.find((change) => names.includes(change.name) && change.from === place.value);
        const inLock = locks.has(place.file) ? moved?.to : undefined;
        const after = edited.get(`${place.file}:${place.line}`) ?? inLock ?? place.value;
        return { file: place.file, line: place.line, before: place.value, after };
      }),
    }));
}
