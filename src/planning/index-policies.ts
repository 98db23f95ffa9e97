/** Where a project's packages are looked for, by the rules of the tool that installs them. */
import type { Manifest, ManifestIndex } from "#formats/manifests/manifest.ts";
import type { IndexLocation, IndexPolicy } from "#packaging/index-policy.ts";

/** PyPI by its name in a policy. */
export const PYPI_NAME = "pypi";
export const PYPI_URL = "https://pypi.org/simple/";

const PYPI: IndexLocation = { name: PYPI_NAME, url: PYPI_URL, kind: "index", use: "normal" };

/**
 * Pip's options of requirements files. Pip merges all indexes, which lets a public index shadow a private name; here the first
 * index that knows a name answers alone, extra indexes before the main one (reference: PEP 708's dependency confusion).
 */
export function pipPolicy(manifests: readonly Manifest[]): IndexPolicy {
  const named = manifests.flatMap((manifest) => manifest.indexes);
  const primary = named.findLast((index) => index.priority === "primary");
  const extra = unique(named.filter((index) => index.priority === "extra" && index.kind === "index"));
  const pages = unique(named.filter((index) => index.kind === "find-links"));
  const noIndex = manifests.some((manifest) => manifest.pipOptions?.noIndex === true);
  const main = primary === undefined || isPypi(primary.url) ? PYPI : location(primary, "index-url", "normal");
  return {
    strategy: "first-index",
    indexes: [
      ...(noIndex
        ? []
        : [...extra.map((index, order) => location(index, `extra-index-url-${order + 1}`, "normal")), main]),
      ...pages.map((index, order) => location(index, `find-links-${order + 1}`, "normal")),
    ],
  };
}

/**
 * Poetry's sources. Version 1 keeps PyPI beside them unless one is the default; version 2 drops PyPI once a primary source
 * is defined, unless PyPI is named itself. All sources that are not supplemental or explicit are merged.
 */
export function poetryPolicy(manifests: readonly Manifest[], poetryMajor: number): IndexPolicy {
  const sources = manifests.flatMap((manifest) => manifest.indexes);
  const locations = sources.map((source) =>
    isPypi(source.url) || source.name?.toLowerCase() === PYPI_NAME
      ? { ...PYPI, use: useOf(source) }
      : location(source, "source", useOf(source)),
  );
  const namesPypi = locations.some((one) => one.name === PYPI_NAME);
  const replaced =
    poetryMajor >= 2
      ? sources.some((source) => source.priority === "default" || source.priority === "primary")
      : sources.some((source) => source.priority === "default");
  return { strategy: "merge", indexes: namesPypi || replaced ? locations : [PYPI, ...locations] };
}

function useOf(source: ManifestIndex): IndexLocation["use"] {
  if (source.priority === "explicit") {
    return "explicit";
  }
  return source.priority === "supplemental" ? "supplemental" : "normal";
}

function location(index: ManifestIndex, fallback: string, use: IndexLocation["use"]): IndexLocation {
  // Poetry takes a source whose path ends so for a single page of links.
  const kind =
    index.kind === "find-links" || /\.html?$/iu.test(index.url.split(/[?#]/u)[0] ?? "") ? "find-links" : "index";
  return { name: index.name ?? fallback, url: index.url, kind, use };
}

function isPypi(url: string): boolean {
  return /^https?:\/\/(?:www\.)?pypi\.org(?:\/|$)/iu.test(url);
}

function unique(indexes: readonly ManifestIndex[]): readonly ManifestIndex[] {
  return indexes.filter((index, position) => indexes.findIndex((other) => other.url === index.url) === position);
}
