/** The packages of one platform of a conda-lock.yml, made from what was solved. */
import type { CondaEnvironment } from "#formats/conda-environment.ts";
import type { CondaLockPackage } from "#formats/locks/conda-lock/model.ts";
import type { CondaRecord } from "#packaging/conda-record.ts";
import { normalizeName } from "#packaging/names.ts";
import { fullPythonVersion, markerEnvironmentFor, type PlatformName } from "#packaging/target.ts";
import type { ResolvedPackage } from "#solver/pypi/resolution.ts";
import {
  categoriesByName,
  MAIN_CATEGORY,
  type CategorizedPackage,
  type CategoryRoot,
} from "./conda-lock-categories.ts";
import { condaLockDependencies, saysTheSame } from "./conda-lock-dependencies.ts";
import { pipEntry } from "./conda-lock-pip-entry.ts";

/** What was solved for one platform. */
export interface SolvedPlatform {
  readonly platform: PlatformName;
  readonly environment: CondaEnvironment;
  readonly conda: readonly CondaRecord[];
  readonly pypi: readonly ResolvedPackage[];
  /** Normalised names of the PyPI projects that a record provides. */
  readonly projectsOf: (record: CondaRecord) => readonly string[];
}

export type EntriesAnswer =
  | {
      readonly kind: "entries";
      readonly packages: readonly CondaLockPackage[];
      /** Names of conda packages whose file is the same and whose dependencies the channel has changed since. */
      readonly hotfixed: ReadonlySet<string>;
    }
  | { readonly kind: "refused"; readonly reason: string };

/** @param old the packages of the old lock on the same platform; of a file that stays, its entry stays as it is written */
export function platformEntries(solved: SolvedPlatform, old: readonly CondaLockPackage[]): EntriesAnswer {
  const fresh = freshEntries(solved, old);
  if ("reason" in fresh) {
    return { kind: "refused", reason: fresh.reason };
  }
  const former = new FormerEntries(old);
  const depends = new Map(solved.conda.map((record) => [record.name, record.depends]));
  const categories = categoriesOf(solved, fresh.entries);
  const hotfixed = new Set<string>();
  const packages = fresh.entries.flatMap((entry) => {
    const own = entry.manager === "conda" ? (depends.get(entry.name) ?? []) : null;
    const inCategories = categories.get(nodeOf(entry.manager, entry.name)) ?? [MAIN_CATEGORY];
    return inCategories.map((category) => {
      const found = former.find(entry, category);
      const isFixed = found !== null && own !== null && !saysTheSame(found.dependencies, own);
      if (isFixed) {
        hotfixed.add(entry.name);
      }
      const kept = found === null || isFixed ? entry : found;
      return { ...kept, category, optional: category !== MAIN_CATEGORY };
    });
  });
  return { kind: "entries", packages, hotfixed };
}

/** Entries of the old lock by their file; of the same category where there is one. */
class FormerEntries {
  readonly #entries = new Map<string, CondaLockPackage>();

  constructor(old: readonly CondaLockPackage[]) {
    for (const entry of old) {
      this.#entries.set(fileKey(entry), entry);
      this.#entries.set(`${fileKey(entry)} ${entry.category}`, entry);
    }
  }

  /** The entry of the same file with the same content, or null. */
  find(entry: CondaLockPackage, category: string): CondaLockPackage | null {
    const found = this.#entries.get(`${fileKey(entry)} ${category}`) ?? this.#entries.get(fileKey(entry));
    return found !== undefined && found.version === entry.version && sameHash(found, entry) ? found : null;
  }
}

function fileKey({ manager, url }: CondaLockPackage): string {
  return `${manager} ${(url.split(/[?#]/u)[0] ?? "").split("/").slice(-2).join("/")}`;
}

function sameHash({ hash }: CondaLockPackage, other: CondaLockPackage): boolean {
  const both = (left: string | null, right: string | null): boolean => left !== null && left === right;
  return both(hash.sha256, other.hash.sha256) || both(hash.md5, other.hash.md5);
}

