/** Secrets that URLs carry, each for one origin. */

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
