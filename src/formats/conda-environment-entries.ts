/** What one source of a lock asks for on one platform: environment.yml with what it includes, or pyproject.toml. */
import { isMarkerProblem, parseMarker, evaluateMarker } from "#packaging/marker-syntax.ts";
import { markerEnvironmentFor, type PlatformName } from "#packaging/target.ts";
import type { EnvironmentRequirement, MergeOptions, SourceEntry } from "./conda-environment.ts";
import { pyprojectEntries } from "./conda-environment-pyproject.ts";
import { selectorHolds } from "./manifests/environment-yml/selector.ts";
import type { Manifest, ManifestIndex, ManifestRequirement, PipOptions } from "./manifests/manifest.ts";
import { pep508Text } from "./manifests/requirement-text.ts";

/** One file, read for one platform. */
export interface SourceEntries {
  readonly entries: readonly SourceEntry[];
  readonly constraints: readonly EnvironmentRequirement[];
  readonly skipped: readonly { readonly requirement: ManifestRequirement; readonly reason: string }[];
  readonly indexes: readonly ManifestIndex[];
  readonly pipOptions: readonly PipOptions[];
}

export interface SourceContext {
  readonly platform: PlatformName;
  readonly options: MergeOptions;
  /** Every file at hand, by path: included ones are looked up here. */
  readonly files: ReadonlyMap<string, Manifest>;
}

/** The entries of a source in the order of the file, or why they cannot be known (a clause). */
export function sourceEntries(source: Manifest, context: SourceContext): SourceEntries | { readonly reason: string } {
  if (source.format !== "environment-yml") {
    const read = pyprojectEntries(source, context.options);
    return withoutForeign({ ...read, constraints: [], skipped: [], indexes: source.indexes, pipOptions: [] }, context);
  }
  const category = source.environment?.category ?? "main";
  const included = includedFiles(source, context.files);
  if ("reason" in included) return included;
  const own = source.requirements.filter((requirement) => appliesTo(requirement, context.platform));
  const entries = [
    ...own.map((requirement) => entryOf(requirement, category)),
    ...included.requirements.flatMap((file) => file.requirements.map((each) => entryOf(each, category))),
  ];
  const files = [source, ...included.requirements, ...included.constraints];
  return withoutForeign(
    {
      entries,
      constraints: included.constraints.flatMap((file) => file.requirements.map((each) => entryOf(each, category))),
      skipped: [],
      indexes: files.flatMap((file) => file.indexes),
      pipOptions: files.flatMap((file) => (file.pipOptions === undefined ? [] : [file.pipOptions])),
    },
    context,
  );
}

function appliesTo(requirement: ManifestRequirement, platform: PlatformName): boolean {
  const selector = requirement.entry?.selector ?? null;
  return selector === null || selectorHolds(selector, platform);
}

function entryOf(requirement: ManifestRequirement, category: string): SourceEntry {
  const isConda = requirement.ecosystem === "conda";
  const text = isConda ? (requirement.entry?.text ?? requirement.writtenName) : pipText(requirement);
  return { manager: isConda ? "conda" : "pip", name: requirement.name, requirement, text, category };
}

/** conda-lock counts the hash of a line into its content hash. */
function pipText(requirement: ManifestRequirement): string {
  return [pep508Text(requirement), ...requirement.hashes.map(({ text }) => `--hash=${text}`)].join(" ");
}

/** pip entries whose marker no Python of the platform meets, and what conda-lock leaves out. */
function withoutForeign(read: SourceEntries, { platform, options }: SourceContext): SourceEntries {
  const skipped = [...read.skipped];
  const entries = read.entries.filter(({ requirement, manager }) => {
    const reason = foreignReason(requirement, { platform, manager, options });
    if (reason !== null && reason !== "") skipped.push({ requirement, reason });
    return reason === null;
  });
  const constraints = read.constraints.filter(({ requirement }) => markerCanHold(requirement.marker, platform));
  return { ...read, entries, constraints, skipped };
}

/** null: it takes part. Empty: it is for another platform, which nobody has to be told. */
function foreignReason(
  requirement: ManifestRequirement,
  place: { readonly platform: PlatformName; readonly manager: "conda" | "pip"; readonly options: MergeOptions },
): string | null {
  if (!markerCanHold(requirement.marker, place.platform)) return "";
  const { origin } = requirement;
  if (place.manager === "conda" || origin.kind === "index" || origin.develop !== true) return null;
  return place.options.tool === "conda"
    ? "an editable install is kept as it is"
    : "conda-lock leaves editable installs out";
}

/** Versions of Python that a marker may ask for; conda decides which one it will be. */
const PYTHONS = Array.from({ length: 11 }, (_, index) => `3.${index + 5}.0`);

/** Whether a marker holds on the platform with any Python. */
function markerCanHold(marker: string | null, platform: PlatformName): boolean {
  if (marker === null) return true;
  const parsed = parseMarker(marker);
  if (isMarkerProblem(parsed)) return true;
  return PYTHONS.some((python) => evaluateMarker(parsed, markerEnvironmentFor(platform, python), new Set()));
}

interface IncludedFiles {
  readonly requirements: readonly Manifest[];
  readonly constraints: readonly Manifest[];
}

/** Files that `-r` and `-c` name, in pip's order, each once. What a constraints file includes are constraints too. */
function includedFiles(
  source: Manifest,
  files: ReadonlyMap<string, Manifest>,
): IncludedFiles | { readonly reason: string } {
  const requirements: Manifest[] = [];
  const constraints: Manifest[] = [];
  const seen = new Set<string>([`requirements ${source.path}`]);
  const pending = source.includes.map((include) => ({ ...include, from: source.path })).reverse();
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { kind, path, from, line } = next;
    if (seen.has(`${kind} ${path}`)) continue;
    seen.add(`${kind} ${path}`);
    const file = files.get(path);
    if (file === undefined) return { reason: `${from}:${line} includes ${path}, which was not read` };
    (kind === "constraints" ? constraints : requirements).push(file);
    const below = file.includes.map((include) => ({
      path: include.path,
      line: include.line,
      kind: kind === "constraints" ? kind : include.kind,
      from: path,
    }));
    pending.push(...below.reverse());
  }
  return { requirements, constraints };
}
