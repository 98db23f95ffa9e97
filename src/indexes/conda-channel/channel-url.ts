/** From what people call a channel to where it is. */
import { isAbsolute, resolve } from "node:path";
import { pathToFileURL } from "node:url";
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

/** What decides where a channel is. */
export interface ChannelPlaces {
  /** What a bare name is appended to. */
  readonly alias: string;
  /** The folder of the platform: `defaults` means more on Windows. */
  readonly subdir: string;
  /** Whether channels may lie on this machine (on the command line only). */
  readonly localFolders: boolean;
}

/**
 * The places of the channels that a name, a URL or (on the command line) a path stands for; `defaults` stands for several.
 */
export function locateChannel(
  named: string,
  { alias, subdir, localFolders }: ChannelPlaces,
): { readonly locations: readonly ChannelLocation[] } | { readonly problem: IndexProblem } {
  const name = named.trim();
  if (name.toLowerCase() === "defaults") {
    const parts = subdir.startsWith("win-") ? ["main", "r", "msys2"] : ["main", "r"];
    return { locations: parts.map((part) => located(named, `${ANACONDA}/pkgs/${part}`)) };
  }
  const local = localUrl(name);
  if (local !== null) return localFolders ? { locations: [located(named, local)] } : localRefused(named);
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(name)) {
    if (URL.parse(name) !== null && !/^file:/i.test(name)) return { locations: [located(named, name)] };
  } else if (/^[\w.~-]+(\/[\w.~-]+)*\/?$/.test(name) && !name.split("/").some((part) => /^\.+$/.test(part))) {
    const root = name.startsWith("pkgs/") ? ANACONDA : alias.replace(/\/+$/, "");
    return { locations: [located(named, `${root}/${name}`)] };
  }
  const sentence = `'${withoutCredentials(named).replace(/[^\s/@]+@/, "")}' is neither the name nor the URL of a channel; correct it.`;
  return problem("not-found", named, sentence);
}

/** The file URL of a channel on this machine: one of its own, an absolute path, or one that begins with `.`; null for others. */
function localUrl(name: string): string | null {
  if (/^file:/i.test(name)) {
    const parsed = URL.parse(name);
    // A host would be another machine.
    return parsed === null || parsed.host !== "" ? null : parsed.href;
  }
  return isAbsolute(name) || /^\.{1,2}(?:[/\\]|$)/.test(name) ? pathToFileURL(resolve(name)).href : null;
}

function localRefused(named: string) {
  const sentence = `The channel '${named}' lies on this machine, which is allowed on the command line only; use an https URL.`;
  return problem("blocked-address", named, sentence);
}

function located(name: string, url: string): ChannelLocation {
  const fetchUrl = withoutCredentials(url)
    .replace(/[?#].*$/, "")
    .replace(/\/+$/, "");
  return { name, fetchUrl, url: withoutToken(fetchUrl) };
}

/** A URL without the `/t/TOKEN/` that lets somebody in. */
export function withoutToken(url: string): string {
  return url.replace(/\/t\/[^/]+(?=\/|$)/, "");
}
