/** conda-lock's `content_hash`: what of the manifests and of the assumed machine a platform's lock depends on, hashed. */
import { createHash, type Hash } from "node:crypto";
import type { VirtualPackage } from "#packaging/platform-tags.ts";
import { pythonJson, type PythonJsonEntries, type PythonJsonValue } from "../../text/python-json.ts";
import type { HashSpec } from "./hash-specs.ts";
import type { CondaLockChannel } from "./model.ts";

export interface ContentHashInput {
  readonly platform: string;
  /** In order of priority. */
  readonly channels: readonly CondaLockChannel[];
  readonly specs: readonly HashSpec[];
  /** `pip-repositories`. */
  readonly pipRepositories: readonly string[];
  readonly virtualPackages: readonly VirtualPackage[];
}

/** What releases of conda-lock do differently. */
export interface ContentHashRule {
  readonly name: string;
  /** Channels as pydantic 2 serialises them (`{"url":"x",…}`), as pydantic 1 does (with blanks), or by name. */
  readonly channels: "compact" | "spaced" | "name";
  /** Fields of a requirement: without those that a release did not know, and with nulls that a later one drops. */
  readonly fields: "selectors" | "optional" | "plain" | "hash" | "nulls";
  /** Versions of pip requirements as in PEP 508, or turned into conda's (`=1.0`, `>=1.2.3,<1.3.0` for `~=1.2.3`). */
  readonly pip: "pep508" | "conda";
  /** `x86_64_0` for the build `x86_64`. */
  readonly buildNumber: boolean;
  /** The `__glibc` of the defaults. */
  readonly glibc: string;
  /** A second `__osx` (10.15) beside 11.0 on osx-64. */
  readonly secondOsx: boolean;
}

/** What today's conda-lock does (3.0.3 went back to it), and Relock for a new lock. */
export const CONTENT_HASH_RULE: ContentHashRule = {
  name: "conda-lock 3",
  channels: "compact",
  fields: "hash",
  pip: "pep508",
  buildNumber: true,
  glibc: "2.28",
  secondOsx: true,
};

/** The hash of one platform, 64 digits. */
export function condaLockContentHash(input: ContentHashInput, rule: ContentHashRule = CONTENT_HASH_RULE): string {
  return new ContentHasher(input).hash(input.virtualPackages, rule);
}

/** Hashes the same requirements by several rules: what the rules have in common is serialised and hashed once. */
export class ContentHasher {
  readonly #input: ContentHashInput;
  readonly #specs: readonly HashSpec[];
  /** Hashes that wait for the virtual packages, whose key is the last of Python's sorted object. */
  readonly #begun = new Map<string, Hash>();

  constructor(input: ContentHashInput) {
    this.#input = input;
    this.#specs = [...input.specs].sort((a, b) => compare(a.manager, b.manager) || compare(a.name, b.name));
  }

  hash(virtualPackages: readonly VirtualPackage[], rule: ContentHashRule): string {
    const { platform } = this.#input;
    const packages = jsonText(virtualPackageHash({ platform, virtualPackages }, rule));
    return this.#begin(rule).copy().update(`"virtual_package_hash": ${packages}}`).digest("hex");
  }

