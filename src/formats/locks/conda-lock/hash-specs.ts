/** Requirements as conda-lock hashes them: what its parser makes of a MatchSpec or of a pip line. */
import { splitBrackets } from "#packaging/conda-match-spec-brackets.ts";
import { splitPositions } from "#packaging/conda-match-spec-positions.ts";
import { isRequirementProblem, parseRequirement } from "#packaging/requirement.ts";
import type { EnvironmentRequirement } from "../../conda-environment.ts";

/** A requirement in the form that conda-lock serialises. */
export type HashSpec = HashSpecBase &
  (
    | {
        readonly kind: "versioned";
        readonly version: string;
        readonly build: string | null;
        readonly channel: string | null;
        readonly hash: string | null;
      }
    | { readonly kind: "url"; readonly url: string; readonly hashes: readonly string[] }
    | {
        readonly kind: "vcs";
        readonly source: string;
        readonly rev: string | null;
        readonly subdirectory: string | null;
      }
    | {
        readonly kind: "path";
        readonly path: string;
        readonly isDirectory: boolean;
        readonly subdirectory: string | null;
      }
  );

interface HashSpecBase {
  readonly name: string;
  readonly manager: "conda" | "pip";
  readonly category: string;
  readonly extras: readonly string[];
  readonly markers: string | null;
}

export type HashSpecAnswer = HashSpec | { readonly problem: string };

/** The conda package `pip` that conda-lock adds for a pip section. */
export function impliedPip(category: string): HashSpec {
  return { ...NO_DETAILS, kind: "versioned", name: "pip", manager: "conda", category, version: "*" };
}

const NO_DETAILS = { extras: [], markers: null, build: null, channel: null, hash: null } as const;

export function condaHashSpec({ text, category }: Pick<EnvironmentRequirement, "text" | "category">): HashSpecAnswer {
  const bracketed = splitBrackets(text);
  if ("problem" in bracketed) return bracketed;
  const positions = splitPositions(bracketed.before);
  if ("problem" in positions) return positions;
  const field = (key: string, position: string | null): string | null => {
    const value = bracketed.fields.get(key);
    return typeof value === "string" ? value : position;
  };
  const build = field("build", positions.build);
  const written = field("version", positions.version) ?? "";
  return {
    ...NO_DETAILS,
    kind: "versioned",
    name: positions.name.toLowerCase(),
    manager: "conda",
    category,
    version: hashedVersion(written.replaceAll(/\s+/g, ""), build),
    build,
    channel: field("channel", positions.channel),
  };
}

/** What conda's MatchSpec keeps of a version (`_parse_spec_str`, `VersionSpec`). */
function hashedVersion(version: string, build: string | null): string {
  if (version.startsWith("==") && build === null) return version.slice(2);
  if (version.startsWith("=") && !/[=,|]/.test(version.slice(1))) {
    const prefix = version.slice(1);
    return build === null && !prefix.endsWith("*") ? `${prefix}.*` : withDot(prefix);
  }
  if (/[(^$]/.test(version) || !version.includes("|")) return version.includes(",") ? version : withDot(version);
  return version
    .split("|")
    .map((group) => (group.includes(",") ? `(${group})` : group))
    .join("|");
}

/** `1.8*` is kept as `1.8.*`. */
function withDot(version: string): string {
  return /^[^<>=!~*]*[^<>=!~*.]\*$/.test(version) ? `${version.slice(0, -1)}.*` : version;
}

export function pipHashSpec({ text, category }: Pick<EnvironmentRequirement, "text" | "category">): HashSpecAnswer {
  const [line = "", ...hashes] = text.split(/\s+--hash=/);
  const semicolon = line.lastIndexOf(";");
  const marker = semicolon === -1 ? null : line.slice(semicolon + 1).trim();
  const parsed = parseRequirement(semicolon === -1 ? line : line.slice(0, semicolon));
  if (isRequirementProblem(parsed)) return { problem: parsed.message };
  const base = { name: parsed.name, manager: "pip", category, extras: parsed.extras, markers: marker } as const;
  if (parsed.url !== null) return addressSpec(base, parsed.url);
  return {
    ...base,
    kind: "versioned",
    version: pipVersion(parsed.specifiers.specifiers.map(({ operator, versionText }) => operator + versionText)),
    build: null,
    channel: null,
    hash: hashes[0]?.trim() ?? null,
  };
}

/** PEP 508's clauses as conda-lock 2 and 3 write them: sorted, `===` as `==`. */
function pipVersion(clauses: readonly string[]): string {
  const written = clauses.map((clause) => clause.replace(/^===/, "==").replaceAll(/\s+/g, ""));
  return written.length === 0 ? "*" : written.sort().join(",");
}

function addressSpec(base: HashSpecBase, address: string): HashSpec {
  if (address.startsWith("git+")) return { ...base, extras: [], kind: "vcs", ...gitParts(address) };
  if (/^(?:https|ssh):\/\//.test(address)) {
    const [url = "", ...fragment] = address.split("#");
    return { ...base, kind: "url", url, hashes: [fragment.join("#").replaceAll("=", ":")] };
  }
  const path = address.replace(/^file:\/\//, "").replace(/(?<=.)\/+$/, "");
  // conda-lock asks the file system; an archive is a file, and what else can be installed is a folder.
  const isDirectory = !/\.(?:whl|zip|tar\.gz|tar\.bz2|tgz)$/.test(path);
  return { ...base, kind: "path", path, isDirectory, subdirectory: null };
}

function gitParts(address: string): {
  readonly source: string;
  readonly rev: string | null;
  readonly subdirectory: string | null;
} {
  const url = address.replace(/\.git$/, "").slice("git+".length);
  const at = url.lastIndexOf("@");
  // An `@` before the host is the user of an SSH address.
  if (at === -1 || url.indexOf("/", at) === -1 ? at === -1 : !url.slice(0, at).includes("://")) {
    return { source: url, rev: null, subdirectory: null };
  }
  const [rev = "", subdirectory = null] = url.slice(at + 1).split("#subdirectory=");
  return { source: url.slice(0, at), rev, subdirectory };
}
