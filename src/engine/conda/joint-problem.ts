/** From what an environment asks for of conda and of pip to a problem for the joint solver. */
import type { CondaEnvironment, EnvironmentRequirement } from "#formats/conda-environment.ts";
import type { ManifestRequirement } from "#formats/manifests/manifest.ts";
import { pep508Text } from "#formats/manifests/requirement-text.ts";
import type { CondaPypiNames } from "#packaging/conda-pypi-names.ts";
import { normalizeName } from "#packaging/names.ts";
import { isRequirementProblem, parseRequirement } from "#packaging/requirement.ts";
import type { JointProblem } from "#solver/joint/problem.ts";
import { DEFAULT_OPTIONS, type PypiOptions, type RootRequirement } from "#solver/pypi/problem.ts";
import { condaProblem, type ProblemParts, type SpecProblem } from "./conda-problem.ts";
import { NO_ADDRESSES, type AddressedReleases } from "./addressed-releases.ts";
import type { CondaSolveRequest, LockedPackage } from "./conda-workspace.ts";

export interface PipParts {
  readonly names: CondaPypiNames;
  /** What pip entries for addresses stand for. */
  readonly addressed: AddressedReleases;
}

/** Pip's rules for the pip side; its locked versions are kept as the request says. */
export function jointProblem(parts: ProblemParts, { names, addressed }: PipParts): JointProblem | SpecProblem {
  const { target, request, locked } = parts;
  const environment = request.environment ?? target.environment;
  const conda = condaProblem(parts);
  if ("problem" in conda) {
    return conda;
  }
  const requirements = rootRequirements(environment.pip, request.pipConstraints, addressed);
  if ("problem" in requirements) {
    return requirements;
  }
  const constraints = rootRequirements(environment.pipConstraints, new Map(), NO_ADDRESSES);
  if ("problem" in constraints) {
    return constraints;
  }
  return {
    conda,
    platform: target.platform,
    pypi: {
      requirements: requirements.roots,
      constraints: constraints.roots,
      overrides: [],
      soft: [],
      options: pypiOptions(environment, locked, request.keep),
    },
    names,
  };
}

function rootRequirements(
  entries: readonly EnvironmentRequirement[],
  texts: ReadonlyMap<string, string>,
  addressed: AddressedReleases,
): { readonly roots: readonly RootRequirement[] } | SpecProblem {
  const roots: RootRequirement[] = [];
  for (const { requirement: written, text } of entries) {
    const { file, line, name, origin } = written;
    if (origin.kind !== "index" && addressed.leftOut.has(name)) {
      continue;
    }
    const constraint = texts.get(name);
    const asked = constraint === undefined ? plainText(text) : pep508Text(written, constraint);
    const requirement = parseRequirement(pinnedText(written, addressed) ?? asked);
    if (isRequirementProblem(requirement)) {
      return { file, line, problem: requirement.message };
    }
    if (requirement.url !== null) {
      return { file, line, problem: `${name} names an address, which a constraint cannot do here: name a version` };
    }
    roots.push({ requirement, origin: { file, line }, source: written.source });
  }
  return { roots };
}

/** The version that an address stands for. What a lock records of its dependencies has those of the extras among them. */
function pinnedText(written: ManifestRequirement, { releases }: AddressedReleases): string | null {
  const release = written.origin.kind === "index" ? undefined : releases.get(written.name);
  if (release === undefined) {
    return null;
  }
  const { version, origin } = release.metadata;
  const extras = origin === "lock" ? [] : written.extras;
  return pep508Text({ ...written, extras, origin: { kind: "index" } }, `==${version}`);
}

/** Without the hashes that pip reads behind a requirement. */
function plainText(text: string): string {
  return text.split(/\s+--hash=/u)[0] ?? text;
}

function pypiOptions(
  { pipOptions }: CondaEnvironment,
  locked: readonly LockedPackage[],
  keep: CondaSolveRequest["keep"],
): PypiOptions {
  const kept = locked.filter(
    ({ manager, name }) => manager === "pip" && (keep === "all" || (keep !== "none" && keep.has(name))),
  );
  return {
    ...DEFAULT_OPTIONS,
    locked: new Map(kept.map(({ name, version }) => [normalizeName(name), version])),
    prerelease: pipOptions.prereleases ? "allow" : DEFAULT_OPTIONS.prerelease,
    noBinary: new Set(pipOptions.noBinary),
    noBuild: new Set(pipOptions.onlyBinary),
    pythonUpperBounds: "respect",
  };
}
