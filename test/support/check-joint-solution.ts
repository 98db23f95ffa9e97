/** Checks a joint solution by its records and metadata alone, without anything of the solver. */
import type { CondaPypiNames } from "#packaging/conda-pypi-names.ts";
import type { CondaRecord } from "#packaging/conda-record.ts";
import { WheelNames } from "#packaging/filenames.ts";
import { parseLenientRequirement, parseLenientSpecifierSet } from "#packaging/lenient-metadata.ts";
import { evaluateMarker } from "#packaging/marker-syntax.ts";
import { parseVersion, type Pep440Version } from "#packaging/pep440-version.ts";
import { isRequirementProblem, type Requirement } from "#packaging/requirement.ts";
import { isSpecifierProblem, setContains } from "#packaging/specifier.ts";
import type { Target } from "#packaging/target.ts";
import { wheelRank } from "#packaging/wheel-tags.ts";
import type { JointProblem } from "#solver/joint/problem.ts";
import type { JointResolution } from "#solver/joint/resolution.ts";
import { breachesOf } from "./check-conda-solution.ts";

const NO_EXTRAS: ReadonlySet<string> = new Set();

/** Everything that is wrong with it, in words; empty where nothing is. */
export function jointBreaches(problem: JointProblem, { conda, pypi, target }: JointResolution): string[] {
  const { specs, virtualPackages } = problem.conda;
  const texts = specs.map(({ text }) => text);
  const found = breachesOf(texts, conda.packages, virtualPackages);
  found.push(...unreachable(texts, conda.packages));
  if (target === null) return [...found, ...(problem.pypi.requirements.length > 0 ? ["pip has no Python"] : [])];
  const installed = new Map<string, Pep440Version | null>();
  for (const record of conda.packages) {
    for (const project of provides(problem.names, record)) installed.set(project, parseVersion(record.version));
  }
  found.push(...pythonBreaches(conda.packages, target), ...installBreaches(pypi, installed, target));
  for (const { name, version } of pypi.packages) installed.set(name, version);
  return [...found, ...new Walk(problem, pypi, { installed, target }).breaches()];
}

function pythonBreaches(packages: readonly CondaRecord[], target: Target): string[] {
  const python = packages.find(({ name }) => name === "python")?.version;
  const isSame = python !== undefined && parseVersion(python)?.sortKey === parseVersion(target.python)?.sortKey;
  return isSame ? [] : [`pip's Python is ${target.python} and conda's ${python ?? "not there"}`];
}

function installBreaches(
  { packages }: JointResolution["pypi"],
  provided: ReadonlyMap<string, Pep440Version | null>,
  target: Target,
): string[] {
  return packages.flatMap(({ name, version, file }) => {
    const found = provided.has(name) ? [`pip installs ${name}, which is there already`] : [];
    const fits = file !== null && canInstall(file.filename, file.requiresPython, target);
    return fits ? found : [...found, `pip cannot install ${name} ${version.text} from ${file?.filename ?? "nothing"}`];
  });
}

/** Names that no chain of chosen records leads to from the match specs: what pip alone could have brought in. */
function unreachable(specs: readonly string[], packages: readonly CondaRecord[]): string[] {
  const byName = new Map(packages.map((record) => [record.name, record]));
  const nameOf = (spec: string): string => /^(?:.*::)?\s*([^\s=<>!~[]+)/u.exec(spec)?.[1]?.toLowerCase() ?? "";
  const reached = new Set(specs.map(nameOf));
  for (const name of reached) for (const spec of byName.get(name)?.depends ?? []) reached.add(nameOf(spec));
  return packages.flatMap(({ name }) => (reached.has(name) ? [] : [`no match spec leads to conda's ${name}`]));
}

function provides(names: CondaPypiNames, record: CondaRecord): readonly string[] {
  return names.pypiNames(record) ?? (["pip", "setuptools", "wheel"].includes(record.name) ? [record.name] : []);
}

function canInstall(filename: string, range: string | null, target: Target): boolean {
  const python = parseVersion(target.python);
  const set = range === null ? null : parseLenientSpecifierSet(range);
  if (set !== null && !isSpecifierProblem(set) && python !== null && !setContains(set, python)) return false;
  const wheel = new WheelNames().parse(filename);
  return wheel === null || wheelRank(wheel.tags, target) !== null;
}

/** Follows the requirements as pip would. */
class Walk {
  private readonly problem: JointProblem;
  private readonly pypi: JointResolution["pypi"];
  private readonly installed: ReadonlyMap<string, Pep440Version | null>;
  private readonly target: Target;

  constructor(
    problem: JointProblem,
    pypi: JointResolution["pypi"],
    { installed, target }: { readonly installed: ReadonlyMap<string, Pep440Version | null>; readonly target: Target },
  ) {
    this.problem = problem;
    this.pypi = pypi;
    this.installed = installed;
    this.target = target;
  }

  breaches(): string[] {
    const found: string[] = [];
    const reached = new Set<string>();
    const queue = [...this.written(), ...this.ofProvidedExtras()].filter(({ requirement }) => {
      return this.applies(requirement, NO_EXTRAS);
    });
    for (const { by, requirement } of queue) {
      const { name, extras, specifiers } = requirement;
      const version = this.installed.get(name);
      const fits =
        version === null
          ? specifiers.specifiers.length === 0
          : version !== undefined && setContains(specifiers, version);
      if (!fits) found.push(`${by} needs ${requirement.text}, and there is ${version?.text ?? "none"}`);
      for (const extra of [null, ...extras]) {
        const node = `${name}[${extra ?? ""}]`;
        if (reached.has(node)) continue;
        reached.add(node);
        queue.push(...this.requirementsOf(name, extra).map((each) => ({ by: node, requirement: each })));
      }
    }
    const idle = this.pypi.packages.filter(({ name }) => !reached.has(`${name}[]`));
    return [...found, ...idle.map(({ name }) => `nothing asks for pip's ${name}`)];
  }

  private written(): readonly { readonly by: string; readonly requirement: Requirement }[] {
    return this.problem.pypi.requirements.map(({ requirement }) => ({ by: "the problem", requirement }));
  }

  /** The metadata of what conda provides is not at hand here, so what its extras ask for is taken from the answer. */
  private ofProvidedExtras(): readonly { readonly by: string; readonly requirement: Requirement }[] {
    const own = new Set(this.pypi.packages.map(({ name }) => name));
    return this.pypi.packages.flatMap(({ requiredBy }) =>
      requiredBy.flatMap(({ by, requirement }) =>
        by === null || by.extra === null || own.has(by.name)
          ? []
          : [{ by: by.name, requirement: { ...requirement, marker: null } }],
      ),
    );
  }

  private requirementsOf(name: string, extra: string | null): readonly Requirement[] {
    const texts = this.pypi.packages.find((each) => each.name === name)?.metadata.requiresDist ?? [];
    const extras = extra === null ? NO_EXTRAS : new Set([extra]);
    return texts.flatMap((text) => {
      const requirement = parseLenientRequirement(text);
      return !isRequirementProblem(requirement) && this.applies(requirement, extras) ? [requirement] : [];
    });
  }

  private applies({ marker }: Requirement, extras: ReadonlySet<string>): boolean {
    return marker === null || evaluateMarker(marker, this.target.markerEnvironment, extras);
  }
}
