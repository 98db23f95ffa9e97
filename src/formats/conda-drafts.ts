/** Projects that a conda lock makes: one for each lock, with the manifests that it is made from. */
import { isPlatformName } from "#packaging/target.ts";
import type { CondaLockFiles } from "./conda-environment.ts";
import { lockSets, packageListsOf, variantOf, type LockSet } from "./conda-locks/lock-sets.ts";
import { sourcesOf, type LockSources } from "./conda-locks/lock-sources.ts";
import { platformInName } from "./conda-locks/conda-file.ts";
import type { Finding } from "./finding.ts";
import { generatedFinding } from "./generated-finding.ts";
import { includeClosure, includeGraph } from "./include-graph.ts";
import type { Manifest } from "./manifests/manifest.ts";
import type { Draft, Search } from "./project-draft.ts";
import { baseName, directoryOf, isCondaLock } from "./project-files.ts";
import type { ProjectEnvironment } from "./project.ts";

export interface CondaDrafts {
  readonly drafts: readonly Draft[];
  /** Environment and pyproject.toml files that a lock is made from. */
  readonly sources: ReadonlySet<string>;
  /** The sources, and the files that they include. */
  readonly members: ReadonlySet<string>;
}

/** Finds the locks, what belongs to each, and what is a dump and no lock. */
export function condaDrafts(search: Search): CondaDrafts {
  const { files } = search;
  search.findings.push(...dumpFindings(search), ...mambaforgeFindings(search));
  const candidates = sourceCandidates(search);
  const sets = lockSets([...files.condaFiles.values()], candidates);
  const manifests = allManifests(search);
  const found = [...sets, ...unreadSets(search, sets)].map((set) => {
    const known = sourcesOf(set, { paths: search.paths, candidates, commands: files.condaCommands.locks });
    return { set, known };
  });
  const firsts = found.map(({ known }) => known.sources[0]);
  const drafts = found.map(({ set, known }) => {
    const [first] = known.sources;
    const isShared = first === undefined || firsts.filter((each) => each === first).length > 1;
    return condaDraft(search, set, { known, manifests, id: isShared ? primaryPath(set) : first });
  });
  const sources = drafts.flatMap((draft) => draft.condaLocks?.sources ?? []);
  const members = drafts.flatMap((draft) => draft.manifests.map(({ path }) => path));
  return { drafts, sources: new Set(sources), members: new Set(members) };
}

function allManifests({ files }: Search): ReadonlyMap<string, Manifest> {
  const pip = [...files.pipManifests].map(([path, { manifest }]) => [path, manifest] as const);
  return new Map([...pip, ...[...files.pyprojects].map(([path, { manifest }]) => [path, manifest] as const)]);
}

/** What a lock may be made from by its name: environments that people write, and pyproject.toml files that name conda-lock. */
function sourceCandidates({ files }: Search): readonly string[] {
  const environments = [...files.pipManifests.values()].filter(
    ({ manifest, kind }) => manifest.format === "environment-yml" && kind.kind !== "frozen",
  );
  const pyprojects = [...files.pyprojects.values()].filter(({ facts }) => facts.tools.condaLock);
  return [...environments, ...pyprojects].map(({ manifest }) => manifest.path);
}

/** Locks by their names whose content is not known: their manifests must not move without them. */
function unreadSets({ paths, files }: Search, sets: readonly LockSet[]): readonly LockSet[] {
  return [...paths].flatMap((path): readonly LockSet[] => {
    const file = files.condaFiles.get(path);
    const isRead = file === undefined ? files.texts.has(path) : file.kind !== "unread";
    const platform = /^conda-.*\.lock$/.test(baseName(path)) ? platformInName(path) : null;
    if (isRead || (platform === null && !isCondaLock(path))) return [];
    const place = { directory: directoryOf(path), variant: variantOf(path), rendered: [], isUnread: true };
    if (platform === null) return [{ ...place, unified: { path, lock: null }, explicit: [] }];
    const hasOther = sets.some((set) => set.directory === place.directory && set.variant === place.variant);
    return hasOther ? [] : [{ ...place, unified: null, explicit: [{ path, platform }] }];
  });
}

function primaryPath({ unified, explicit, rendered }: LockSet): string {
  return unified?.path ?? explicit[0]?.path ?? rendered[0]?.path ?? "";
}

interface DraftParts {
  readonly known: LockSources;
  readonly manifests: ReadonlyMap<string, Manifest>;
  readonly id: string;
}

function condaDraft(search: Search, set: LockSet, { known, manifests, id }: DraftParts): Draft {
  const members = new Set(known.sources.flatMap((path) => includeClosure(path, manifests)));
  const path = primaryPath(set);
  const condaLocks: CondaLockFiles = {
    unified: set.unified?.path ?? null,
    explicit: set.explicit,
    rendered: set.rendered,
    packageLists: packageListsOf(set, [...search.files.condaFiles.values()]),
    virtualPackages: virtualPackagesFile(search, set.directory),
    sources: known.sources,
  };
  const finding = readOnlyFinding(search, set, known);
  if (finding !== null) search.findings.push(finding);
  search.findings.push(...platformFindings(set));
  const read = [...members].flatMap((member) => manifests.get(member) ?? []);
  search.findings.push(...includeGraph(new Map(read.map((manifest) => [manifest.path, manifest])), []).findings);
  search.findings.push(...read.flatMap(selectorFindings));
  const pyproject = known.sources.find((source) => search.files.pyprojects.has(source));
  return {
    id,
    root: set.directory,
    tool: "conda-lock",
    manifests: read,
    pyproject: pyproject === undefined ? null : (search.files.pyprojects.get(pyproject) ?? null),
    lock: { path, format: "conda-lock" },
    condaLocks,
    environments: environmentsOf(known.sources, manifests),
    readOnlyReason: finding?.message ?? null,
  };
}

