/** Which tool locks the manifests of a directory, and whether Relock can write that lock. */
import type { Finding } from "./finding.ts";
import type { PyprojectFacts } from "./manifests/pyproject/facts.ts";

/** Tools that a file in a directory tells. */
type NamedTool = "poetry" | "uv" | "pdm" | "pipenv" | "pixi";
export type ToolName = NamedTool | "conda-lock";

/** Manifests that a tool's lock answers for. Conda's locks name theirs themselves: see conda-drafts.ts. */
export type GovernedManifest = "pyproject" | "pipfile" | "pixi-toml";

export interface RecognisedTool {
  readonly tool: NamedTool;
  /** null where the tool is named and there is no lock. */
  readonly lockPath: string | null;
  /** Whether Relock writes this kind of lock. */
  readonly writable: boolean;
  readonly governs: GovernedManifest;
  /** Why the manifests it governs are not edited; null where they may be. */
  readonly finding: Finding | null;
}

interface Seen {
  readonly named: boolean;
  readonly hasManifest: boolean;
  readonly hasPyproject: boolean;
}

interface ToolRule {
  readonly tool: NamedTool;
  readonly governs: GovernedManifest;
  readonly locks: readonly string[];
  /** Manifests of the tool's own, which name it without a lock. */
  readonly manifests: readonly string[];
  readonly isNamedBy: (facts: PyprojectFacts) => boolean;
  /** Whether its lock, if there is one, can be meant for `governs`. */
  readonly isPossible: (seen: Seen) => boolean;
  /** A lock in a directory above speaks for this one too (workspaces). */
  readonly isInherited: boolean;
}

/** In order of precedence for one kind of manifest: the tool that is named in pyproject.toml comes before a mere lock. */
const RULES: readonly ToolRule[] = [
  {
    tool: "poetry",
    governs: "pyproject",
    locks: ["poetry.lock"],
    manifests: [],
    isNamedBy: (facts) => facts.tools.poetry,
    isPossible: () => true,
    isInherited: false,
  },
  {
    tool: "uv",
    governs: "pyproject",
    locks: ["uv.lock"],
    manifests: [],
    isNamedBy: (facts) => facts.tools.uv,
    isPossible: ({ hasPyproject }) => hasPyproject,
    isInherited: true,
  },
  {
    tool: "pdm",
    governs: "pyproject",
    locks: ["pdm.lock"],
    manifests: [],
    isNamedBy: (facts) => facts.tools.pdm,
    isPossible: () => true,
    isInherited: false,
  },
  {
    tool: "pixi",
    governs: "pyproject",
    locks: ["pixi.lock"],
    manifests: [],
    isNamedBy: (facts) => facts.tools.pixi,
    // pixi.lock is for pixi.toml where there is one; a pyproject.toml has to name Pixi.
    isPossible: ({ named }) => named,
    isInherited: false,
  },
  {
    tool: "pixi",
    governs: "pixi-toml",
    locks: ["pixi.lock"],
    manifests: ["pixi.toml"],
    isNamedBy: () => false,
    isPossible: ({ hasManifest }) => hasManifest,
    isInherited: false,
  },
  {
    tool: "pipenv",
    governs: "pipfile",
    locks: ["Pipfile.lock"],
    manifests: ["Pipfile"],
    isNamedBy: () => false,
    isPossible: () => true,
    isInherited: false,
  },
];

/**
 * The tool that locks the pyproject.toml of a directory; where there is none, the first other tool of the directory.
 * @param paths all files of the repository
 * @param directory without a slash at the end; `""` is the root
 * @param facts of the directory's pyproject.toml, or null where there is none
 * @returns null where no locking tool is at work here
 */
export function recogniseTool(
  paths: ReadonlySet<string>,
  directory: string,
  facts: PyprojectFacts | null,
): RecognisedTool | null {
  return recogniseTools(paths, directory, facts)[0] ?? null;
}

