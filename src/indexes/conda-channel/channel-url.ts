/** From what people call a channel to where it is. */
import type { IndexProblem } from "#packaging/index-records.ts";
import { problem } from "../http/problems.ts";
import { withoutCredentials } from "#packaging/safe-url.ts";

export interface ChannelLocation {
  /** As it was named. */
  readonly name: string;
  /** Where it is fetched, without a slash at the end; may hold the token of a private channel. */
  readonly fetchUrl: string;
  /** Its root as a lock records it: no token, no slash at the end. */
  readonly url: string;
}

export const DEFAULT_CHANNEL_ALIAS = "https://conda.anaconda.org";
const ANACONDA = "https://repo.anaconda.com";

/**
 * The places of the channels that a name or URL stands for; `defaults` stands for several.
 * @param alias what a bare name is appended to
 */
export function locateChannel(
  named: string,
  subdir: string,
  alias: string,
): { readonly locations: readonly ChannelLocation[] } | { readonly problem: IndexProblem } {
  const name = named.trim();
  if (name.toLowerCase() === "defaults") {
    const parts = subdir.startsWith("win-") ? ["main", "r", "msys2"] : ["main", "r"];
    return { locations: parts.map((part) => located(named, `${ANACONDA}/pkgs/${part}`)) };
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(name)) {
    if (URL.parse(name) !== null) return { locations: [located(named, name)] };
  } else if (/^[\w.~-]+(\/[\w.~-]+)*\/?$/.test(name) && !name.split("/").some((part) => /^\.+$/.test(part))) {
    const root = name.startsWith("pkgs/") ? ANACONDA : alias.replace(/\/+$/, "");
    return { locations: [located(named, `${root}/${name}`)] };
  }
  const sentence = `'${withoutCredentials(named)}' is neither the name nor the URL of a channel; correct it.`;
  return problem("not-found", named, sentence);
}

function located(name: string, url: string): ChannelLocation {
  const fetchUrl = withoutCredentials(url)
    .replace(/[?#].*$/, "")
    .replace(/\/+$/, "");
  return { name, fetchUrl, url: fetchUrl.replace(/\/t\/[^/]+\//, "/") };
}
