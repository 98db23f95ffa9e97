/** The published mappings of names, fetched like any other page and kept in the cache. */
import { createCondaPypiNames, readNameMapping, type ChannelNames } from "#packaging/conda-pypi-names.ts";
import { identityNames, readGrayskullMapping } from "#packaging/conda-lock-names.ts";
import type { IndexProblem } from "#packaging/index-records.ts";
import { shownUrl, withoutCredentials } from "#packaging/safe-url.ts";
import type { NameMappings } from "#ports.ts";
import type { DiskCache } from "./cache/disk-cache.ts";
import { fetchPage } from "./cache/fetch-page.ts";
import { DEFAULT_CHANNEL_ALIAS, locateChannel, type ChannelLocation } from "./conda-channel/channel-url.ts";
import type { HttpClient } from "./http/http-types.ts";
import { problem } from "./http/problems.ts";

export interface NameMappingOptions {
  readonly http: HttpClient;
  readonly cache: DiskCache;
  /** `--channel-alias`: what a bare name is appended to. */
  readonly channelAlias: string | null;
}

/** Where the mapping of a channel is, `NAME/compressed_mapping.json`; `--mirror` may lead elsewhere. */
const MAPPINGS = "https://conda-mapping.prefix.dev/compressed-v0";
const GRAYSKULL =
  "https://raw.githubusercontent.com/regro/cf-graph-countyfair/master/mappings/pypi/grayskull_pypi_mapping.json";

/** Hosts whose channels anybody may read, so that their names may be asked for elsewhere. */
const PUBLIC_HOSTS: ReadonlySet<string> = new Set(["conda.anaconda.org", "prefix.dev", "repo.prefix.dev"]);

const CONDA_FORGE = "conda-forge";

type Mapping = ChannelNames["mapping"];
type MappingAnswer = { readonly mapping: Mapping } | { readonly problem: IndexProblem };

/** Opens the mappings. Each is asked of the network at most once in the life of what is returned; a failure is not kept. */
export function openNameMappings(options: NameMappingOptions): NameMappings {
  const underWay = new Map<string, Promise<MappingAnswer>>();

  function mappingOf(name: string): Promise<MappingAnswer> {
    const known = underWay.get(name);
    if (known !== undefined) return known;
    const answer = fetchMapping(options, `${MAPPINGS}/${encodeURIComponent(name)}/compressed_mapping.json`);
    underWay.set(name, answer);
    void answer.then((found) => ("problem" in found ? underWay.delete(name) : false));
    return answer;
  }

  return {
    open: async (channels) => {
      const located = locationsOf(channels, options);
      const wanted = [...new Set([CONDA_FORGE, ...located.flatMap(({ name }) => (name === null ? [] : [name]))])];
      const answers = new Map(await Promise.all(wanted.map(async (name) => [name, await mappingOf(name)] as const)));
      const mappingFor = (name: string | null): Mapping => {
        const answer = name === null ? undefined : answers.get(name);
        return answer === undefined || "problem" in answer ? null : answer.mapping;
      };
      const known = located.map(({ url, name }) => ({
        url,
        condaForge: name === CONDA_FORGE,
        mapping: mappingFor(name),
      }));
      const problems = [...answers.values()].flatMap((answer) => ("problem" in answer ? [answer.problem] : []));
      return { names: createCondaPypiNames(known, mappingFor(CONDA_FORGE)), problems };
    },
    condaLock: async () => {
      const answer = await fetchJson(options, GRAYSKULL);
      if ("problem" in answer) return { names: identityNames(), problem: withConsequence(answer.problem, IDENTITY) };
      const names = "value" in answer ? readGrayskullMapping(answer.value) : null;
      if (names !== null) return { names, problem: null };
      return { names: identityNames(), problem: withConsequence(notAMapping(GRAYSKULL), IDENTITY) };
    },
  };
}

const FALLBACK =
  "Until it can be read, a conda package is known as a PyPI project only by its own record or, on conda-forge, by having its name";
const IDENTITY = "Until it can be read, each PyPI project is taken for the conda package of its name";

async function fetchMapping(options: NameMappingOptions, url: string): Promise<MappingAnswer> {
  const answer = await fetchJson(options, url);
  if ("problem" in answer) return { problem: withConsequence(answer.problem, FALLBACK) };
  if ("missing" in answer) return { mapping: null };
  const mapping = readNameMapping(answer.value);
  return mapping === null ? { problem: withConsequence(notAMapping(url), FALLBACK) } : { mapping };
}

type JsonAnswer = { readonly value: unknown } | { readonly missing: true } | { readonly problem: IndexProblem };

async function fetchJson({ http, cache }: NameMappingOptions, url: string): Promise<JsonAnswer> {
  const answer = await fetchPage(http, cache, { url, accept: "application/json", credentials: new Map() });
  if ("problem" in answer) return answer;
  const { status, body } = answer.page;
  if (status === 404 || status === 410) return { missing: true };
  if (status !== 200) {
    const sentence = `${shownUrl(url)} answered with status ${status}; try again later, or name a --mirror for it.`;
    return problem("unreachable", url, sentence);
  }
  try {
    return { value: JSON.parse(body.toString("utf8")) as unknown };
  } catch {
    return { problem: notAMapping(url) };
  }
}

function notAMapping(url: string): IndexProblem {
  const sentence = `${shownUrl(url)} is not a mapping of names; check the --mirror that it is fetched from.`;
  return problem("bad-content", url, sentence).problem;
}

function withConsequence(found: IndexProblem, consequence: string): IndexProblem {
  return { ...found, message: `${found.message} ${consequence}.` };
}

/** The channels as their records name them, each with the name under which a mapping may be published. */
function locationsOf(channels: readonly string[], { http, channelAlias }: NameMappingOptions) {
  const alias = channelAlias ?? DEFAULT_CHANNEL_ALIAS;
  const located = channels.flatMap((named): readonly ChannelLocation[] => {
    const found = locateChannel(named, { alias, subdir: "noarch", localFolders: true });
    // What is no channel is told by whoever reads its records.
    return "problem" in found ? [] : found.locations;
  });
  return located.map(({ name: named, url, fetchUrl }) => {
    const recorded = http.mirrors.recorded(url);
    const name = publicName(recorded);
    // Who needs a secret for a channel may not want its name to be known either.
    const isPrivate = fetchUrl !== url || withoutCredentials(named) !== named;
    return { url: recorded, name: isPrivate && name !== CONDA_FORGE ? null : name };
  });
}

/** `conda-forge` for it and its mirrors; the name of another public channel, without its label; null for the others. */
function publicName(url: string): string | null {
  const parsed = URL.parse(url);
  if (parsed === null) return null;
  const segments = parsed.pathname.split("/").filter((segment) => segment !== "");
  const label = segments.indexOf("label");
  const path = label === -1 ? segments : segments.slice(0, label);
  if (path.at(-1) === CONDA_FORGE) return CONDA_FORGE;
  const [name] = path;
  return name !== undefined && path.length === 1 && PUBLIC_HOSTS.has(parsed.hostname) ? name : null;
}
