/** What moves on one target, from what its locks have to what was solved. */
import { isCondaSpecProblem, matchSpecMatches, parseMatchSpec } from "#packaging/conda-match-spec.ts";
import type { CondaEnvironment } from "#formats/conda-environment.ts";
import type { CondaRecord } from "#packaging/conda-record.ts";
import { parseCondaVersion } from "#packaging/conda-version.ts";
import { formatVersion, parseVersion } from "#packaging/pep440-version.ts";
import { isRequirementProblem, parseRequirement } from "#packaging/requirement.ts";
import { setContains } from "#packaging/specifier.ts";
import { packageKey, type InstalledPackage, type TargetChange } from "#planning/conda-lock-changes.ts";
import type { SolvedTarget } from "./conda-workspace.ts";
import type { ChannelTable } from "./channel-table.ts";

export interface MoveParts {
  readonly target: string;
  readonly before: readonly InstalledPackage[];
  readonly solved: SolvedTarget;
  readonly environment: CondaEnvironment;
  readonly hotfixed: ReadonlySet<string>;
  readonly table: ChannelTable;
}

export function targetChange({ target, before, solved, environment, hotfixed, table }: MoveParts): TargetChange {
  return {
    target,
    before,
    after: installedBy(solved),
    direct: directKeys(environment),
    hotfixed,
    isOffered: ({ manager, name, url }) => manager === "pip" || table.isOffered(environment, name, url),
    isAllowed: (old) => isAllowed(old, environment),
  };
}

/** What a solved target installs. */
export function installedBy({ conda, pypi }: SolvedTarget): readonly InstalledPackage[] {
  return [
    ...conda.map(({ name, version, build, url }: CondaRecord) => ({
      manager: "conda" as const,
      name,
      version,
      build,
      url,
    })),
    ...pypi.map(({ name, version, file }) => ({
      manager: "pip" as const,
      name,
      version: formatVersion(version),
      build: null,
      url: file?.url ?? "",
    })),
  ];
}

function directKeys({ conda, pip }: CondaEnvironment): ReadonlySet<string> {
  return new Set([
    ...conda.map(({ requirement }) => packageKey({ manager: "conda", name: requirement.name })),
    ...pip.map(({ requirement }) => packageKey({ manager: "pip", name: requirement.name })),
  ]);
}

/** Whether what the manifests ask of the name allows what the lock has. */
function isAllowed(old: InstalledPackage, { conda, pip }: CondaEnvironment): boolean {
  return old.manager === "conda"
    ? conda.every(({ requirement, text }) => requirement.name !== old.name || condaAllows(text, old))
    : pip.every(({ requirement, text }) => requirement.name !== old.name || pipAllows(text, old));
}

function condaAllows(text: string, { name, version, build }: InstalledPackage): boolean {
  const spec = parseMatchSpec(text);
  const parsed = parseCondaVersion(version);
  if (isCondaSpecProblem(spec) || parsed === null) {
    return false;
  }
  const plain = { ...spec, buildNumber: null, channelPattern: null, subdir: null, fields: new Map() };
  return matchSpecMatches(plain, {
    name,
    version: parsed,
    build: build ?? "",
    buildNumber: 0,
    channel: "",
    subdir: "",
  });
}

function pipAllows(text: string, { version }: InstalledPackage): boolean {
  const requirement = parseRequirement(text.split(/\s+--hash=/u)[0] ?? text);
  const parsed = parseVersion(version);
  return !isRequirementProblem(requirement) && parsed !== null && setContains(requirement.specifiers, parsed);
}
