/** Merges the files that a conda lock is made from into what they ask for on one platform, by conda-lock's rules. */
import { isCondaSpecProblem, parseMatchSpec } from "#packaging/conda-match-spec.ts";
import { hasUrlSecret, shownUrl } from "#packaging/safe-url.ts";
import type { PlatformName } from "#packaging/target.ts";
import type {
  CondaEnvironment,
  EnvironmentRequirement,
  MergeEnvironments,
  MergeOptions,
  SourceEntry,
} from "./conda-environment.ts";
import { sourceEntries, type SourceEntries } from "./conda-environment-entries.ts";
import { selectorHolds } from "./manifests/environment-yml/selector.ts";
import type { Manifest, ManifestIndex, PipOptions } from "./manifests/manifest.ts";
import { NO_PIP_OPTIONS } from "./manifests/requirements-txt/read.ts";

/**
 * Merges sources in their order. A later file takes the place of an earlier one for each manager and name; of lists of
 * channels, each has to be the end of the longest, or no order of priority follows from them.
 * @returns the environment, or the reason (a clause that names the files) why there is none
 */
export const mergeEnvironments: MergeEnvironments = (manifests, platform, options = {}) => {
  const sources = manifests.filter((manifest) => manifest.format !== "requirements-txt");
  if (sources.length === 0) return { reason: "no environment file is known for it" };
  const channels = unifyLists(sources.map((source) => ({ path: source.path, items: channelsOf(source, platform) })));
  if ("reason" in channels) return { reason: `the channels do not fit together: ${channels.reason}` };
  const listed = sources.find((source) => source.channels.length > 0);
  if (channels.items.length === 0 && listed !== undefined) {
    // Without any list conda's defaults are meant; `nodefaults`, or a list for other platforms, says that they are not.
    return { reason: `${listed.path} lists channels, and none that counts on ${platform}: name one that does` };
  }
  const repositories = unifyLists(sources.map((source) => ({ path: source.path, items: repositoriesOf(source) })));
  if ("reason" in repositories) return { reason: `the pip-repositories do not fit together: ${repositories.reason}` };
  const files = new Map(manifests.map((manifest) => [manifest.path, manifest]));
  const read: SourceEntries[] = [];
  for (const source of sources) {
    const entries = sourceEntries(source, { platform, options, files });
    if ("reason" in entries) return entries;
    read.push(entries);
  }
  const merged = mergeEntries(read, options);
  const conda = merged.entries.filter(({ manager }) => manager === "conda").map(withoutManager);
  const environment: CondaEnvironment = {
    platform,
    channels: channels.items,
    specChannels: specChannels(conda, channels.items),
    conda,
    pip: merged.entries.filter(({ manager }) => manager === "pip").map(withoutManager),
    pipConstraints: read.flatMap(({ constraints }) => constraints),
    impliedPip: impliedPip(sources, read),
    indexes: distinctIndexes(read.flatMap(({ indexes }) => indexes)),
    pipRepositories: repositories.items,
    pipOptions: read.flatMap(({ pipOptions }) => pipOptions).reduce(joinOptions, NO_PIP_OPTIONS),
    overridden: merged.overridden,
    skipped: read.flatMap(({ skipped }) => skipped),
  };
  return { environment };
};

/** The match specs to solve for: those that are written, and `pip` where a pip section needs it and none is written. */
export function condaSpecTexts({ conda, impliedPip: implied }: CondaEnvironment): readonly string[] {
  const texts = conda.map(({ text }) => text);
  const hasPip = conda.some(({ requirement }) => requirement.ecosystem === "conda" && requirement.name === "pip");
  return implied !== null && !hasPip ? [...texts, "pip"] : texts;
}

function channelsOf(source: Manifest, platform: PlatformName): readonly string[] {
  return source.channels
    .filter(({ selector }) => selector === undefined || selectorHolds(selector, platform))
    .map(({ name }) => name)
    .filter((name) => name !== "nodefaults");
}

function repositoriesOf(source: Manifest): readonly string[] {
  return source.environment?.pipRepositories ?? source.condaLock?.pipRepositories ?? [];
}

interface NamedList {
  readonly path: string;
  readonly items: readonly string[];
}