/** The lock's environment by the name of its first file, and one for each further category. */
function environmentsOf(
  sources: readonly string[],
  manifests: ReadonlyMap<string, Manifest>,
): readonly ProjectEnvironment[] {
  const closures = sources.map((path) => ({ path, files: includeClosure(path, manifests) }));
  const [first] = closures;
  if (first === undefined) return [];
  const name = manifests.get(first.path)?.environment?.name ?? first.path;
  const environments = new Map<string, string[]>([[name, []]]);
  for (const { path, files } of closures) {
    const category = manifests.get(path)?.environment?.category ?? "main";
    const key = category === "main" ? name : category;
    environments.set(key, [...(environments.get(key) ?? []), ...files]);
  }
  return [...environments].map(([each, files]) => ({ name: each, files }));
}

/** conda-lock takes the file of the folder that it runs in: that of the lock, or the root. */
function virtualPackagesFile({ files }: Search, directory: string): string | null {
  const names = ["virtual-packages.yml", "virtual-packages.yaml"];
  const places = directory === "" ? names : [...names.map((name) => `${directory}/${name}`), ...names];
  return places.find((path) => files.condaFiles.get(path)?.kind === "virtual-packages") ?? null;
}

function readOnlyFinding(search: Search, set: LockSet, known: LockSources): Finding | null {
  const path = primaryPath(set);
  const message = readOnlyReason(search, set, known);
  if (message === null) return null;
  return { code: "lock-not-written", severity: "info", file: path, line: null, message, targets: [] };
}

/** Why neither the lock nor its manifests are edited, or null. */
function readOnlyReason(search: Search, set: LockSet, { sources, missing }: LockSources): string | null {
  const path = primaryPath(set);
  const kept = "the lock and its manifests are reported and never edited";
  const { files } = search;
  if (set.isUnread) return `${path} was not read as a lock of conda's: ${kept}.`;
  if (missing.length > 0) {
    return `${path} is made from ${listed(missing)}, which the repository does not have: ${kept}. Lock it again from files that are there.`;
  }
  if (sources.length === 0) {
    return `Nothing tells which environment file ${path} is made from: ${kept}. A \`conda-lock -f FILE --lockfile ${baseName(path)}\` in a workflow would.`;
  }
  const odd = sources.find((source) => !files.pyprojects.has(source) && !isEnvironment(search, source));
  if (odd !== undefined) return `${path} is made from ${odd}, which is no environment file that was read: ${kept}.`;
  const generated = sources
    .flatMap((source) => files.pipManifests.get(source) ?? [])
    .find(({ kind }) => kind.kind !== "hand-written");
  return generated === undefined ? null : generatedFinding(generated).message;
}

/** The first of what a file names, which may be long and many. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => `\`${name.length > 100 ? `${name.slice(0, 100)}…` : name}\``);
  const others = names.length - shown.length;
  return others > 0 ? `${shown.join(", ")} and ${others} more` : shown.join(", ");
}

/** Platforms of a lock that nothing is solved for: their packages and hashes stay as they are. */
function platformFindings({ unified }: LockSet): readonly Finding[] {
  const unknown = (unified?.lock?.metadata.platforms ?? []).filter((platform) => !isPlatformName(platform));
  if (unified === null || unknown.length === 0) return [];
  const message = `The lock is for ${listed(unknown)} too, which Relock does not solve for: what it has for that stays as it is.`;
  return [{ code: "not-understood", severity: "warning", file: unified.path, line: null, message, targets: [] }];
}

function isEnvironment({ files }: Search, path: string): boolean {
  return files.pipManifests.get(path)?.manifest.format === "environment-yml";
}

/** Selectors that conda-lock knows: single words. */
const LOCK_SELECTORS = /^(?:linux|linux64|unix|aarch64|ppc64le|osx|osx64|arm64|win|win64)$/;

/** conda-lock leaves lines with other selectors out on every platform; here they mean what they say. */
function selectorFindings({ path, requirements }: Manifest): readonly Finding[] {
  return requirements.flatMap(({ line, entry }): readonly Finding[] => {
    const selector = entry?.selector ?? null;
    if (selector === null || LOCK_SELECTORS.test(selector)) return [];
    const message = `conda-lock knows selectors of one word, and would leave this line out everywhere: Relock locks it where \`[${selector}]\` holds.`;
    return [{ code: "selector-not-portable", severity: "info", file: path, line, message, targets: [] }];
  });
}

/** What `conda list` printed of an installed environment: a record of what was, and no lock. */
function dumpFindings({ files }: Search): readonly Finding[] {
  return [...files.condaFiles.values()].flatMap((file): readonly Finding[] => {
    const isDump = file.kind === "export-list" || (file.kind === "explicit" && !file.isLock);
    if (!isDump) return [];
    const command = file.kind === "explicit" ? "conda list --explicit" : "conda list --export";
    const where = file.platform === null ? "" : ` on ${file.platform}`;
    const message = `${file.path} lists a whole installed environment${where}, as \`${command}\` prints it: it is reported and never edited.`;
    return [{ code: "frozen-file", severity: "info", file: file.path, line: file.line, message, targets: [] }];
  });
}

function mambaforgeFindings({ files }: Search): readonly Finding[] {
  return files.condaCommands.mambaforge.map(({ file, line, text }) => ({
    code: "retired-installer",
    severity: "warning",
    file,
    line,
    message: `\`${text}\` is retired and gets no more releases: use Miniforge, which has mamba too.`,
    targets: [],
  }));
}
