/** What pixi.toml, or pyproject.toml with `[tool.pixi]`, asks for of conda (conda.md §4.3): enough to solve real manifests. */
import { readTomlTree, tomlAt, type TomlNode, type TomlTable } from "#formats/text/toml-tree.ts";
import { PLATFORMS } from "#packaging/target.ts";

export interface PixiPlatform {
  /** `linux-64`, or the name of one with capabilities of its own (`linux-64-cuda-12-9`). */
  readonly name: string;
  readonly subdir: string;
  /** Versions of virtual packages by name, where the manifest says them. */
  readonly virtual: ReadonlyMap<string, string>;
}

export interface PixiSpec {
  /** Lower case. */
  readonly name: string;
  /** A match spec; null for a package that is built from source. */
  readonly text: string | null;
}

export interface PixiEnvironment {
  readonly name: string;
  /** Those of the environment first, the default one last. */
  readonly features: readonly TomlTable[];
  readonly solveGroup: string | null;
}

export interface PixiManifest {
  readonly workspace: TomlTable;
  readonly platforms: readonly PixiPlatform[];
  readonly environments: readonly PixiEnvironment[];
  /** Python of `project.requires-python` (pyproject.toml), asked for by the default feature where it says nothing itself. */
  readonly python: string | null;
}

export function readPixiManifest(text: string): PixiManifest {
  const reading = readTomlTree(text);
  if (reading.kind !== "tree") throw new Error(reading.reason);
  const root = asTable(tomlAt(reading.root, "tool", "pixi")) ?? reading.root;
  const workspace = tableAt(root, "workspace") ?? tableAt(root, "project");
  if (workspace === null) throw new Error("no [workspace]");
  const requiresPython = root === reading.root ? undefined : tomlAt(reading.root, "project", "requires-python");
  return {
    workspace,
    platforms: itemsAt(workspace, "platforms").map(readPlatform),
    environments: readEnvironments(root),
    python: requiresPython?.kind === "string" ? requiresPython.value : null,
  };
}

/** Bare names are appended to the alias by the caller; feature channels come before those of the workspace. */
export function channelsOf({ workspace }: PixiManifest, { features }: PixiEnvironment): readonly string[] {
  const entries = [...features, workspace].flatMap((table) => itemsAt(table, "channels")).map(readChannel);
  const sorted = entries.sort((left, right) => right.priority - left.priority);
  return [...new Set(sorted.map(({ channel }) => channel))];
}

/** What an environment is solved for: the platforms that all of its features know. */
export function platformsOf({ platforms }: PixiManifest, { features }: PixiEnvironment): readonly PixiPlatform[] {
  return platforms.filter(({ name }) =>
    features.every((feature) => {
      const limits = itemsAt(feature, "platforms").flatMap((node) => (node.kind === "string" ? [node.value] : []));
      return limits.length === 0 || limits.includes(name);
    }),
  );
}

/** All match specs of an environment on a platform; those of several features for one name all hold. */
export function specsOf(
  manifest: PixiManifest,
  environment: PixiEnvironment,
  platform: PixiPlatform,
): readonly PixiSpec[] {
  const found = environment.features.flatMap((feature) => [...featureSpecs(feature, platform).values()]);
  const hasDefault = environment.features.some((feature) => tomlAt(feature, "workspace") ?? tomlAt(feature, "project"));
  const implied =
    manifest.python !== null && hasDefault && !found.some(({ name }) => name === "python")
      ? [{ name: "python", text: `python ${manifest.python}` }]
      : [];
  const byText = new Map([...found, ...implied].map((each) => [`${each.name} ${each.text ?? ""}`, each]));
  return [...byText.values()];
}

/** Names of packages whose build and host dependencies are wanted as well (`[dev]`). */
export function devSources({ features }: PixiEnvironment): readonly string[] {
  return features.flatMap((feature) => [...(tableAt(feature, "dev")?.entries.keys() ?? [])]);
}

/** `[system-requirements]` of all features as versions of virtual packages. */
export function systemRequirements({ features }: PixiEnvironment): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const feature of features) {
    for (const [key, node] of tableAt(feature, "system-requirements")?.entries ?? []) {
      const version = node.kind === "string" ? node.value : stringAt(node, "version");
      if (version !== null) found.set(virtualName(key), version);
    }
  }
  return found;
}

const KINDS = ["dependencies", "host-dependencies", "build-dependencies"];

/** More particular tables win by name over less particular ones, build over host over run. */
function featureSpecs(feature: TomlTable, platform: PixiPlatform): ReadonlyMap<string, PixiSpec> {
  const targets = [...(tableAt(feature, "target")?.entries ?? [])]
    .filter(([selector]) => selects(selector, platform))
    .flatMap(([, node]) => asTable(node) ?? []);
  const found = new Map<string, PixiSpec>();
  for (const table of [feature, ...targets]) {
    for (const kind of KINDS) {
      for (const [written, node] of tableAt(table, kind)?.entries ?? []) {
        const name = written.toLowerCase();
        found.set(name, { name, text: specText(name, node) });
      }
    }
  }
  return found;
}

