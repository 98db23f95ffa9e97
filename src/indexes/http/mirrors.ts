/** `--mirror FROM=TO`: URL prefixes that are fetched from elsewhere, and written back. */
import { withoutCredentials } from "#packaging/safe-url.ts";

export interface Mirror {
  readonly from: string;
  readonly to: string;
}

export interface Mirrors {
  /** Where a URL is really fetched. */
  fetched(url: string): string;
  /** How a URL that was fetched is recorded. */
  recorded(url: string): string;
}

/** The longest matching prefix wins. A prefix ends at a path segment: `https://a.org` does not match `https://a.org.evil`. */
export function mirrorsOf(mirrors: readonly Mirror[]): Mirrors {
  const forward = mirrors.map(({ from, to }) => [withoutCredentials(from), withoutCredentials(to)] as const);
  const backward = forward.map(([from, to]) => [to, from] as const);
  return {
    fetched: (url) => replacePrefix(url, forward),
    recorded: (url) => replacePrefix(url, backward),
  };
}

function replacePrefix(url: string, pairs: readonly (readonly [string, string])[]): string {
  let best: { readonly prefix: string; readonly other: string } | null = null;
  for (const [from, to] of pairs) {
    const prefix = from.replace(/\/+$/, "");
    if (!hasPrefix(url, prefix)) continue;
    if (best === null || prefix.length > best.prefix.length) best = { prefix, other: to.replace(/\/+$/, "") };
  }
  return best === null ? url : best.other + url.slice(best.prefix.length);
}

function hasPrefix(url: string, prefix: string): boolean {
  return url.startsWith(prefix) && (url.length === prefix.length || "/?#".includes(url[prefix.length] ?? ""));
}
