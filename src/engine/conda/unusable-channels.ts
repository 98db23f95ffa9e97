/** Channels and indexes that Relock does not ask, because what they need is not known to it or may not be passed on. */
import type { CondaEnvironment } from "#formats/conda-environment.ts";
import type { Manifest } from "#formats/manifests/manifest.ts";
import { hasUrlSecret, shownUrl } from "#packaging/safe-url.ts";
import type { CondaProjectProblem } from "./conda-workspace.ts";

/**
 * The first channel or index that has the name of an environment variable or a secret in it. Nothing of such a project is
 * fetched: the packages of a private channel must not come from a public one of the same name.
 */
export function unusableChannel(
  environment: CondaEnvironment,
  manifests: readonly Manifest[],
  hasMirror: (url: string) => boolean,
): CondaProjectProblem | null {
  for (const channel of [...environment.channels, ...environment.specChannels]) {
    const reason = reasonAgainst(channel);
    // With a mirror the operator says what the variable stands for; the channel's URL is recorded as it is written.
    if (reason !== null && !(reason.variable && hasMirror(channel))) {
      return { ...channelPlace(channel, manifests), problem: `the channel ${shown(channel)} ${reason.text}` };
    }
  }
  const indexes = [...environment.indexes.map(({ url }) => url), ...environment.pipRepositories];
  for (const url of indexes) {
    const reason = reasonAgainst(url);
    if (reason !== null) {
      return { ...indexPlace(url, manifests), problem: `the index ${shown(url)} ${reason.text}` };
    }
  }
  return null;
}

/** `variable`: a variable of the environment is all that is wrong. */
function reasonAgainst(text: string): { readonly text: string; readonly variable: boolean } | null {
  if (hasUrlSecret(text)) {
    const advice = "take it out, and give it to the service as a secret";
    return { text: `has a user name, password or token written into it: ${advice}`, variable: false };
  }
  const unknown =
    "needs an environment variable that Relock does not know: nothing is locked, so that no package comes from elsewhere; who runs Relock says with --mirror FROM=TO what stands for the URL";
  return /\$\{?\w+\}?/u.test(text) ? { text: unknown, variable: true } : null;
}

function shown(text: string): string {
  return text.includes("://") ? shownUrl(text) : text;
}

function channelPlace(channel: string, manifests: readonly Manifest[]): { file: string; line: number | null } {
  for (const { path, channels } of manifests) {
    const found = channels.find(({ name }) => name === channel);
    if (found !== undefined) {
      return { file: path, line: found.line };
    }
  }
  return { file: manifests[0]?.path ?? "", line: null };
}

function indexPlace(url: string, manifests: readonly Manifest[]): { file: string; line: number | null } {
  for (const { path, indexes } of manifests) {
    const found = indexes.find((index) => index.url === url);
    if (found !== undefined) {
      return { file: path, line: found.line };
    }
  }
  return { file: manifests[0]?.path ?? "", line: null };
}
