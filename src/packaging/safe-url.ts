/** URLs without the secrets that people put into them. */

/**
 * A URL as it may be shown: no user name or password, no query or fragment (signed URLs carry keys there), no
 * token in the `/t/TOKEN/` style of package hosts.
 */
export function shownUrl(url: string): string {
  const parsed = URL.parse(url);
  const shown = parsed === null ? url.replace(/\/\/[^/@]*@/, "//").replace(/[?#].*$/, "") : placeOf(parsed);
  return shown.replace(/\/t\/[^/]+(?=\/|$)/, "/t/***");
}

function placeOf({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname}`;
}

/** A URL without its user name and password. */
export function withoutCredentials(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null || (parsed.username === "" && parsed.password === "")) return url;
  parsed.username = "";
  parsed.password = "";
  return parsed.href;
}

/** Whether a URL holds a user, password or `/t/TOKEN/` in clear text. `$TOKEN` and `${TOKEN}` stand for one and are none. */
export function hasUrlSecret(url: string): boolean {
  const user = /^[A-Za-z][\w+.-]*:\/\/([^/@]*)@/.exec(url)?.[1];
  const token = /\/t\/([^/]+)(?:\/|$)/.exec(url)?.[1];
  const isSecret = (part: string | undefined): boolean => {
    return (
      part !== undefined &&
      part.split(":").some((piece) => piece !== "" && !piece.startsWith("$") && piece !== "<TOKEN>")
    );
  };
  return isSecret(token) || (isSecret(user) && user !== "git");
}
