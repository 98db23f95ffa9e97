/** URLs without the secrets that people put into them. */

/**
 * A URL as it may be shown: no user name or password, no query or fragment (signed URLs carry keys there), no
 * token in the `/t/TOKEN/` style of package hosts.
 */
export function shownUrl(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) return url.replace(/\/\/[^/@]*@/, "//").replace(/[?#].*$/, "");
  const path = parsed.pathname.replace(/\/t\/[^/]+\//, "/t/***/");
  return `${parsed.protocol}//${parsed.host}${path}`;
}

/** A URL without its user name and password. */
export function withoutCredentials(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null || (parsed.username === "" && parsed.password === "")) return url;
  parsed.username = "";
  parsed.password = "";
  return parsed.href;
}

/** Values of the Authorization header, by the origin that they are for and that alone sees them. */
export type Credentials = ReadonlyMap<string, string>;

/** Collects `user:password@` of the URLs given. */
export function credentialsOf(urls: readonly string[]): Credentials {
  const found = new Map<string, string>();
  for (const url of urls) {
    const parsed = URL.parse(url);
    if (parsed === null || (parsed.username === "" && parsed.password === "")) continue;
    const pair = `${decoded(parsed.username)}:${decoded(parsed.password)}`;
    found.set(parsed.origin, `Basic ${Buffer.from(pair).toString("base64")}`);
  }
  return found;
}

/** A person's stray `%` in a password stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
