/** A pyproject.toml as a source of conda-lock: which requirement is conda's, in which category, under which name. */
import { formatPoetryConstraint, parsePoetryConstraint } from "#packaging/poetry-constraint.ts";
import { normalizeName } from "#packaging/names.ts";
import type { MergeOptions, SourceEntry } from "./conda-environment.ts";
import type { CondaLockSource, Manifest, ManifestRequirement } from "./manifests/manifest.ts";
import { pep508Text } from "./manifests/requirement-text.ts";

/** The requirements that conda-lock takes of a pyproject.toml, its own last. */
export function pyprojectEntries(
  source: Manifest,
  options: MergeOptions,
): { readonly entries: readonly SourceEntry[] } {
  const settings = source.condaLock;
  if (settings === undefined) return { entries: [] };
  const others = settings.skipsOthers ? [] : otherRequirements(source, settings);
  const own = settings.requirements.filter((requirement) => requirement.ecosystem === "conda");
  const translated = others.map((requirement) => translate(requirement, settings, options));
  const entries = own.map((requirement): SourceEntry => {
    const text = requirement.entry?.text ?? requirement.writtenName;
    return { manager: "conda", name: requirement.name, requirement, text, category: "main" };
  });
  return { entries: [...translated, ...entries] };
}

/** `[project]` with its extras, or Poetry's tables; groups of PEP 735 are not read. */
function otherRequirements(source: Manifest, settings: CondaLockSource): readonly ManifestRequirement[] {
  const beside = settings.requirements.filter((requirement) => requirement.ecosystem === "pypi");
  const read = source.requirements.filter(({ group, constraint }) => {
    if (settings.tables === "project") return group === "main" || group.startsWith("extra:");
    return (
      settings.tables === "poetry" && group !== "build" && !group.startsWith("extra:") && constraint?.style !== "pep440"
    );
  });
  return [...read, ...beside];
}

function translate(requirement: ManifestRequirement, settings: CondaLockSource, options: MergeOptions): SourceEntry {
  const condaName = options.names?.condaNames(requirement.name)[0] ?? requirement.name;
  const category = categoryOf(requirement, settings);
  if (isPypi(requirement, settings, condaName)) {
    const text = pep508Text(requirement, pep440Text(requirement));
    return { manager: "pip", name: requirement.name, requirement, text, category };
  }
  const version = condaVersionText(requirement);
  const text = version === "" ? condaName : `${condaName} ${version}`;
  return { manager: "conda", name: condaName.toLowerCase(), requirement, text, category };
}

function isPypi(requirement: ManifestRequirement, settings: CondaLockSource, condaName: string): boolean {
  if (settings.pypiNames.some((name) => name === requirement.name || name === normalizeName(condaName))) return true;
  if (requirement.origin.kind !== "index" || requirement.source === "pypi") return true;
  if (requirement.name === "python") return false;
  return settings.defaultSource === "pip";
}

/** Extras `dev` and `test` of PEP 621 are the category dev; an extra of Poetry is the category of what it names. */
function categoryOf({ group, name }: ManifestRequirement, settings: CondaLockSource): string {
  if (group.startsWith("extra:")) {
    const extra = group.slice("extra:".length);
    return extra === "dev" || extra === "test" ? "dev" : extra;
  }
  if (settings.tables !== "poetry") return group;
  return settings.extras.findLast(({ packages }) => packages.includes(name))?.name ?? group;
}

/** A constraint of Poetry as pip reads it. */
function pep440Text({ constraint }: ManifestRequirement): string {
  if (constraint === null) return "";
  if (constraint.style !== "poetry") return constraint.text;
  const plain = poetryRange(constraint.text);
  return plain === "*" ? "" : /^[0-9]/.test(plain) ? `==${plain}` : plain;
}

/** A constraint of pip or Poetry as conda reads it: `^1.2` is `>=1.2,<2.0`, clauses of pip are sorted, `*` is none. */
export function condaVersionText({ constraint }: ManifestRequirement): string {
  if (constraint === null) return "";
  if (constraint.style === "poetry") {
    const plain = poetryRange(constraint.text);
    return plain === "*" ? "" : plain.replaceAll(" || ", "|");
  }
  const clauses = constraint.text.split(",").map((clause) => clause.replaceAll(/\s+/g, "").replace(/^===/, "=="));
  const written = clauses.filter((clause) => clause !== "" && clause !== "*");
  return written.sort().join(",");
}

/** Only `^` and `~` mean nothing to others; a text without them is kept. */
function poetryRange(text: string): string {
  if (!/[\^~]|\|\||\s/.test(text)) return text;
  const parsed = parsePoetryConstraint(text);
  return parsed === null ? text : formatPoetryConstraint(parsed);
}