  #begin(rule: ContentHashRule): Hash {
    const key = `${rule.channels} ${rule.fields} ${rule.pip}`;
    const known = this.#begun.get(key);
    if (known !== undefined) return known;
    const channels = jsonText(this.#input.channels.map((channel) => channelText(channel, rule)));
    const repositories = this.#input.pipRepositories.map((url) => jsonObject([["url", url]], rule));
    const pip = repositories.length === 0 ? "" : `"pip_repositories": ${jsonText(repositories)}, `;
    const specs = jsonText(this.#specs.map((spec) => object(specFields(spec, rule))));
    const hash = createHash("sha256").update(`{"channels": ${channels}, ${pip}"specs": ${specs}, `);
    this.#begun.set(key, hash);
    return hash;
  }
}

/** Texts, numbers and null can always be written. */
function jsonText(value: PythonJsonValue): string {
  const json = pythonJson(value);
  return "text" in json ? json.text : "";
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function object(entries: PythonJsonEntries): PythonJsonValue {
  return { kind: "object", entries };
}

function channelText(channel: CondaLockChannel, rule: ContentHashRule): string {
  if (rule.channels === "name") return channel.url;
  return jsonObject(
    [
      ["url", channel.url],
      ["used_env_vars", channel.usedEnvVars],
    ],
    rule,
  );
}

/** JSON inside JSON, as pydantic writes it: keys in their order, characters beyond ASCII as they are in pydantic 2. */
function jsonObject(
  entries: readonly (readonly [string, string | readonly string[]])[],
  { channels }: ContentHashRule,
): string {
  const [comma, colon] = channels === "compact" ? [",", ":"] : [", ", ": "];
  const written = (value: string | readonly string[]): string =>
    typeof value === "string" ? JSON.stringify(value) : `[${value.map((item) => JSON.stringify(item)).join(comma)}]`;
  return `{${entries.map(([key, value]) => `"${key}"${colon}${written(value)}`).join(comma)}}`;
}

function specFields(spec: HashSpec, { fields, pip }: ContentHashRule): PythonJsonEntries {
  const base: (readonly [string, PythonJsonValue])[] = [
    ["name", spec.name],
    ["manager", spec.manager],
    ["category", spec.category],
    ["extras", [...spec.extras].sort()],
    ...(fields === "selectors" || fields === "optional" ? [["optional", spec.category !== "main"] as const] : []),
    ...(fields === "selectors" ? [["selectors", object([["platform", null]])] as const] : []),
  ];
  const knowsMarkers = fields === "hash" || fields === "nulls";
  if (knowsMarkers && (spec.markers !== null || fields === "nulls")) base.push(["markers", spec.markers]);
  return [...base, ...kindFields(pip === "conda" ? withCondaVersion(spec) : spec, fields)];
}

function withCondaVersion(spec: HashSpec): HashSpec {
  if (spec.manager !== "pip" || spec.kind !== "versioned") return spec;
  const clauses = spec.version.split(",").flatMap((clause) => {
    const [major, minor, ...rest] = /^~=([0-9]+(?:\.[0-9]+)+)$/.exec(clause)?.[1]?.split(".") ?? [];
    if (major === undefined || minor === undefined) return [clause.replace(/^==/, "=")];
    const upper = [major, String(Number(minor) + 1), ...rest.map(() => "0")];
    return [`>=${clause.slice(2)}`, `<${upper.join(".")}`];
  });
  return { ...spec, version: clauses.sort().join(",") };
}

function kindFields(spec: HashSpec, fields: ContentHashRule["fields"]): PythonJsonEntries {
  const subdirectory = (value: string | null): PythonJsonEntries =>
    value === null && fields !== "nulls" ? [] : [["subdirectory", value]];
  switch (spec.kind) {
    case "versioned": {
      const known = fields === "hash" || fields === "nulls";
      return [
        ["version", spec.version],
        ["build", spec.build],
        ["conda_channel", spec.channel],
        ...(known ? [["hash", spec.hash] as const] : []),
      ];
    }
    case "url":
      return [
        ["url", spec.url],
        ["hashes", spec.hashes],
      ];
    case "vcs":
      return [["source", spec.source], ["vcs", "git"], ["rev", spec.rev], ...subdirectory(spec.subdirectory)];
    case "path":
      return [["path", spec.path], ["is_directory", spec.isDirectory], ...subdirectory(spec.subdirectory)];
  }
}

/** The repodata of the channel that conda-lock makes of virtual packages. */
function virtualPackageHash(
  { platform, virtualPackages }: Pick<ContentHashInput, "platform" | "virtualPackages">,
  rule: ContentHashRule,
): PythonJsonValue {
  const packages = virtualPackages.map((one) =>
    one.name === "__glibc" && rule.glibc !== CONTENT_HASH_RULE.glibc && one.version === CONTENT_HASH_RULE.glibc
      ? { ...one, version: rule.glibc }
      : one,
  );
  const hasDefaultOsx = packages.some(({ name, version }) => name === "__osx" && version === "11.0");
  const second = rule.secondOsx && platform === "osx-64" && hasDefaultOsx;
  const all = second ? [...packages, { name: "__osx", version: "10.15", build: "0" }] : packages;
  const known = PLATFORMS.has(platform) || all.length > 0;
  return object([
    ["noarch", subdir("noarch", [], rule)],
    [platform, known ? subdir(platform, all, rule) : object([])],
  ]);
}

/** Those that conda-lock always makes a folder for; of another without packages it hashes an empty map. */
const PLATFORMS: ReadonlySet<string> = new Set([
  "linux-64",
  "linux-aarch64",
  "linux-ppc64le",
  "osx-64",
  "osx-arm64",
  "win-64",
]);

/** 2020-01-01 in milliseconds, in the time zone of whoever wrote the constant. */
const TIMESTAMP = 1577854800000;

function subdir(name: string, packages: readonly VirtualPackage[], rule: ContentHashRule): PythonJsonValue {
  const entries = packages.map((one): readonly [string, PythonJsonValue] => {
    const given = one.build === "0" ? "" : one.build;
    const build = given === "" ? "0" : rule.buildNumber ? `${given}_0` : given;
    const record = object([
      ["name", one.name],
      ["version", one.version],
      ["build_string", given],
      ["build_number", 0],
      ["build", build],
      ["noarch", ""],
      ["depends", []],
      ["timestamp", TIMESTAMP],
      ["package_type", "virtual_system"],
      ["subdir", name],
    ]);
    return [`${one.name}-${one.version}-${build}.tar.bz2`, record];
  });
  return object([
    ["info", object([["subdir", name]])],
    ["packages", object(entries)],
  ]);
}
