/** Where a package is: installed on targets, and written in files. */
import { normalizeName } from "#packaging/names.ts";
import { shownUrl } from "#packaging/safe-url.ts";
import type { FoundProjects } from "#formats/find-projects.ts";
import { lockedVersions } from "#formats/locked-versions.ts";
import type { Project } from "#formats/project.ts";
import type { Target } from "#packaging/target.ts";
import type { InstalledVersion, WrittenPlace } from "./explanation.ts";
import { demandsFor, type FilePlace, type PackageDemand, type RequirementGraph } from "./requirement-chains.ts";

interface Entry {
  readonly version: string;
  readonly place: FilePlace | null;
  readonly targets: string[];
  readonly demands: Map<string, { readonly demand: PackageDemand; readonly targets: string[] }>;
}

/** One entry for each version, with all targets that have it and everybody who asks for it. */
export function installedVersions(
  graphs: ReadonlyMap<Pick<Target, "id">, RequirementGraph>,
  name: string,
): readonly InstalledVersion[] {
  const entries = new Map<string, Entry>();
  for (const [target, graph] of graphs) {
    for (const [key, { name: installed, version, place }] of graph.packages) {
      if (installed !== name) {
        continue;
      }
      const id = JSON.stringify([version, place]);
      const entry: Entry = entries.get(id) ?? { version, place, targets: [], demands: new Map() };
      entries.set(id, entry);
      entry.targets.push(target.id);
      for (const demand of demandsFor(graph, key)) {
        const text = JSON.stringify(demand);
        const known = entry.demands.get(text) ?? { demand, targets: [] };
        entry.demands.set(text, known);
        known.targets.push(target.id);
      }
    }
  }
  return [...entries.values()].map((entry) => ({
    version: entry.version,
    place: entry.place,
    targets: entry.targets,
    demands: [...entry.demands.values()]
      .map(({ demand, targets }) => ({ ...demand, targets }))
      .sort((one, other) => Number(other.restricts) - Number(one.restricts)),
  }));
}

/** Where manifests name the package, and locks that only list versions. */
export function writtenPlaces(found: FoundProjects, project: Project, name: string): readonly WrittenPlace[] {
  const requirements = project.manifests
    .flatMap((manifest) => manifest.requirements)
    // conda's names may have underscores.
    .filter((requirement) => normalizeName(requirement.name) === name && requirement.group !== "build")
    .map(({ file, line, writtenName, constraint, ecosystem, origin }): WrittenPlace => {
      const rest = origin.kind === "index" ? (constraint?.text ?? "") : `from ${shownUrl(origin.location)}`;
      return { file, line, ecosystem, text: rest === "" ? writtenName : `${writtenName} ${rest}` };
    });
  const { pyproject, lock } = project;
  const python: readonly WrittenPlace[] =
    name === "python" && pyproject?.python != null
      ? [
          {
            file: pyproject.path,
            line: pyproject.python.span.line,
            ecosystem: "pypi",
            text: `python ${pyproject.python.text}`,
          },
        ]
      : [];
  const listed =
    lock === null || lock.format === "poetry.lock"
      ? []
      : lockedVersions(found.files.texts.get(lock.path)?.text ?? "")
          .filter((one) => one.name === name)
          .map(({ version, line }): WrittenPlace => {
            return { file: lock.path, line, ecosystem: "pypi", text: `${name} ${version}` };
          });
  return [...requirements, ...python, ...listed];
}
