/** A conda project of a coherence set, with what its targets install now. */
import type { Config } from "#config/config.ts";
import type { CondaEnvironment } from "#formats/conda-environment.ts";
import { directoryOf } from "#formats/project-files.ts";
import type { ManifestRequirement } from "#formats/manifests/manifest.ts";
import type { IndexProblem } from "#packaging/index-records.ts";
import type { PackageInUse } from "#planning/conda-apart.ts";
import { condaPins, exactBuild, type CondaPin, type CondaPins } from "#planning/conda-pins.ts";
import { PLAIN_CONDA_SOLVE, type CondaTarget, type CondaWorkspace, type SolvedTarget } from "./conda-workspace.ts";

export interface CondaMember {
  readonly workspace: CondaWorkspace;
  /** By target id: what the files install as they are. */
  readonly baseline: ReadonlyMap<string, SolvedTarget>;
  /** Why the other targets cannot be installed. */
  readonly broken: ReadonlyMap<string, string>;
}

/** One target of one member: the unit of a joint move. */
export interface CondaCell {
  /** Unique in the set: `linux-64`, or `base-notebook linux-64` where members share targets. */
  readonly id: string;
  readonly member: CondaMember;
  readonly target: CondaTarget;
  /** By conda name. */
  readonly inUse: ReadonlyMap<string, PackageInUse>;
}

/** Solves every target as it stands, which also tells early whether the channels answer. */
export async function openCondaMember(
  workspace: CondaWorkspace,
): Promise<CondaMember | { readonly problem: IndexProblem }> {
  const baseline = new Map<string, SolvedTarget>();
  const broken = new Map<string, string>();
  for (const { id } of workspace.targets) {
    const outcome = await workspace.solve({ ...PLAIN_CONDA_SOLVE, target: id });
    if (outcome.kind === "failed") {
      return { problem: outcome.problem };
    }
    if (outcome.kind === "solved") {
      baseline.set(id, outcome);
    } else {
      broken.set(id, outcome.explanation);
    }
  }
  return { workspace, baseline, broken };
}

/** Every target that can be installed now. */
export function cellsOf(members: readonly CondaMember[]): readonly CondaCell[] {
  return members.flatMap((member) =>
    member.workspace.targets.flatMap((target): CondaCell[] => {
      const solved = member.baseline.get(target.id);
      return solved === undefined
        ? []
        : [{ id: cellId(members, member, target), member, target, inUse: packagesInUse(member, target.id, solved) }];
    }),
  );
}

/** Targets are named with their environment where several environments have one of that name. */
export function cellId(members: readonly CondaMember[], member: CondaMember, { id }: Pick<CondaTarget, "id">): string {
  const name = environmentName(members, member);
  return name === null ? id : `${name} ${id}`;
}

/** The folder of a member's lock, or its path where others share the folder; null where no other member has its targets. */
export function environmentName(members: readonly CondaMember[], member: CondaMember): string | null {
  const others = members.filter((other) => other !== member);
  const ids = new Set(member.workspace.targets.map(({ id }) => id));
  if (!others.some(({ workspace }) => workspace.targets.some(({ id }) => ids.has(id)))) {
    return null;
  }
  const folder = directoryOf(mainFile(member));
  return folder === "" || others.some((other) => directoryOf(mainFile(other)) === folder) ? mainFile(member) : folder;
}

function mainFile({ workspace: { lock, project } }: CondaMember): string {
  return lock?.path ?? project.id;
}

/** What a solve comes to that keeps what is locked wherever it can; and what is locked beside it. */
function packagesInUse(
  { workspace }: CondaMember,
  target: string,
  solved: SolvedTarget,
): ReadonlyMap<string, PackageInUse> {
  const locked = (workspace.locked.get(target) ?? []).filter(({ manager }) => manager === "conda");
  return new Map<string, PackageInUse>([
    ...locked.map(({ name, version, build }) => [name, { version, build }] as const),
    ...solved.conda.map(({ name, version, build }) => [name, { version, build }] as const),
  ]);
}

