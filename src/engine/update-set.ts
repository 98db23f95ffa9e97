/** One unit on a whole coherence set: members move together or not at all. */
import { normalizeName } from "#packaging/names.ts";
import { editManifests } from "#planning/edit-project.ts";
import { pipPins } from "#planning/pip-requirements.ts";
import type { HeldUpdate } from "#planning/proposal.ts";
import type { CoherenceSet, PipMember } from "./coherence-set.ts";
import type { PoetryWorkspace } from "./poetry-project.ts";
import { updatePip, type PipUpdate } from "./update-pip.ts";
import { updatePoetry, type PoetryUpdateOutcome } from "./update-poetry.ts";
import type { UpdateUnit } from "#planning/plan-units.ts";

export interface SetUpdate {
  readonly unit: UpdateUnit;
  readonly poetry: readonly { readonly workspace: PoetryWorkspace; readonly outcome: PoetryUpdateOutcome }[];
  readonly pip: readonly { readonly member: PipMember; readonly update: PipUpdate }[];
  readonly held: readonly HeldUpdate[];
}

/**
 * Moves what the unit may move. Locks decide first; pins of pip files follow them. Where a pin cannot follow a move, the
 * name stays where it is everywhere, and all is solved again: each round adds a name that stays, so it ends.
 */
export async function updateSet(set: CoherenceSet, unit: UpdateUnit): Promise<SetUpdate> {
  const stay = new Map<string, string>();
  const refusals = new Map<string, HeldUpdate>();
  for (;;) {
    const poetry: { workspace: PoetryWorkspace; outcome: PoetryUpdateOutcome }[] = [];
    for (const workspace of set.poetry) {
      poetry.push({ workspace, outcome: await updatePoetry(workspace, { unit, config: set.config, stay }) });
    }
    const decided = decidedVersions(poetry);
    const pip = await updateMembers(set.pip, { unit, decided, frozen: new Set(refusals.keys()) });
    const refused = pip.flatMap(({ update }) => [...update.refused, ...refusedEdits(set, update)]);
    const before = lockedBefore(set.poetry);
    const fresh = refused.filter(([name]) => !refusals.has(name));
    if (fresh.length === 0) {
      return { unit, poetry, pip, held: [...refusals.values()] };
    }
    for (const [name, held] of fresh) {
      refusals.set(name, held);
      const version = before.get(name);
      if (version !== undefined) {
        stay.set(name, version);
      }
    }
  }
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
  members: readonly PipMember[],
  { unit, decided, frozen }: MemberRequest,
): Promise<SetUpdate["pip"]> {
  const names = new Set([...unit.names].filter((name) => !frozen.has(name)));
  const fixed = new Map(decided);
  const done: { member: PipMember; update: PipUpdate }[] = [];
  for (const member of members) {
    const own = new Map([...fixed].filter(([name]) => names.has(name)));
    const update = await updatePip(member.workspace, {
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

/** Every name that a lock of the set has. */
export function lockedNames(set: Pick<CoherenceSet, "poetry">): ReadonlySet<string> {
  return new Set(lockedBefore(set.poetry).keys());
}

/** Every name that the set states itself: direct requirements and pins. */
export function statedNames(set: Pick<CoherenceSet, "poetry" | "pip">): ReadonlySet<string> {
  const direct = set.poetry.flatMap((workspace) =>
    workspace.manifest.requirements
      .filter((one) => one.group !== "build" && one.name !== "python" && one.origin.kind === "index")
      .map((one) => one.name),
  );
  const pinned = set.pip.flatMap(({ workspace }) =>
    pipPins(workspace.project.manifests, new Map()).pins.map((pin) => pin.name),
  );
  return new Set([...direct, ...pinned].sort());
}