/** Every tool that locks something in a directory, at most one for each kind of manifest, pyproject.toml first. */
export function recogniseTools(
  paths: ReadonlySet<string>,
  directory: string,
  facts: PyprojectFacts | null,
): readonly RecognisedTool[] {
  const found = RULES.map((rule) => matchRule(rule, { paths, directory, facts })).filter((match) => match !== null);
  const kinds = [...new Set(found.map(({ rule }) => rule.governs))];
  return kinds.map((kind) => choose(found.filter(({ rule }) => rule.governs === kind)));
}

interface Place {
  readonly paths: ReadonlySet<string>;
  readonly directory: string;
  readonly facts: PyprojectFacts | null;
}
interface Match {
  readonly rule: ToolRule;
  readonly lockPath: string | null;
  readonly named: boolean;
}

function matchRule(rule: ToolRule, place: Place): Match | null {
  const named = place.facts !== null && rule.isNamedBy(place.facts);
  const manifest = rule.manifests.map((name) => join(place.directory, name)).find((path) => place.paths.has(path));
  if (!rule.isPossible({ named, hasManifest: manifest !== undefined, hasPyproject: place.facts !== null })) return null;
  const lockPath = lockOf(rule, place);
  return lockPath !== null || manifest !== undefined || named ? { rule, lockPath, named } : null;
}

function lockOf(rule: ToolRule, { paths, directory }: Place): string | null {
  const directories = rule.isInherited ? withAncestors(directory) : [directory];
  for (const place of directories) {
    const lock = rule.locks.map((name) => join(place, name)).find((path) => paths.has(path));
    if (lock !== undefined) return lock;
  }
  return null;
}

/**
 * Of several tools for one manifest: one that is named and has a lock here, then one with a lock, then one named.
 * Where two have a lock and Poetry is one of them, the other lock would be left stale, so nothing is written.
 */
function choose(matches: readonly Match[]): RecognisedTool {
  const rank = (match: Match): number => (match.lockPath === null ? 0 : 2) + (match.named ? 1 : 0);
  const [best, ...others] = [...matches].sort((a, b) => rank(b) - rank(a));
  if (best === undefined) throw new RangeError("choose needs a match");
  const rival = others.find((match) => match.lockPath !== null && best.rule.tool !== match.rule.tool);
  const writable = best.rule.tool === "poetry";
  const finding = writable ? rivalFinding(best, rival) : unwritableFinding(best);
  return {
    tool: best.rule.tool,
    lockPath: best.lockPath,
    writable: writable && finding === null,
    governs: best.rule.governs,
    finding,
  };
}

function rivalFinding(best: Match, rival: Match | undefined): Finding | null {
  if (best.lockPath === null || rival?.lockPath === undefined || rival.lockPath === null) return null;
  if (best.named && !rival.named && directoryOf(best.lockPath) !== directoryOf(rival.lockPath)) return null;
  return finding(
    best.lockPath,
    `${rival.lockPath} locks the same project as ${best.lockPath}: delete the one that is not used, so that Relock can keep the other up to date.`,
  );
}

/** A bumped manifest beside a lock that stays behind is what Relock exists to prevent; without a lock nothing can. */
function unwritableFinding(match: Match): Finding | null {
  if (match.lockPath === null) return null;
  return finding(
    match.lockPath,
    `${LABELS[match.rule.tool]} locks this project in ${match.lockPath}, which Relock cannot write yet: its manifest is reported and never edited.`,
  );
}

const LABELS: Readonly<Record<NamedTool, string>> = {
  poetry: "Poetry",
  uv: "uv",
  pdm: "PDM",
  pipenv: "Pipenv",
  pixi: "Pixi",
};

function finding(file: string, message: string): Finding {
  return { code: "governed-by-other-tool", severity: "info", file, line: null, message, targets: [] };
}

function withAncestors(directory: string): readonly string[] {
  const parts = directory === "" ? [] : directory.split("/");
  return parts.map((_, index) => parts.slice(0, parts.length - index).join("/")).concat("");
}

function directoryOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
}

function join(directory: string, name: string): string {
  return directory === "" ? name : `${directory}/${name}`;
}
