/** One unit on a whole coherence set: members move together or not at all. */
import { groupOf } from "#config/policies.ts";
import { normalizeName } from "#packaging/names.ts";
import { compareVersions, parseVersion } from "#packaging/pep440-version.ts";
import { editManifests } from "#planning/edit-project.ts";
import { pipPins } from "#planning/pip-requirements.ts";
import type { HeldUpdate } from "#planning/proposal.ts";
import type { CoherenceSet, PipMember } from "./coherence-set.ts";
import { condaPipWorkspace } from "./conda/conda-pip-workspace.ts";
import { cellId, cellsOf, pinsOf, statedRequirements } from "./conda/conda-member.ts";
import { isAllowed } from "#planning/conda-pins.ts";
import { updateConda, type CondaUpdate } from "./conda/update-conda.ts";
import { writeConda, type CondaWritten } from "./conda/write-conda.ts";
import type { PipWorkspace } from "./pip-project.ts";
import type { PoetryWorkspace } from "./poetry-project.ts";
import { installedVersions, updatePip, type PipUpdate } from "./update-pip.ts";
import { updatePoetry, type PoetryUpdateOutcome } from "./update-poetry.ts";
import type { UpdateUnit } from "#planning/plan-units.ts";

export interface SetUpdate {
  readonly unit: UpdateUnit;
  readonly poetry: readonly { readonly workspace: PoetryWorkspace; readonly outcome: PoetryUpdateOutcome }[];
  readonly pip: readonly { readonly member: PipMember; readonly update: PipUpdate }[];
  /** Null where the set has no conda environment. */
  readonly conda: { readonly update: CondaUpdate; readonly written: CondaWritten } | null;
  readonly held: readonly HeldUpdate[];
}

/**
 * Moves what the unit may move. Locks decide first; pins of pip files follow them. Where a pin cannot follow a move, the
 * newest version that it can have is tried for all; where that is none, the name stays where it is everywhere. All is
 * solved again then: a name is lowered once and settled once, so it ends.
 */
export async function updateSet(set: CoherenceSet, asked: UpdateUnit): Promise<SetUpdate> {
  const unit = withTwins(set, asked);
  const before = lockedBefore(set.poetry);
  const settled = new Settled(before);
  set.conda.unseen.forEach((name) => settled.keep(name));
  for (;;) {
    const poetry: { workspace: PoetryWorkspace; outcome: PoetryUpdateOutcome }[] = [];
    for (const workspace of set.poetry) {
      const outcome = await updatePoetry(workspace, { unit, config: set.config, stay: settled.versions });
      poetry.push({ workspace, outcome });
    }
    if (settled.lowered.size > 0 && poetry.some(({ outcome }) => outcome.kind === "refused")) {
      [...settled.lowered].forEach((name) => settled.keep(name));
      continue;
    }
    const locked = decidedVersions(poetry);
    const conda = await updateCondaSide(set, { unit, decided: locked, frozen: settled.kept });
    const decided = new Map([...condaVersions(set, unit, conda), ...locked]);
    const pip = await updateMembers(set, conda, { unit, decided, frozen: settled.kept });
    const refused: Refusal[] = [
      ...condaRefusals(set, conda),
      ...keptByConda(set, { unit, decided: locked, before }),
      ...pip.flatMap(({ member, update }) =>
        [...update.refused, ...refusedEdits(set, update)].map(([name, held]) => ({ name, held, member })),
      ),
    ];
    const fresh = refused.filter(({ name }) => !settled.kept.has(name));
    if (fresh.length === 0) {
      return {
        unit,
        poetry,
        pip,
        conda: await finishConda(set, unit, { conda, pip }),
        held: [...settled.refusals.values()],
      };
    }
    for (const { name, held, member } of fresh) {
      settled.note(name, held);
      const lower = settled.lowered.has(name) || member === null ? null : await newestAlone(member, unit, name);
      const isBetween = lower !== null && isNewer(lower, before.get(name)) && isNewer(decided.get(name), lower);
      if (isBetween) {
        settled.lower(name, lower);
      } else {
        settled.keep(name);
      }
    }
  }
}

/** A name that a file could not follow; null: it is a file of conda's. */
interface Refusal {
  readonly name: string;
  readonly held: HeldUpdate;
  readonly member: PipMember | null;
}

async function updateCondaSide(set: CoherenceSet, request: MemberRequest): Promise<CondaUpdate | null> {
  const { members } = set.conda;
  const { sharedNames, config } = set;
  if (members.length === 0) {
    return null;
  }
  const { unit, decided, frozen } = request;
  const fixed = pinsOf(members).pins.flatMap(({ name }) => {
    const project = sharedNames.pypiName(name);
    const version = project === null || !unit.names.has(name) ? undefined : decided.get(project);
    return version === undefined ? [] : [[name, version.split("+")[0] ?? version] as const];
  });
  return updateConda(members, {
    unit,
    config,
    fixed: new Map(fixed),
    frozen: sharedNames.withTwins(frozen),
    allowsPython: (minor) => set.pythonLimit(minor) === null,
  });
}

