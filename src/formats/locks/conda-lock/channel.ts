/** A channel as conda-lock records it. */
import type { CondaLockChannel } from "./model.ts";

/**
 * The entry of a channel that sources name. Variables that stand for a user, a password or a token (`/t/${TOKEN}/`) are listed
 * by name, sorted; of a token in braces conda-lock keeps the braces, and one without braces it does not list.
 * @param url a name, or a URL as it is written: what it holds besides variables is not a secret
 */
export function condaLockChannel(url: string): CondaLockChannel {
  const place = /^[a-z][a-z0-9+.-]*:\/\/(?<authority>[^/?#]*)(?<path>[^?#]*)/i.exec(url)?.groups;
  if (place === undefined) return { url, usedEnvVars: [] };
  const { authority = "", path = "" } = place;
  const [user = "", ...password] = authority.includes("@")
    ? authority.slice(0, authority.lastIndexOf("@")).split(":")
    : [];
  const token = /\/t\/(?<token>\$\{\w+\})\//.exec(path)?.groups?.["token"] ?? "";
  const parts = [user, password.join(":"), token].filter((part) => part.startsWith("$"));
  const names = parts.map((part) => part.replace(/^\$+/, ""));
  return { url, usedEnvVars: [...new Set(names)].sort() };
}