function selects(selector: string, { name, subdir }: PixiPlatform): boolean {
  const families = subdir.startsWith("win")
    ? ["win"]
    : ["unix", ...(subdir.startsWith("osx") ? ["osx", "macos"] : ["linux"])];
  return selector === name || selector === subdir || families.includes(selector);
}

const FIELDS = new Map([
  ["version", "version"],
  ["build", "build"],
  ["build-number", "build_number"],
  ["channel", "channel"],
  ["subdir", "subdir"],
  ["file-name", "fn"],
  ["md5", "md5"],
  ["sha256", "sha256"],
]);
const SOURCES = ["path", "git", "url"];

/** A string is a version spec, in which a bare version means that one (pixi's strict reading). */
function specText(name: string, node: TomlNode): string | null {
  if (node.kind === "string") return withFields(name, new Map([["version", node.value]]));
  const table = asTable(node);
  if (table === null) throw new Error(`${name}: no dependency`);
  if (SOURCES.some((key) => table.entries.has(key))) return null;
  const fields = new Map<string, string>();
  for (const [key, value] of table.entries) {
    const field = FIELDS.get(key);
    if (field === undefined || value.kind !== "string") throw new Error(`${name}: ${key} is not read`);
    fields.set(field, value.value);
  }
  return withFields(name, fields);
}

function withFields(name: string, fields: ReadonlyMap<string, string>): string {
  const written = [...fields].filter(([, value]) => value !== "*" && value !== "");
  return written.length === 0 ? name : `${name}[${written.map(([key, value]) => `${key}="${value}"`).join(",")}]`;
}

/** Without `[environments]` the default feature is the only environment. */
function readEnvironments(root: TomlTable): readonly PixiEnvironment[] {
  const features = tableAt(root, "feature");
  const written = new Map(tableAt(root, "environments")?.entries ?? []);
  const feature = (name: string): TomlTable | readonly [] => asTable(features?.entries.get(name)) ?? [];
  const environments = [...written].map(([name, node]): PixiEnvironment => {
    const names = node.kind === "list" ? node.items : itemsAt(node, "features");
    const own = names.flatMap((each) => (each.kind === "string" ? feature(each.value) : []));
    const inline = node.kind === "table" ? [node] : [];
    const alone = tomlAt(node, "no-default-feature");
    const withDefault = alone === undefined || !("text" in alone) || alone.text !== "true";
    return {
      name,
      features: [...inline, ...own, ...(withDefault ? [root] : [])],
      solveGroup: stringAt(node, "solve-group"),
    };
  });
  return written.has("default")
    ? environments
    : [{ name: "default", features: [root], solveGroup: null }, ...environments];
}

/** `{ platform = "linux-64", cuda = "12.9" }` is called `linux-64-cuda-12-9` where it has no name. */
function readPlatform(node: TomlNode): PixiPlatform {
  if (node.kind === "string") return { name: node.value, subdir: node.value, virtual: new Map() };
  const subdir = stringAt(node, "platform") ?? "";
  if (!PLATFORMS.some((each) => each === subdir)) throw new Error(`${subdir} is no platform`);
  const rest = [...(asTable(node)?.entries ?? [])].flatMap(([key, value]) =>
    key !== "platform" && key !== "name" && value.kind === "string" ? [[key, value.value] as const] : [],
  );
  const derived = [subdir, ...rest.map(([key, value]) => `${key}-${value.replaceAll(".", "-")}`)].join("-");
  return {
    name: stringAt(node, "name") ?? derived,
    subdir,
    virtual: new Map(rest.map(([key, value]) => [virtualName(key), value])),
  };
}

function virtualName(key: string): string {
  const names = new Map([
    ["libc", "__glibc"],
    ["macos", "__osx"],
  ]);
  return names.get(key) ?? (key.startsWith("__") ? key : `__${key}`);
}

function readChannel(node: TomlNode): { readonly channel: string; readonly priority: number } {
  if (node.kind === "string") return { channel: node.value, priority: 0 };
  const priority = tomlAt(node, "priority");
  return {
    channel: stringAt(node, "channel") ?? "",
    priority: priority?.kind === "integer" ? Number(priority.text) : 0,
  };
}

function asTable(node: TomlNode | undefined): TomlTable | null {
  return node?.kind === "table" ? node : null;
}

function tableAt(node: TomlNode, key: string): TomlTable | null {
  return asTable(tomlAt(node, key));
}

function itemsAt(node: TomlNode, key: string): readonly TomlNode[] {
  const found = tomlAt(node, key);
  return found?.kind === "list" ? found.items : [];
}

function stringAt(node: TomlNode, key: string): string | null {
  const found = tomlAt(node, key);
  return found?.kind === "string" ? found.value : null;
}
