/** A Poetry project as its universal solve takes it. */
import type { LockedDependency, LockedPackage, PoetryLock } from "#formats/locks/poetry-lock/model.ts";
import type { ManifestIndex, ManifestRequirement } from "#formats/manifests/manifest.ts";
import type { PyprojectFacts } from "#formats/manifests/pyproject/facts.ts";
import { normalizeName } from "#packaging/names.ts";
import type { PoetryLockedPackage, PoetryProblem, PoetryRequirement } from "#solver/pypi/poetry/problem.ts";

/** Everything that decides the problem besides the manifest. */
export interface PoetryProblemRequest {
  /** Constraint texts by name, in place of what the manifest says. */
  readonly constraints: ReadonlyMap<string, string>;
  readonly useLatest: PoetryProblem["useLatest"];
}

/** Builds the problem of a pyproject.toml with the lock that it has. */
export function poetryProblem(
  project: {
    readonly facts: PyprojectFacts;
    readonly requirements: readonly ManifestRequirement[];
    readonly indexes?: readonly ManifestIndex[];
  },
  lock: PoetryLock | null,
  request: PoetryProblemRequest,
): PoetryProblem {
  const { facts } = project;
  const own = project.requirements.filter((one) => one.group !== "build" && one.name !== "python");
  const requirements = withIncludedGroups(own, facts);
  return {
    projectName: facts.name ?? "",
    python: facts.poetryPython?.text ?? facts.python?.text ?? "*",
    requirements: requirements.map((one) => toRequirement(one, facts, request.constraints)),
    locked: (lock?.packages ?? []).map(toLocked),
    useLatest: request.useLatest,
    sources: (project.indexes ?? []).flatMap(({ name, url }) => (name === null ? [] : [{ name, url }])),
  };
}

/** Main requirements, then group by group in the order of the manifest; a group has those of the groups that it includes. */
function withIncludedGroups(
  requirements: readonly ManifestRequirement[],
  { groups }: PyprojectFacts,
): readonly ManifestRequirement[] {
  const named = new Set(groups.map(({ name }) => name));
  const ofGroup = (name: string, path: readonly string[]): readonly ManifestRequirement[] => {
    const included = groups.filter((group) => group.name === name).flatMap(({ includes }) => includes);
    return [
      ...requirements.filter(({ group }) => group === name),
      ...included
        .filter((other) => !path.includes(other))
        .flatMap((other) => ofGroup(other, [...path, other]))
        .map((one) => ({ ...one, group: name })),
    ];
  };
  return [
    ...requirements.filter(({ group }) => !named.has(group)),
    ...[...named].flatMap((name) => ofGroup(name, [name])),
  ];
}

function toRequirement(
  written: ManifestRequirement,
  facts: PyprojectFacts,
  constraints: ReadonlyMap<string, string>,
): PoetryRequirement {
  const extra = written.group.startsWith("extra:") ? written.group.slice("extra:".length) : null;
  const inExtras = facts.extras
    .filter((one) => written.group === "main" && one.packages.some((name) => normalizeName(name) === written.name))
    .map((one) => one.name);
  return {
    name: written.name,
    writtenName: written.writtenName,
    extras: written.extras,
    constraint: constraints.get(written.name) ?? written.constraint?.text ?? "*",
    style: written.constraint?.style === "pep440" ? "pep440" : "poetry",
    group: extra === null ? written.group : "main",
    optional: written.optional || extra !== null,
    inExtras: extra === null ? inExtras : [extra],
    marker: written.marker,
    python: written.python,
    platform: written.platform,
    source: written.source,
    allowPrereleases: written.allowPrereleases ?? null,
    origin: { file: written.file, line: written.line },
    direct: written.origin.kind !== "index",
  };
}

function toLocked(entry: LockedPackage): PoetryLockedPackage {
  const direct = entry.source !== null && entry.source.type !== "legacy";
  return {
    name: normalizeName(entry.name),
    version: entry.version,
    requiresDist: direct ? entry.dependencies.flatMap(requirementTexts) : [],
    pythonVersions: entry.pythonVersions,
    sourceType: entry.source?.type ?? null,
  };
}

/** Poetry's notation of a locked dependency as PEP 508. */
function requirementTexts(dependency: LockedDependency): readonly string[] {
  return dependency.constraints.map((constraint) => {
    const extras = constraint.extras.length === 0 ? "" : `[${constraint.extras.join(",")}]`;
    const version = constraint.version === null || constraint.version === "*" ? "" : ` (${constraint.version})`;
    const marker = constraint.markers === null ? "" : ` ; ${constraint.markers}`;
    return `${dependency.name}${extras}${version}${marker}`;
  });
}
