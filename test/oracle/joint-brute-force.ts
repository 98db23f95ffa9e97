/** What a joint environment must obey, and a solver that tries every one. It shares nothing with the solver but the readers of specs and markers. */
import { isCondaSpecProblem, matchSpecMatches, parseMatchSpec } from "#packaging/conda-match-spec.ts";
import type { CondaRecord } from "#packaging/conda-record.ts";
import { parseCondaVersion } from "#packaging/conda-version.ts";
import { evaluateMarker } from "#packaging/marker-syntax.ts";
import { parseVersion } from "#packaging/pep440-version.ts";
import { isRequirementProblem, parseRequirement, type Requirement } from "#packaging/requirement.ts";
import { isSpecifierProblem, parseSpecifierSet, setContains, type SpecifierSet } from "#packaging/specifier.ts";
import { makeTarget, type PlatformName, type Target } from "#packaging/target.ts";
import type { WrittenRecord } from "../support/conda-memory.ts";
import type { ScenarioPackages, ScenarioVersion } from "../support/scenario-index.ts";

export interface SmallEnvironment {
  readonly specs: readonly string[];
  readonly requirements: readonly string[];
  /** Pip's `-c`; none where it is absent. */
  readonly constraints?: readonly string[];
  /** `linux-64` where it is absent. */
  readonly platform?: PlatformName;
  readonly records: Readonly<
    Record<string, readonly { readonly depends: readonly string[]; readonly constrains: readonly string[] }[]>
  >;
  readonly releases: Readonly<Record<string, readonly ScenarioVersion[]>>;
}

export interface SmallWorld {
  readonly records: readonly WrittenRecord[];
  readonly packages: ScenarioPackages;
  /** Conda name to projects. */
  readonly provides: Readonly<Record<string, readonly string[]>>;
}

export interface SmallChoice {
  readonly conda: readonly Pick<CondaRecord, "name" | "version" | "depends" | "constrains">[];
  /** What pip installs. */
  readonly pypi: readonly { readonly name: string; readonly version: string }[];
}

/** Whether any environment obeys all rules. */
export function answersOf(small: SmallEnvironment, world: SmallWorld): boolean {
  for (const conda of choices(groupsOf(world.records.map((each) => ({ depends: [], constrains: [], ...each }))))) {
    if (condaBreaches(small, conda).length > 0) continue;
    const releases = Object.entries(world.packages).map(([name, { versions }]) =>
      Object.keys(versions).map((version) => ({ name, version })),
    );
    for (const pypi of choices(releases)) {
      if (pypiBreaches(small, world, { conda, pypi }).length === 0) return true;
    }
  }
  return false;
}

/** Every rule that the environment breaks, in words. */
export function breachesOfJoint(small: SmallEnvironment, world: SmallWorld, choice: SmallChoice): string[] {
  return [...condaBreaches(small, choice.conda), ...pypiBreaches(small, world, choice)];
}

function condaBreaches({ specs }: SmallEnvironment, conda: SmallChoice["conda"]): string[] {
  const found: string[] = [];
  const installed = new Map(conda.map((each) => [each.name, each]));
  const reached = new Set<string>();
  const queue = specs.map((spec) => ({ by: "the problem", spec }));
  for (const { by, spec } of queue) {
    const parsed = specOf(spec);
    const record = installed.get(parsed.name);
    if (record === undefined || !fits(spec, record)) found.push(`${by} needs conda's ${spec}`);
    if (record === undefined || reached.has(record.name)) continue;
    reached.add(record.name);
    queue.push(...record.depends.map((each) => ({ by: record.name, spec: each })));
  }
  for (const { name, constrains } of conda) {
    // What only a pip requirement could have brought in is here by mistake.
    if (!reached.has(name)) found.push(`nothing of conda asks for conda's ${name}`);
    for (const spec of constrains) {
      const record = installed.get(specOf(spec).name);
      if (record !== undefined && !fits(spec, record))
        found.push(`${name} does not allow ${record.name} ${record.version}`);
    }
  }
  return found;
}

/** Where several conda packages provide one project, pip sees any of them: the best case counts. */
function pypiBreaches(small: SmallEnvironment, world: SmallWorld, choice: SmallChoice): string[] {
  const provided = choice.conda.flatMap(({ name, version }) =>
    (world.provides[name] ?? []).map((project) => ({ name: project, version })),
  );
  let best: string[] | null = null;
  for (const seen of picks(groupsOf(provided))) {
    const found = breachesSeeing(seen, small, { world, choice });
    if (best === null || found.length < best.length) best = found;
  }
  return best ?? [];
}

function breachesSeeing(
  provided: readonly { readonly name: string; readonly version: string }[],
  { requirements, constraints = [], platform = "linux-64" }: SmallEnvironment,
  { world, choice: { conda, pypi } }: { readonly world: SmallWorld; readonly choice: SmallChoice },
): string[] {
  if (requirements.length === 0) return pypi.map(({ name }) => `nothing asks for pip's ${name}`);
  const python = conda.find(({ name }) => name === "python")?.version;
  if (python === undefined) return ["pip has no Python"];
  const target = makeTarget({ platform, accelerator: "cpu", python, virtualPackages: [] });
  const walk = new Walk(world, { provided, pypi }, target);
  return walk.breaches(requirements, constraints);
}

