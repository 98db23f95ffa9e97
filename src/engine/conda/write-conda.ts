/** The files of the conda side after a unit: environments with all their edits, solved once more, and the locks that follow. */
import type { ConstraintEdit } from "#formats/manifests/edit-manifest.ts";
import type { Finding } from "#formats/finding.ts";
import type { CondaPackageChange } from "#planning/conda-lock-changes.ts";
import { editManifests } from "#planning/edit-project.ts";
import type { FileEdit, HeldUpdate, PackageChange } from "#planning/proposal.ts";
import type { FoundProjects } from "#formats/find-projects.ts";
import { cellsOf, statedRequirements, type CondaCell, type CondaMember } from "./conda-member.ts";
import { PLAIN_CONDA_SOLVE, type SolvedTarget } from "./conda-workspace.ts";
import { editEnvironment } from "./edit-environment.ts";
import { heldBy } from "./conda-holder.ts";
import type { CellFailure } from "./solve-cells.ts";
import type { CondaUpdate } from "./update-conda.ts";

export interface CondaWritten {
  /** Of conda entries and pip entries of the environments. */
  readonly edits: readonly ConstraintEdit[];
  /** Locks and what is derived from them. */
  readonly files: readonly FileEdit[];
  /** Targets are ids of cells. */
  readonly changes: readonly (PackageChange | CondaPackageChange)[];
  /** By cell, as it will be. */
  readonly solved: ReadonlyMap<string, SolvedTarget>;
  readonly findings: readonly Finding[];
  readonly held: readonly HeldUpdate[];
}

const NOTHING: CondaWritten = { edits: [], files: [], changes: [], solved: new Map(), findings: [], held: [] };

interface CondaFiles {
  readonly found: FoundProjects;
  readonly conda: { readonly members: readonly CondaMember[] };
}

export interface PipEdits {
  /** Found on the edited conda entries. */
  readonly edits: readonly ConstraintEdit[];
  /** Whether the other pip entries take their newest version too. */
  readonly refresh: boolean;
}

/** @param pips edits of the pip entries of the environments */
export async function writeConda(
  { found, conda: { members } }: CondaFiles,
  update: CondaUpdate,
  pips: PipEdits,
): Promise<CondaWritten> {
  if (update.kind === "refused") {
    return NOTHING;
  }
  const edits = [...update.edits, ...pips.edits];
  const texts = editManifests(found, edits);
  if (texts.refusals.length > 0) {
    return { ...NOTHING, held: refusedEdits(edits, texts.refusals) };
  }
  const cells = cellsOf(members);
  const moved = pips.refresh ? null : new Set(pips.edits.map(({ requirement }) => requirement.name));
  const solved = pips.edits.length === 0 ? update.solved : await solveAgain(cells, update.solved, { edits, moved });
  if ("cell" in solved) {
    return { ...NOTHING, held: unsolved(pips.edits, solved) };
  }
  const written = { cells, edits, solved, texts: texts.texts };
  const locks: Awaited<ReturnType<typeof writeMember>>[] = [];
  for (const member of members) {
    locks.push(await writeMember(member, written));
  }
  const failed = locks.filter((lock) => "failure" in lock).map(({ failure }) => failure);
  if (failed.length > 0) {
    // Environments that share a file move together or not at all.
    return { ...NOTHING, findings: failed };
  }
  const done = locks.filter((lock) => "files" in lock);
  return {
    edits,
    solved,
    files: done.flatMap(({ files }) => files),
    changes: [...done.flatMap(({ changes }) => changes), ...pinChanges(members, cells, written)],
    findings: done.flatMap(({ findings }) => findings),
    held: [],
  };
}

/**
 * With the pip entries as they will be written; what was chosen of conda before is asked for again.
 * @param moved names of pip entries that move; null: all take their newest version
 */
async function solveAgain(
  cells: readonly CondaCell[],
  before: ReadonlyMap<string, SolvedTarget>,
  { edits, moved }: { readonly edits: readonly ConstraintEdit[]; readonly moved: ReadonlySet<string> | null },
): Promise<ReadonlyMap<string, SolvedTarget> | CellFailure> {
  const solved = new Map<string, SolvedTarget>();
  const pinned = edits.map(({ requirement }) => requirement).filter(({ ecosystem }) => ecosystem === "pypi");
  for (const cell of cells) {
    const { id, member, target } = cell;
    const chosen = new Map(before.get(id)?.conda.map(({ name, version, build }) => [name, `${version} ${build}`]));
    // What conda has of a name that pip pins moves with the pin.
    pinned.forEach(({ name }) => chosen.delete(name));
    const locked = (member.workspace.locked.get(target.id) ?? []).filter(({ manager }) => manager === "pip");
    const outcome = await member.workspace.solve({
      ...PLAIN_CONDA_SOLVE,
      target: target.id,
      keep: moved === null ? "none" : new Set(locked.map(({ name }) => name).filter((name) => !moved.has(name))),
      environment: editEnvironment(target.environment, edits),
      refuses: {
        conda: ({ name, version, build }) =>
          chosen.has(name) && chosen.get(name) !== `${version} ${build}` ? "is not what was chosen before" : null,
        pypi: () => false,
      },
    });
    if (outcome.kind !== "solved") {
      return { cell, outcome };
    }
    solved.set(id, outcome);
  }
  return solved;
}

