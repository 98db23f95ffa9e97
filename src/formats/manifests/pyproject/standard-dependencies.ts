/** Lists of PEP 508 texts: `[project]`, `[dependency-groups]`, `[build-system]`. */
import { normalizeName } from "#packaging/names.ts";
import type { TomlNode, TomlString } from "../../text/toml-tree.ts";
import type { ManifestRequirement } from "../manifest.ts";
import { readRequirement, type WrittenRequirement } from "../requirements-txt/read-requirement.ts";
import { bareRequirement, report, type PyprojectReader } from "./reading.ts";

/** Reads a list of PEP 508 texts; other items (`{include-group = …}`) go to `onOther`. */
export function readStandardDependencies(
  reader: PyprojectReader,
  list: TomlNode | undefined,
  group: string,
  onOther: (item: TomlNode) => void = (item) =>
    report(reader, item.line, "A requirement has to be a text; it is kept as it is."),
): readonly ManifestRequirement[] {
  if (list === undefined) return [];
  if (list.kind !== "list") {
    report(reader, list.line, "Requirements have to be a list of texts; they are kept as they are.");
    return [];
  }
  const found: ManifestRequirement[] = [];
  for (const item of list.items) {
    if (item.kind !== "string") {
      onOther(item);
      continue;
    }
    const requirement = readText(reader, item, group);
    if (requirement !== null) found.push(requirement);
  }
  return found;
}

function readText(reader: PyprojectReader, node: TomlString, group: string): ManifestRequirement | null {
  const answer = readRequirement(node.value, false);
  const written = "requirement" in answer ? answer.requirement : null;
  if (written === null || written.name === null) {
    const reason = "reason" in answer ? answer.reason : "it does not start with the name of a package";
    report(reader, node.line, `\`${node.value}\` is kept as it is: ${reason}.`);
    return null;
  }
  const line = node.line;
  return {
    ...bareRequirement(reader, { line, name: normalizeName(written.name), writtenName: written.name, group }),
    extras: written.extras,
    constraint: constraintOf(reader, node, written),
    marker: written.marker,
    optional: group.startsWith("extra:"),
    origin: written.origin,
  };
}

/** The place of the constraint in the file; a text with escapes before it has its places shifted, and is not edited. */
function constraintOf(
  reader: PyprojectReader,
  node: TomlString,
  { constraint, name }: WrittenRequirement,
): ManifestRequirement["constraint"] {
  if (constraint === null) return null;
  if (node.verbatimLength < constraint.end) {
    report(reader, node.line, `The requirement ${name ?? ""} is written with escapes; it is kept as it is.`);
    return null;
  }
  const span = { start: node.start + constraint.start, end: node.start + constraint.end, line: node.line };
  return { text: constraint.text, span, style: "pep440" };
}