/** Follows the requirements as pip would, in an environment that conda has made. */
class Walk {
  private readonly target: Target;
  /** By project: its version, and whether conda provides it. */
  private readonly installed = new Map<
    string,
    { readonly version: string; readonly release: ScenarioVersion | null; readonly byConda: boolean }
  >();
  private readonly found: string[] = [];

  constructor(
    world: SmallWorld,
    { provided, pypi }: { readonly provided: SmallChoice["pypi"] } & Pick<SmallChoice, "pypi">,
    target: Target,
  ) {
    this.target = target;
    for (const { name, version } of provided) {
      this.installed.set(name, { version, release: world.packages[name]?.versions[version] ?? null, byConda: true });
    }
    for (const { name, version } of pypi) {
      if (this.installed.get(name)?.byConda === true) this.found.push(`pip installs ${name}, which conda provides`);
      const release = world.packages[name]?.versions[version];
      if (release === undefined) throw new Error(`no ${name} ${version}`);
      this.installed.set(name, { version, release, byConda: false });
      if (!this.canInstall(release))
        this.found.push(`pip has no file of ${name} ${version} for Python ${target.python}`);
    }
  }

  breaches(roots: readonly string[], constraints: readonly string[]): string[] {
    const reached = new Set<string>();
    const queue = roots.filter((text) => this.applies(text));
    for (const text of queue) {
      const { name, extras, specifiers } = requirementOf(text);
      const there = this.installed.get(name);
      if (there === undefined || !contains(specifiers, there.version)) {
        this.found.push(`pip needs ${text}`);
        continue;
      }
      for (const extra of ["", ...extras]) {
        const node = `${name}[${extra}]`;
        if (reached.has(node)) continue;
        reached.add(node);
        const own = extra === "" ? (there.byConda ? [] : there.release?.requires) : there.release?.extras?.[extra];
        queue.push(...(own ?? []).filter((each) => this.applies(each)));
      }
    }
    this.found.push(...this.held(reached, constraints));
    for (const [name, { byConda }] of this.installed) {
      if (!byConda && !reached.has(`${name}[]`)) this.found.push(`nothing asks for pip's ${name}`);
    }
    return this.found;
  }

  /** What constraints do not allow of what is asked for. */
  private held(reached: ReadonlySet<string>, constraints: readonly string[]): readonly string[] {
    return constraints.flatMap((text) => {
      const { name, specifiers } = requirementOf(text);
      const there = reached.has(`${name}[]`) && this.applies(text) ? this.installed.get(name) : undefined;
      return there === undefined || contains(specifiers, there.version) ? [] : [`pip is held to ${text}`];
    });
  }

  private applies(text: string): boolean {
    const { marker } = requirementOf(text);
    return marker === null || evaluateMarker(marker, this.target.markerEnvironment, new Set());
  }

  private canInstall({ requires_python, wheel_tags, sdist }: ScenarioVersion): boolean {
    if (requires_python !== undefined && !contains(specifiersOf(requires_python), this.target.python)) return false;
    if (wheel_tags === undefined || sdist !== false) return true;
    return wheel_tags.some((tag) => this.target.wheelTags.includes(tag));
  }
}

/** Every way to take one of each group. */
function* picks<Item>(groups: readonly (readonly Item[])[]): Generator<readonly Item[]> {
  const [first, ...rest] = groups;
  if (first === undefined) {
    yield [];
    return;
  }
  for (const others of picks(rest)) for (const item of first) yield [item, ...others];
}

/** Every way to take at most one of each group. */
function* choices<Item>(groups: readonly (readonly Item[])[]): Generator<readonly Item[]> {
  const [first, ...rest] = groups;
  if (first === undefined) {
    yield [];
    return;
  }
  for (const others of choices(rest)) {
    yield others;
    for (const item of first) yield [item, ...others];
  }
}

function groupsOf<Item extends { readonly name: string }>(items: readonly Item[]): readonly (readonly Item[])[] {
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(item.name, [...(groups.get(item.name) ?? []), item]);
  return [...groups.values()];
}

function specOf(text: string): Exclude<ReturnType<typeof parseMatchSpec>, { problem: string }> {
  const spec = parseMatchSpec(text);
  if (isCondaSpecProblem(spec)) throw new Error(spec.problem);
  return spec;
}

function fits(text: string, { name, version }: { readonly name: string; readonly version: string }): boolean {
  const parsed = parseCondaVersion(version);
  if (parsed === null) return false;
  return matchSpecMatches(specOf(text), { name, version: parsed, build: "0", buildNumber: 0, channel: "", subdir: "" });
}

function requirementOf(text: string): Requirement {
  const requirement = parseRequirement(text);
  if (isRequirementProblem(requirement)) throw new Error(requirement.message);
  return requirement;
}

function specifiersOf(text: string): SpecifierSet {
  const set = parseSpecifierSet(text);
  if (isSpecifierProblem(set)) throw new Error(set.problem);
  return set;
}

function contains(set: SpecifierSet, version: string): boolean {
  const parsed = parseVersion(version);
  return parsed !== null && setContains(set, parsed);
}