function freshEntries(
  solved: SolvedPlatform,
  old: readonly CondaLockPackage[],
): { readonly entries: readonly CondaLockPackage[] } | { readonly reason: string } {
  const { platform } = solved;
  const python = solved.conda.find((record) => record.name === "python")?.version ?? "";
  const environment = markerEnvironmentFor(platform, fullPythonVersion(python) ?? python);
  const entries: CondaLockPackage[] = [];
  for (const record of solved.conda) {
    if (record.md5 === null) {
      const reason = `${record.filename} cannot be locked: ${record.channel} gives no md5 of it, and conda-lock.yml needs one; choose another build, or another channel.`;
      return { reason };
    }
    entries.push(condaEntry(record, platform));
  }
  for (const one of solved.pypi) {
    const entry = keptEntry(one, old) ?? pipEntry(one, platform, environment);
    if ("reason" in entry) {
      return entry;
    }
    entries.push(withSource(entry, solved.environment));
  }
  return { entries };
}

/** What a solve took from the lock is not written anew. */
function keptEntry({ name, metadata }: ResolvedPackage, old: readonly CondaLockPackage[]): CondaLockPackage | null {
  const found = old.find((entry) => entry.manager === "pip" && normalizeName(entry.name) === name);
  return metadata.origin === "lock" ? (found ?? null) : null;
}

/** The address that the manifests name, as conda-lock records it. */
function withSource(entry: CondaLockPackage, { pip }: CondaEnvironment): CondaLockPackage {
  const isNamed = pip.some(({ requirement }) => requirement.name === entry.name && requirement.origin.kind === "url");
  const { sha256 } = entry.hash;
  return entry.source === null && isNamed && sha256 !== null
    ? { ...entry, source: { type: "url", url: `${entry.url}#sha256=${sha256}` } }
    : entry;
}

function categoriesOf(
  { environment, conda, projectsOf }: SolvedPlatform,
  entries: readonly CondaLockPackage[],
): ReadonlyMap<string, readonly string[]> {
  const providers = new Map<string, string[]>();
  for (const record of conda) {
    for (const project of projectsOf(record)) {
      providers.set(project, [...(providers.get(project) ?? []), nodeOf("conda", record.name)]);
    }
  }
  const nodesOf = (manager: CondaLockPackage["manager"], name: string): readonly string[] =>
    manager === "conda" ? [nodeOf("conda", name)] : [nodeOf("pip", name), ...(providers.get(name) ?? [])];
  const packages = entries.map(({ manager, name, dependencies }): CategorizedPackage => ({
    name: nodeOf(manager, name),
    dependencies: [...dependencies.keys()].flatMap((dependency) => nodesOf(manager, dependency)),
  }));
  const roots: CategoryRoot[] = [
    ...environment.conda.map(({ requirement, category }) => ({ name: nodeOf("conda", requirement.name), category })),
    ...environment.pip.flatMap(({ requirement, category }) =>
      nodesOf("pip", requirement.name).map((name) => ({ name, category })),
    ),
    ...(environment.impliedPip === null
      ? []
      : [{ name: nodeOf("conda", "pip"), category: environment.impliedPip.category }]),
  ];
  return categoriesByName(packages, roots);
}

/** Conda and PyPI packages may share a name. */
function nodeOf(manager: CondaLockPackage["manager"], name: string): string {
  return `${manager} ${name}`;
}

function condaEntry(record: CondaRecord, platform: PlatformName): CondaLockPackage {
  return {
    name: record.name,
    version: record.version,
    manager: "conda",
    platform,
    dependencies: condaLockDependencies(record.depends),
    url: record.url,
    hash: { md5: record.md5, sha256: record.sha256 },
    source: null,
    build: null,
    category: MAIN_CATEGORY,
    optional: false,
  };
}