/** A package that conda and PyPI name differently is one fact: what is asked of one name is asked of both. */
function withTwins({ sharedNames }: CoherenceSet, unit: UpdateUnit): UpdateUnit {
  const { reach, apart } = unit;
  const asked =
    typeof reach === "string"
      ? reach
      : new Map([...reach].flatMap(([name, text]) => sharedNames.twins(name).map((twin) => [twin, text] as const)));
  return {
    ...unit,
    names: sharedNames.withTwins(unit.names),
    reach: asked,
    ...(apart === undefined ? {} : { apart: sharedNames.withTwins(apart) }),
  };
}

/** Versions of projects that conda pins will have, by their PyPI names. */
function condaVersions(
  { conda: { members }, sharedNames }: CoherenceSet,
  unit: UpdateUnit,
  update: CondaUpdate | null,
): ReadonlyMap<string, string> {
  const versions = new Map<string, string>();
  if (update?.kind !== "moved") {
    return versions;
  }
  for (const { name } of pinsOf(members).pins) {
    const project = sharedNames.pypiName(name);
    const records = [...update.solved.values()].flatMap(({ conda }) => conda.filter((record) => record.name === name));
    const distinct = new Set(records.map(({ version }) => version));
    const [version] = distinct;
    if (project !== null && version !== undefined && distinct.size === 1 && unit.names.has(name)) {
      versions.set(project, version);
    }
  }
  return versions;
}

/** Names that stay in every file, because conda's files cannot follow or a target of conda's has no solution with them. */
function condaRefusals({ sharedNames }: CoherenceSet, update: CondaUpdate | null): readonly Refusal[] {
  if (update === null) {
    return [];
  }
  const held =
    update.kind === "moved" ? [...update.refused] : update.held.map((one): [string, HeldUpdate] => [one.name, one]);
  return held.map(([name, one]) => ({ name: sharedNames.pypiName(name) ?? name, held: one, member: null }));
}

/** Names that a file moved although a constraint of conda's, which is not to be moved, says otherwise. */
function keptByConda(
  { conda: { members }, sharedNames }: CoherenceSet,
  { unit, decided, before }: Readonly<Record<"decided" | "before", ReadonlyMap<string, string>>> & { unit: UpdateUnit },
): readonly Refusal[] {
  return pinsOf(members).kept.flatMap(({ name, places, reason }) => {
    const project = sharedNames.pypiName(name) ?? name;
    const wanted = decided.get(project);
    const isMoved = wanted !== undefined && unit.names.has(name) && wanted !== before.get(project);
    if (!isMoved || places.every(({ constraint }) => constraint === null || isAllowed(constraint.text, wanted))) {
      return [];
    }
    const holder = places.map(({ file, line }) => `${file}:${line}`).join(", ");
    return [{ name: project, held: { name, wanted, holder, reason, targets: [] }, member: null }];
  });
}

async function finishConda(
  set: CoherenceSet,
  { refresh }: UpdateUnit,
  { conda: update, pip }: { readonly conda: CondaUpdate | null; readonly pip: SetUpdate["pip"] },
): Promise<SetUpdate["conda"]> {
  if (update === null) {
    return null;
  }
  const edits = pip.filter(({ member }) => member.conda !== undefined).flatMap((one) => one.update.edits);
  return { update, written: await writeConda(set, update, { edits, refresh }) };
}

/** What became of names that some file could not follow. */
class Settled {
  /** The versions that locks are held to. */
  readonly versions = new Map<string, string>();
  /** Names at the newest version that every file may have. */
  readonly lowered = new Set<string>();
  /** Names that stay where they are, in every file. */
  readonly kept = new Set<string>();
  readonly refusals = new Map<string, HeldUpdate>();
  readonly #before: ReadonlyMap<string, string>;

  constructor(before: ReadonlyMap<string, string>) {
    this.#before = before;
  }

  /** The first refusal is of the newest version, which is the one that people ask about. */
  note(name: string, held: HeldUpdate): void {
    if (!this.refusals.has(name)) {
      this.refusals.set(name, held);
    }
  }

  lower(name: string, version: string): void {
    this.lowered.add(name);
    this.versions.set(name, version);
  }

  keep(name: string): void {
    this.lowered.delete(name);
    this.kept.add(name);
    const version = this.#before.get(name);
    if (version === undefined) {
      this.versions.delete(name);
    } else {
      this.versions.set(name, version);
    }
  }
}

/** The newest version of a pin that its own file can have. */
async function newestAlone(member: PipMember, unit: UpdateUnit, name: string): Promise<string | null> {
  const alone = { ...unit, names: new Set([name]) };
  const update = await updatePip(member.workspace, { unit: alone, baseline: member.baseline, fixed: new Map() });
  return update.changes.find((change) => change.name === name)?.to ?? null;
}