/** The requirements that count on some target, each once, by file and line. */
export function statedRequirements(
  members: readonly CondaMember[],
  ecosystem: "conda" | "pypi" = "conda",
): readonly ManifestRequirement[] {
  const distinct = new Map<string, ManifestRequirement>();
  for (const { environment } of members.flatMap(({ workspace }) => workspace.targets)) {
    for (const { requirement } of ecosystem === "conda" ? environment.conda : environment.pip) {
      if (requirement.ecosystem === ecosystem) {
        distinct.set(requirementKey(requirement), distinct.get(requirementKey(requirement)) ?? requirement);
      }
    }
  }
  return [...distinct.values()];
}

/** Tells a requirement from all others of a repository. */
export function requirementKey({ file, line, name, constraint }: ManifestRequirement): string {
  return `${file}:${line}:${constraint?.span.start ?? ""}:${name}`;
}

/** The constraints of all members that name a version. */
export function pinsOf(members: readonly CondaMember[]): CondaPins {
  const cells = cellsOf(members);
  const { pins, kept } = condaPins(statedRequirements(members), (name) =>
    cells.map((cell) => cell.inUse.get(name)?.version).filter((version) => version !== undefined),
  );
  // A build is a file of one platform, so the entry can follow its version there alone.
  const isStuck = (pin: CondaPin): boolean =>
    pin.places.some((place) => exactBuild(place) !== null) && platformsOf(cells, pin).size > 1;
  const reasonFor = (pin: CondaPin): string | null =>
    isStuck(pin)
      ? "it names one build, which belongs to one platform, and is asked for on several"
      : leftBehind(members, pin);
  const stuck = pins.map((pin) => ({ pin, reason: reasonFor(pin) }));
  return {
    pins: stuck.filter(({ reason }) => reason === null).map(({ pin }) => pin),
    kept: [
      ...kept,
      ...stuck.flatMap(({ pin: { name, places }, reason }) => (reason === null ? [] : [{ name, places, reason }])),
    ],
  };
}

/** A lock is of all its targets: where one of them cannot be solved, its part could not follow a constraint that moves. */
function leftBehind(members: readonly CondaMember[], { places }: CondaPin): string | null {
  const keys = new Set(places.map(requirementKey));
  const behind = members
    .filter(({ workspace }) => workspace.files !== null)
    .flatMap((member) => member.workspace.targets.map((target) => ({ member, target })))
    .filter(({ member, target }) => member.broken.has(target.id))
    .filter(({ target }) => target.environment.conda.some(({ requirement }) => keys.has(requirementKey(requirement))))
    .map(({ member, target }) => cellId(members, member, target));
  return behind.length === 0
    ? null
    : `it is asked for on ${behind.join(", ")} too, which cannot be installed as it is, so the lock could not follow there`;
}

function platformsOf(cells: readonly CondaCell[], pin: CondaPin): ReadonlySet<string> {
  return new Set(cellsWith(cells, pin).map(({ target }) => target.platform));
}

/** The cells in which some place of a pin counts. */
export function cellsWith(cells: readonly CondaCell[], { places }: CondaPin): readonly CondaCell[] {
  const keys = new Set(places.map(requirementKey));
  return cells.filter(({ target }) =>
    target.environment.conda.some(({ requirement }) => keys.has(requirementKey(requirement))),
  );
}

/** Conda names that a target's files state. */
export function statedNames({ conda }: CondaEnvironment): ReadonlySet<string> {
  return new Set(conda.map(({ requirement }) => requirement.name));
}

/** How constraints are written: libraries change only what excludes the new version. */
export function strategyOf({ strategy }: Config): "bump" | "blocks-only" {
  return strategy === "library" ? "blocks-only" : "bump";
}