/** The longest list, where every other is its end. */
function unifyLists(lists: readonly NamedList[]): { readonly items: readonly string[] } | { readonly reason: string } {
  const [first, ...others] = lists;
  if (first === undefined) return { items: [] };
  const longest = others.reduce((best, list) => (list.items.length > best.items.length ? list : best), first);
  const odd = lists.find(({ items }) => {
    const end = longest.items.slice(longest.items.length - items.length);
    return items.some((item, index) => item !== end[index]);
  });
  if (odd === undefined) return { items: longest.items };
  const [one, other] = [longest, odd].map(({ path, items }) => `${path} has [${items.map(shown).join(", ")}]`);
  return { reason: `${one}, ${other}, and the shorter list has to be the end of the longer one` };
}

/** Secrets stay out of messages. */
function shown(item: string): string {
  return hasUrlSecret(item) ? shownUrl(item) : item;
}

interface MergedEntries {
  readonly entries: readonly SourceEntry[];
  readonly overridden: CondaEnvironment["overridden"];
}

/** A name that a later file asks for is the later file's alone. Within a file, pip entries with different markers stand beside each other. */
function mergeEntries(read: readonly SourceEntries[], options: MergeOptions): MergedEntries {
  const byName = new Map<string, readonly SourceEntry[]>();
  const overridden: { requirement: SourceEntry["requirement"]; by: SourceEntry["requirement"] }[] = [];
  for (const { entries } of read) {
    const own = new Map<string, SourceEntry[]>();
    for (const entry of entries) {
      const key = `${entry.manager} ${entry.name}`;
      const before = own.get(key) ?? [];
      const stay = before.filter((each) => standBeside(each, entry, options));
      for (const each of before) {
        if (!stay.includes(each)) overridden.push({ requirement: each.requirement, by: entry.requirement });
      }
      own.set(key, [...stay, entry]);
    }
    for (const [key, group] of own) {
      const [by] = group;
      for (const { requirement } of byName.get(key) ?? []) {
        if (by !== undefined) overridden.push({ requirement, by: by.requirement });
      }
      byName.set(key, group);
    }
  }
  return { entries: [...byName.values()].flat(), overridden };
}

/** Two entries of one name in one file. */
function standBeside(one: SourceEntry, other: SourceEntry, options: MergeOptions): boolean {
  if (options.tool === "conda") return true;
  return one.manager === "pip" && one.requirement.marker !== other.requirement.marker;
}

function withoutManager({ requirement, text, category }: SourceEntry): EnvironmentRequirement {
  return { requirement, text, category };
}

/** Channels that specs name and the files do not list. A subdir behind the channel is not part of its name. */
function specChannels(conda: readonly EnvironmentRequirement[], channels: readonly string[]): readonly string[] {
  const named = conda.flatMap(({ text }) => {
    const spec = parseMatchSpec(text);
    return isCondaSpecProblem(spec) || spec.channel === null || spec.channel.includes("*") ? [] : [spec.channel];
  });
  return [...new Set(named)].filter((name) => !channels.includes(name));
}

function impliedPip(sources: readonly Manifest[], read: readonly SourceEntries[]): CondaEnvironment["impliedPip"] {
  let implied: CondaEnvironment["impliedPip"] = null;
  for (const [index, source] of sources.entries()) {
    if (read[index]?.entries.some(({ manager, name }) => manager === "conda" && name === "pip")) implied = null;
    // conda-lock puts the `pip` that it adds into main, whatever the category of the file.
    if (source.environment?.hasPipSection === true) implied = { category: "main" };
  }
  return implied;
}

function distinctIndexes(indexes: readonly ManifestIndex[]): readonly ManifestIndex[] {
  return [...new Map(indexes.toReversed().map((each) => [`${each.kind} ${each.url}`, each])).values()].reverse();
}

function joinOptions(one: PipOptions, other: PipOptions): PipOptions {
  return {
    noIndex: one.noIndex || other.noIndex,
    prereleases: one.prereleases || other.prereleases,
    requireHashes: one.requireHashes || other.requireHashes,
    noBinary: [...new Set([...one.noBinary, ...other.noBinary])],
    onlyBinary: [...new Set([...one.onlyBinary, ...other.onlyBinary])],
  };
}
