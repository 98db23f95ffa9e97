/** The parts of a conda match spec and where they stand (CEP 29). What a version constraint means is not decided here. */

export interface MatchSpecParts {
  /** `pytorch` of `pytorch::torchvision`, a subdir (`conda-forge/linux-64`) included; null where none. */
  readonly channel: string | null;
  readonly name: string;
  /** Version constraint with its operators, without the build. */
  readonly constraint: { readonly text: string; readonly start: number; readonly end: number } | null;
  readonly build: string | null;
  /** URL or path of one artifact in place of name and version. */
  readonly location: string | null;
}

/** The parts, or the reason (a clause) why the text is not a match spec that we understand. */
export type MatchSpecAnswer = { readonly parts: MatchSpecParts } | { readonly reason: string };

const TERM = String.raw`\(*\s*(?:==|!=|<=|>=|~=|<|>|=)?\s*[\w.*+!-]+\s*\)*`;
const VERSION = new RegExp(String.raw`^${TERM}(?:\s*[,|]\s*${TERM})*`);
const BUILD = /^[\w.*+^$!|-]+$/;
const NAME = /^[a-z0-9_][a-z0-9_.-]*/i;
const MAXIMUM_LENGTH = 1000;

/** Reads `channel::name constraint build` in any of conda's spellings, `name[version='…']` included. */
export function readMatchSpec(text: string): MatchSpecAnswer {
  if (text.length > MAXIMUM_LENGTH) return { reason: "it is too long for a match spec" };
  if (/\{\{|\}\}|\$\{/.test(text)) return { reason: "it holds a template placeholder" };
  if (/^(?:[a-z]+:\/\/|\.{0,2}\/)\S*$/i.test(text)) return readLocation(text);
  const colon = text.lastIndexOf(":");
  const nameStart = colon + 1 + (text.slice(colon + 1).length - text.slice(colon + 1).trimStart().length);
  const channel = colon < 0 ? null : channelBefore(text.slice(0, colon));
  if (channel === "") return { reason: "the channel before `::` is missing" };
  const name = NAME.exec(text.slice(nameStart))?.[0];
  if (name === undefined) return { reason: "it does not start with the name of a package" };
  return readRest(text, nameStart + name.length, { channel, name });
}

interface Head {
  readonly channel: string | null;
  readonly name: string;
}

function readRest(text: string, from: number, head: Head): MatchSpecAnswer {
  const rest = text.slice(from);
  const start = from + rest.length - rest.trimStart().length;
  const body = text.slice(start).trimEnd();
  if (body === "") return { parts: { ...head, constraint: null, build: null, location: null } };
  if (body.startsWith("[")) return readBrackets(body, start, head);
  const version = VERSION.exec(body)?.[0].trimEnd();
  if (version === undefined) return { reason: `\`${body}\` is not a version constraint of conda` };
  const after = body.slice(version.length);
  const build = after.trim().replace(/^=\s*/, "");
  if (after !== "" && (!/^[=\s]/.test(after) || !BUILD.test(build))) {
    return {
      reason: `\`${body}\` is not a version constraint of conda (alternatives are separated by \`,\` or \`|\`)`,
    };
  }
  const constraint = { text: version, start, end: start + version.length };
  return { parts: { ...head, constraint, build: build === "" ? null : build, location: null } };
}

/** `name[version='>=1', build=py*]`: the version is the constraint, other keys beside build are not understood. */
function readBrackets(body: string, start: number, head: Head): MatchSpecAnswer {
  if (!body.endsWith("]")) return { reason: "the brackets are not closed at the end" };
  let constraint: MatchSpecParts["constraint"] = null;
  let build: string | null = null;
  let channel = head.channel;
  let position = 1;
  while (position < body.length - 1) {
    const pair = /^[\s,]*(?<key>[a-z0-9_]+)\s*=\s*(?<value>"[^"]*"|'[^']*'|[^\s,\]'"]+)\s*/.exec(
      body.slice(position, -1),
    );
    const key = pair?.groups?.["key"];
    const written = pair?.groups?.["value"];
    if (pair === null || key === undefined || written === undefined) return { reason: `\`${body}\` is not understood` };
    const value = written.replace(/^["']|["']$/g, "");
    if (key === "version") {
      const at = start + position + pair[0].lastIndexOf(written) + (written === value ? 0 : 1);
      constraint = { text: value, start: at, end: at + value.length };
    } else if (key === "build") build = value;
    else if (key === "channel") channel = value;
    else return { reason: `\`${key}\` in brackets is not understood` };
    position += pair[0].length;
  }
  return { parts: { name: head.name, channel, constraint, build, location: null } };
}

/** `conda-forge::`, `conda-forge/linux-64::`, `conda-forge::namespace:` (the namespace means nothing). */
function channelBefore(text: string): string {
  const double = text.indexOf("::");
  const written = double >= 0 ? text.slice(0, double) : text.replace(/:$/, "");
  return written.trim();
}

function readLocation(text: string): MatchSpecAnswer {
  const file = /(?<name>[^/]+?)-[^-/]+-[^-/]+\.(?:conda|tar\.bz2)(?:#.*)?$/.exec(text)?.groups?.["name"];
  if (file === undefined) return { reason: "it is a URL or path that does not name a conda package" };
  return { parts: { channel: null, name: file, constraint: null, build: null, location: text } };
}
