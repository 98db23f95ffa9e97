/** Which projects the conda packages of a solve provide, in which versions. */
import type { CondaPypiNames } from "#packaging/conda-pypi-names.ts";
import { parseVersion, type Pep440Version } from "#packaging/pep440-version.ts";
import { isVirtualName } from "../conda/packages.ts";
import type { CondaProvider } from "../conda/provider.ts";
import { addCandidate, emptySet, type CandidateSet } from "../core/candidate-set.ts";
import type { PackageId } from "../core/provider.ts";
import { condaId } from "./ids.ts";

/** A version of a project that a conda package provides: a candidate of the project. */
export interface ProvidedVersion {
  /** Conda's name of the package, and its number in the core. */
  readonly conda: string;
  readonly package: PackageId;
  /** The builds that provide it. */
  readonly records: CandidateSet;
  /** As conda writes it. */
  readonly text: string;
  /** Null where it is no version by PEP 440: then it fulfils only requirements that name none. */
  readonly version: Pep440Version | null;
}

/** What conda's Python comes with, whatever the mapping says. */
const ALWAYS_THERE: ReadonlySet<string> = new Set(["pip", "setuptools", "wheel"]);

/** Only names that the conda solve can reach take part, so that nothing depends on what else is known. */
export class ProvidedProjects {
  private readonly provider: CondaProvider;
  private readonly names: CondaPypiNames;
  private readonly known = new Map<string, readonly ProvidedVersion[]>();
  /** By project, the conda packages some of whose builds provide it. */
  private readonly packages: ReadonlyMap<string, ReadonlySet<string>>;

  constructor(provider: CondaProvider, reachable: Iterable<string>, names: CondaPypiNames) {
    this.provider = provider;
    this.names = names;
    const packages = new Map<string, Set<string>>();
    for (const name of reachable) {
      if (isVirtualName(name)) continue;
      for (const project of this.projectsOf(name)) {
        const found = packages.get(project);
        if (found === undefined) packages.set(project, new Set([name]));
        else found.add(name);
      }
    }
    this.packages = packages;
  }

  /** The likeliest package first, of each its candidates' order. */
  of(project: string): readonly ProvidedVersion[] {
    const known = this.known.get(project);
    if (known !== undefined) return known;
    const packages = this.packages.get(project) ?? new Set<string>();
    const likely = this.names.condaNames(project).filter((name) => packages.has(name));
    const ordered = new Set([...likely, ...[...packages].sort()]);
    const versions = [...ordered].flatMap((name) => this.versionsOf(name, project));
    this.known.set(project, versions);
    return versions;
  }

  private projectsOf(name: string): ReadonlySet<string> {
    const projects = new Set<string>();
    // Without purls of their own, all records of a channel have the same answer.
    const asked = new Set<string>();
    for (const { record, exclusion } of this.provider.names.listing(name).candidates) {
      if (exclusion !== null) continue;
      if (record.purls === null) {
        if (asked.has(record.channel)) continue;
        asked.add(record.channel);
      }
      for (const project of this.provides(record)) projects.add(project);
    }
    return projects;
  }

  private versionsOf(name: string, project: string): readonly ProvidedVersion[] {
    const { candidates, exclusions } = this.provider.names.state(name);
    const versions = new Map<string, ProvidedVersion>();
    candidates.forEach(({ record }, index) => {
      if (exclusions[index] !== null || !this.provides(record).includes(project)) return;
      const version = parseVersion(record.version);
      const key = version?.sortKey ?? `other ${record.version}`;
      const found = versions.get(key) ?? {
        conda: name,
        package: condaId(this.provider.packages.id(name)),
        records: emptySet(candidates.length),
        text: record.version,
        version,
      };
      addCandidate(found.records, index);
      versions.set(key, found);
    });
    return [...versions.values()];
  }

  private provides(record: Parameters<CondaPypiNames["pypiNames"]>[0]): readonly string[] {
    return this.names.pypiNames(record) ?? (ALWAYS_THERE.has(record.name) ? [record.name] : []);
  }
}
