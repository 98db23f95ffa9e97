/** Every requirement of every project in one flat list, for `relock scan`. */
import { normalizeName } from "#packaging/names.ts";
import type { FoundProjects } from "./find-projects.ts";
import { lockedVersions } from "./locked-versions.ts";
import type { Manifest, ManifestRequirement } from "./manifests/manifest.ts";
import type { Project } from "./project.ts";

export interface Pin {
  readonly file: string;
  readonly line: number;
  /** Normalised. */
  readonly name: string;
  readonly ecosystem: "pypi" | "conda";
  /** As written; null where none is written. */
  readonly constraint: string | null;
  /** Version in the project's own lock; null where there is no lock, or the lock does not have it. */
  readonly locked: string | null;
}

/** Lists the pins by file and line. Several locked versions of one name are joined by `, `. */
export function listPins(found: FoundProjects): readonly Pin[] {
  const pins = found.projects.flatMap((project) => pinsOf(project, lockedIn(found, project)));
  const distinct = new Map(
    pins.map((pin) => [`${pin.file} ${pin.line} ${pin.ecosystem} ${pin.name} ${pin.constraint}`, pin]),
  );
  return [...distinct.values()].sort((one, other) =>
    one.file === other.file ? one.line - other.line : one.file < other.file ? -1 : 1,
  );
}

function pinsOf(project: Project, locked: ReadonlyMap<string, string>): readonly Pin[] {
  const isLocked = project.condaLocks !== null;
  const pins = project.manifests.flatMap((manifest) =>
    [...manifest.requirements, ...ownOfCondaLock(manifest, isLocked)].map((requirement): Pin => {
      const { file, line, name, ecosystem } = requirement;
      return {
        file,
        line,
        name,
        ecosystem,
        constraint: requirement.constraint?.text ?? null,
        locked: locked.get(isLocked ? `${ecosystem} ${name}` : name) ?? locked.get(`conda ${name}`) ?? null,
      };
    }),
  );
  const facts = project.pyproject;
  if (!facts?.python) return pins;
  const { text, span } = facts.python;
  return [
    ...pins,
    { file: facts.path, line: span.line, name: "python", ecosystem: "pypi", constraint: text, locked: null },
  ];
}

/** What conda-lock alone reads of a pyproject.toml. */
function ownOfCondaLock({ condaLock }: Manifest, isLocked: boolean): readonly ManifestRequirement[] {
  return isLocked ? (condaLock?.requirements ?? []) : [];
}

/** By ecosystem and name: a lock may have one name from both. */
function lockedByConda(found: FoundProjects, path: string): ReadonlyMap<string, string> {
  const file = found.files.condaFiles.get(path);
  const versions = new Map<string, Set<string>>();
  for (const { manager, name, version } of file?.kind === "unified" ? file.lock.packages : []) {
    const key = manager === "pip" ? `pypi ${normalizeName(name)}` : `conda ${name}`;
    versions.set(key, (versions.get(key) ?? new Set()).add(version));
  }
  return new Map([...versions].map(([key, all]) => [key, [...all].join(", ")]));
}

function lockedIn(found: FoundProjects, project: Project): ReadonlyMap<string, string> {
  const text = project.lock === null ? undefined : found.files.texts.get(project.lock.path)?.text;
  const versions = new Map<string, string>();
  if (text === undefined) return versions;
  if (project.condaLocks !== null) return lockedByConda(found, project.condaLocks.unified ?? "");
  if (project.lock?.format === "compiled-requirements") {
    for (const { name, constraint } of found.files.pipManifests.get(project.lock.path)?.manifest.requirements ?? []) {
      if (constraint?.text.startsWith("==")) versions.set(name, constraint.text.replace(/^={2,3}\s*/, ""));
    }
    return versions;
  }
  for (const { name, version } of lockedVersions(text)) {
    const before = versions.get(name);
    versions.set(name, before === undefined ? version : `${before}, ${version}`);
  }
  return versions;
}
