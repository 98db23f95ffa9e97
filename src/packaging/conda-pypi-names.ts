/** Which PyPI projects a conda package is, and the other way round. */
import { byLikelihood, vendoredProjects } from "./conda-name-kinship.ts";
import type { CondaRecord } from "./conda-record.ts";
import { isValidName, normalizeName } from "./names.ts";

/** Looks names up: purls of the record first, then the published mapping, then the same name on conda-forge. */
export interface CondaPypiNames {
  /** Normalised names of the projects that a record provides: empty where it is known to provide none, null where nothing is known. */
  pypiNames(record: NamedRecord): readonly string[] | null;
  /** Names of conda packages that provide a project (normalised name), the likeliest first; empty where none is known. */
  condaNames(project: string): readonly string[];
}

export type NamedRecord = Pick<CondaRecord, "name" | "channel" | "purls">;

/**
 * What an answer rests on: the record's own purls; the published mapping of its channel; that of conda-forge, for a channel
 * that has none; nothing but that a package of conda-forge, which no mapping knows, has the name of the project.
 */
export type NameOrigin = "purls" | "mapping" | "conda-forge mapping" | "same name";

/** Names that can say where they come from. */
export interface TracedCondaPypiNames extends CondaPypiNames {
  /** Like `pypiNames`, with what it rests on. */
  provided(record: NamedRecord): { readonly projects: readonly string[]; readonly origin: NameOrigin } | null;
}

/** What is published for one channel: a plain value, which can go to another thread. */
export interface ChannelNames {
  /** Root of the channel, as in the `channel` of its records. */
  readonly url: string;
  /** Whether it is conda-forge, or a mirror of it. */
  readonly condaForge: boolean;
  /** Conda name to normalised names of projects, empty for a package that is none; null where nothing is published. */
  readonly mapping: ReadonlyMap<string, readonly string[]> | null;
}

/**
 * Names by the mappings of some channels.
 * @param condaForge the mapping of conda-forge, whether it is one of the channels or not; null where it cannot be had
 */
export function createCondaPypiNames(
  channels: readonly ChannelNames[],
  condaForge: ChannelNames["mapping"],
): TracedCondaPypiNames {
  const known = new Map(channels.map((channel) => [channel.url, channel]));
  const mappings = [...new Set([...channels.map(({ mapping }) => mapping), condaForge])].filter((one) => one !== null);
  const vendored = new Map(mappings.map((mapping) => [mapping, vendoredProjects(mapping)]));
  const sameNames = channels.some((channel) => channel.condaForge);
  let reversed: ReadonlyMap<string, readonly string[]> | null = null;

  function mapped(mapping: ChannelNames["mapping"], name: string): readonly string[] | null {
    const projects = mapping?.get(name);
    if (mapping === null || projects === undefined) return null;
    const foreign = vendored.get(mapping)?.get(name);
    return foreign === undefined ? projects : projects.filter((project) => !foreign.has(project));
  }

  function provided({ name, channel, purls }: NamedRecord): ReturnType<TracedCondaPypiNames["provided"]> {
    const own = purls === null ? null : projectsOfPurls(purls);
    if (own !== null) return { projects: own, origin: "purls" };
    const published = known.get(channel);
    const projects = mapped(published?.mapping ?? null, name);
    if (projects !== null) return { projects, origin: "mapping" };
    if (published?.condaForge === true) {
      return isValidName(name) ? { projects: [normalizeName(name)], origin: "same name" } : null;
    }
    const borrowed = published?.mapping == null ? mapped(condaForge, name) : null;
    return borrowed === null ? null : { projects: borrowed, origin: "conda-forge mapping" };
  }

  return {
    provided,
    pypiNames: (record) => provided(record)?.projects ?? null,
    condaNames: (project) => {
      reversed ??= reverse(mappings, mapped);
      const names = reversed.get(project);
      if (names !== undefined) return names;
      return sameNames && mappings.every((mapping) => !mapping.has(project)) ? [project] : [];
    },
  };
}

function reverse(
  mappings: readonly ReadonlyMap<string, readonly string[]>[],
  mapped: (mapping: ReadonlyMap<string, readonly string[]>, name: string) => readonly string[] | null,
): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, Set<string>>();
  for (const mapping of mappings) {
    for (const name of mapping.keys()) {
      for (const project of mapped(mapping, name) ?? []) {
        const others = names.get(project);
        if (others === undefined) names.set(project, new Set([name]));
        else others.add(name);
      }
    }
  }
  return new Map([...names].map(([project, found]) => [project, [...found].sort(byLikelihood(project))]));
}

/**
 * The projects that package URLs name. An empty list says that there is none; one that names only other kinds of packages
 * says nothing of PyPI (null).
 */
function projectsOfPurls(purls: readonly string[]): readonly string[] | null {
  const projects = purls.flatMap((purl) => {
    const name = /^pkg:\/*pypi\/+([^@?#/]+)/i.exec(purl)?.[1];
    return name !== undefined && isValidName(name) ? [normalizeName(name)] : [];
  });
  return projects.length === 0 && purls.length > 0 ? null : [...new Set(projects)];
}

/** A published mapping: conda name to the name of a project, a list of such names, or null. Null where it is something else. */
export function readNameMapping(value: unknown): ReadonlyMap<string, readonly string[]> | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const mapping = new Map<string, readonly string[]>();
  for (const [name, found] of Object.entries(value)) {
    const written: readonly unknown[] = Array.isArray(found) ? found : found === null ? [] : [found];
    const texts = written.filter((project) => typeof project === "string");
    if (texts.length !== written.length) return null;
    mapping.set(name.toLowerCase(), [...new Set(texts.filter(isValidName).map(normalizeName))]);
  }
  return mapping;
}