function isNewer(left: string | undefined, right: string | undefined): boolean {
  const one = parseVersion(left ?? "");
  const other = parseVersion(right ?? "");
  return one !== null && other !== null && compareVersions(one, other) > 0;
}

/** A pin that cannot be written keeps its name where it is, in every file. */
function refusedEdits({ found }: CoherenceSet, { edits }: PipUpdate): readonly (readonly [string, HeldUpdate])[] {
  return editManifests(found, edits).refusals.flatMap(({ file, line, message }) => {
    const holder = line === null ? file : `${file}:${line}`;
    return edits
      .filter(({ requirement }) => requirement.file === file)
      .map(({ requirement: { name }, constraint }) => {
        return [name, { name, wanted: constraint, holder, reason: message, targets: [] }] as const;
      });
  });
}

interface MemberRequest {
  readonly unit: UpdateUnit;
  readonly decided: ReadonlyMap<string, string>;
  /** Names that a member refused: they stay in every file. */
  readonly frozen: ReadonlySet<string>;
}

async function updateMembers(
  set: CoherenceSet,
  conda: CondaUpdate | null,
  { unit, decided, frozen }: MemberRequest,
): Promise<SetUpdate["pip"]> {
  const names = new Set([...unit.names].filter((name) => !frozen.has(name)));
  const fixed = new Map(decided);
  const done: { member: PipMember; update: PipUpdate }[] = [];
  for (const member of set.pip) {
    const own = new Map([...fixed].filter(([name]) => names.has(name)));
    const update = await updatePip(workspaceOf(set, member, conda), {
      unit: { ...unit, names },
      baseline: member.baseline,
      fixed: own,
    });
    done.push({ member, update });
    // A pin that moved here decides for the files after it, as a lock does.
    for (const change of update.changes) {
      if (change.to !== null && !fixed.has(change.name)) {
        fixed.set(change.name, change.to);
      }
    }
  }
  return done;
}

/** pip entries of a conda environment are solved with what its conda entries will be. */
function workspaceOf(set: CoherenceSet, { workspace, conda }: PipMember, update: CondaUpdate | null): PipWorkspace {
  if (conda === undefined || update?.kind !== "moved") {
    return workspace;
  }
  const { members } = set.conda;
  const environments = conda.member.workspace.targets.flatMap((target) => {
    const edited = update.environments.get(cellId(members, conda.member, target));
    return edited === undefined ? [] : [[target.id, edited] as const];
  });
  return condaPipWorkspace(conda.plain, conda.member, new Map(environments));
}

/** One version by name, as the locks will have it; a name locked in several versions decides nothing. */
function decidedVersions(poetry: SetUpdate["poetry"]): ReadonlyMap<string, string> {
  const versions = new Map<string, Set<string>>();
  for (const { workspace, outcome } of poetry) {
    const lock = outcome.kind === "updated" ? outcome.lock : workspace.lock;
    for (const entry of lock?.packages ?? []) {
      const name = normalizeName(entry.name);
      versions.set(name, (versions.get(name) ?? new Set()).add(entry.version));
    }
  }
  return new Map([...versions].flatMap(([name, all]) => (all.size === 1 ? [[name, [...all][0] ?? ""] as const] : [])));
}

function lockedBefore(poetry: readonly PoetryWorkspace[]): ReadonlyMap<string, string> {
  const entries = poetry.flatMap((workspace) =>
    (workspace.lock?.packages ?? []).map((entry): [string, string] => [normalizeName(entry.name), entry.version]),
  );
  return new Map(entries);
}

/** Every name that a lock of the set has, or that its conda environments install. */
export function lockedNames(set: Pick<CoherenceSet, "poetry" | "conda">): ReadonlySet<string> {
  const conda = cellsOf(set.conda.members).flatMap(({ inUse }) => [...inUse.keys()]);
  const pip = set.conda.members.flatMap(({ baseline }) =>
    [...baseline.values()].flatMap(({ pypi }) => pypi.map(({ name }) => name)),
  );
  return new Set([...lockedBefore(set.poetry).keys(), ...conda, ...pip]);
}

/** Every name that the set states itself: direct requirements and pins. */
export function statedNames(set: Pick<CoherenceSet, "poetry" | "pip" | "conda" | "config">): ReadonlySet<string> {
  const direct = set.poetry.flatMap((workspace) =>
    workspace.manifest.requirements
      .filter((one) => one.group !== "build" && one.name !== "python" && one.origin.kind === "index")
      .map((one) => one.name),
  );
  const pinned = set.pip.flatMap(({ workspace, baseline }) =>
    pipPins(workspace.project.manifests, installedVersions(baseline)).pins.map((pin) => pin.name),
  );
  // What names no version moves with its lock, unless a group is configured for it.
  const conda = statedRequirements(set.conda.members).map(({ name }) => name);
  const grouped = conda.filter((name) => groupOf(set.config, name) !== null);
  const condaPins = pinsOf(set.conda.members).pins.map((pin) => pin.name);
  return new Set([...direct, ...pinned, ...condaPins, ...grouped].sort());
}