function unsolved(edits: readonly ConstraintEdit[], failure: CellFailure): readonly HeldUpdate[] {
  return edits.map(({ requirement: { name }, constraint }) => {
    return { name, wanted: constraint, ...heldBy(name, failure), targets: [failure.cell.id] };
  });
}

interface Written {
  readonly cells: readonly CondaCell[];
  readonly edits: readonly ConstraintEdit[];
  readonly solved: ReadonlyMap<string, SolvedTarget>;
  readonly texts: ReadonlyMap<string, string>;
}

async function writeMember(
  member: CondaMember,
  { cells, edits, solved, texts }: Written,
): Promise<Pick<CondaWritten, "files" | "changes" | "findings"> | { readonly failure: Finding }> {
  const own = cells.filter((cell) => cell.member === member);
  if (!hasLock(member) || own.length === 0) {
    return { files: [], changes: [], findings: [] };
  }
  const targets = own.flatMap(({ id, target }) => {
    const outcome = solved.get(id);
    return outcome === undefined ? [] : [[target.id, outcome] as const];
  });
  const environments = own.map(({ target }) => [target.id, editEnvironment(target.environment, edits)] as const);
  const outcome = await member.workspace.write(new Map(targets), { texts, environments: new Map(environments) });
  if (outcome.kind === "refused") {
    const { file, line, reason } = outcome;
    const message = `Not written: ${reason}`;
    return { failure: { code: "not-updated", severity: "warning", file, line, message, targets: [] } };
  }
  const ids = new Map(own.map(({ id, target }) => [target.id, id]));
  const edited = new Set(edits.map(({ requirement }) => requirement.name));
  const changes = outcome.changes.map((change) => {
    // A constraint that was raised for a new version is not why the version is new.
    const isRaised = change.reason === "constraint changed" && edited.has(change.name);
    const reason = isRaised ? "new version" : change.reason;
    return { ...change, reason, targets: change.targets.map((target) => ids.get(target) ?? target) };
  });
  return { files: outcome.edits, changes, findings: outcome.findings };
}

/** Whether the project has a lock of any kind. */
export function hasLock({ workspace }: CondaMember): boolean {
  return [...workspace.locked.values()].some((packages) => packages.length > 0) || workspace.lock !== null;
}

/** Without a lock, what is written somewhere is all that changes; what it brings along differs by the day. */
function pinChanges(
  members: readonly CondaMember[],
  cells: readonly CondaCell[],
  { edits, solved }: Pick<Written, "edits" | "solved">,
): readonly CondaPackageChange[] {
  const lockless = new Set(members.filter((member) => !hasLock(member)));
  const edited = new Set(edits.map(({ requirement }) => requirement.name));
  // A pip entry may be met by a package of conda.
  const stated = new Set([
    ...statedRequirements([...lockless]).map(({ name }) => name),
    ...edits.flatMap(({ requirement: { ecosystem, name } }) => (ecosystem === "pypi" ? [name] : [])),
  ]);
  const moves = new Map<string, CondaPackageChange & { readonly targets: string[] }>();
  for (const cell of cells.filter(({ member }) => lockless.has(member))) {
    for (const name of [...stated].filter((one) => edited.has(one)).sort()) {
      const from = cell.inUse.get(name)?.version ?? null;
      const to = solved.get(cell.id)?.conda.find((record) => record.name === name)?.version ?? null;
      if (from !== to) {
        const key = JSON.stringify([name, from, to]);
        const move = moves.get(key) ?? {
          name,
          from,
          to,
          direct: true,
          targets: [],
          ecosystem: "conda" as const,
          reason: "new version" as const,
        };
        move.targets.push(cell.id);
        moves.set(key, move);
      }
    }
  }
  return [...moves.values()];
}

function refusedEdits(edits: readonly ConstraintEdit[], refusals: readonly Finding[]): readonly HeldUpdate[] {
  return refusals.flatMap(({ file, line, message }) =>
    edits
      .filter(({ requirement }) => requirement.file === file)
      .map(({ requirement: { name }, constraint }) => {
        const holder = line === null ? file : `${file}:${line}`;
        return { name, wanted: constraint, holder, reason: message, targets: [] };
      }),
  );
}
