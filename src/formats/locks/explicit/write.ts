/** From a conda-lock.yml to the explicit lock of one platform, and from the model to its text. */
import type { CondaLock, CondaLockPackage } from "../conda-lock/model.ts";
import { topologicalOrder } from "../conda-lock/topological-order.ts";
import { renderedHeader, type ExplicitEntry, type ExplicitLock, type ExplicitPipEntry } from "./model.ts";

export interface RenderOptions {
  /** Categories beside `main`; conda-lock's default is `dev` alone. */
  readonly categories?: readonly string[];
  /** The header that a committed file has, to be kept. */
  readonly header?: readonly string[] | null;
}

export function writeExplicitLock(lock: ExplicitLock): string {
  const end = lock.lineEnding === "crlf" ? "\r\n" : "\n";
  const entries = lock.entries.map(({ url, hash }) => {
    return hash === null ? url : `${url}#${hash.prefixed ? "sha256:" : ""}${hash.hex}`;
  });
  const pip = lock.pip.map(
    ({ name, url, sha256 }) => `# pip ${name} @ ${url}${sha256 === null ? "" : `#sha256=${sha256}`}`,
  );
  return [...lock.header, "@EXPLICIT", ...entries, ...pip].map((line) => line + end).join("");
}

/**
 * What `conda-lock render --kind explicit` makes of a lock.
 * @returns packages in the order of installation; one without md5 has its sha256 instead, which conda-lock cannot write
 */
export function explicitLockFrom(lock: CondaLock, platform: string, options: RenderOptions = {}): ExplicitLock {
  const { conda, pip } = packagesOf(lock, platform, options.categories);
  return {
    header: renderedHeader(platform, lock.metadata.contentHash.get(platform), options.header ?? null),
    entries: topologicalOrder(conda).map(entryOf),
    pip: topologicalOrder(pip).map(pipEntryOf),
    lineEnding: "lf",
  };
}

/** The packages that a rendered file of a platform has, each once, in the order of the lock, without virtual ones. */
export function packagesOf(
  lock: CondaLock,
  platform: string,
  categories: readonly string[] = ["dev"],
): { readonly conda: readonly CondaLockPackage[]; readonly pip: readonly CondaLockPackage[] } {
  const wanted = lock.packages.filter(
    (entry) => entry.platform === platform && (entry.category === "main" || categories.includes(entry.category)),
  );
  // A lock has a package once for each of its categories.
  const once = [...new Map(wanted.map((entry) => [`${entry.manager} ${entry.name}`, entry])).values()];
  return {
    conda: once.filter(({ manager, name }) => manager === "conda" && !name.startsWith("__")),
    pip: once.filter(({ manager }) => manager === "pip"),
  };
}

function entryOf({ url, hash: { md5, sha256 } }: CondaLockPackage): ExplicitEntry {
  if (md5 !== null) return { url, hash: { algorithm: "md5", hex: md5, prefixed: false } };
  return { url, hash: sha256 === null ? null : { algorithm: "sha256", hex: sha256, prefixed: false } };
}

function pipEntryOf({ name, url, hash, source }: CondaLockPackage): ExplicitPipEntry {
  return source === null ? { name, url, sha256: hash.sha256 } : { name, url: source.url, sha256: null };
}
