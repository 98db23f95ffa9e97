/** A requirement of a manifest as pip reads it. */
import type { ManifestRequirement } from "./manifest.ts";

/** `name[extra]>=1 ; marker`, or `name @ URL ; marker`. @param constraint in place of the written one */
export function pep508Text(requirement: ManifestRequirement, constraint?: string): string {
  const { writtenName, extras, origin, marker } = requirement;
  const name = extras.length === 0 ? writtenName : `${writtenName}[${extras.join(",")}]`;
  const condition = marker === null ? "" : ` ; ${marker}`;
  if (origin.kind === "index") {
    const range = constraint ?? requirement.constraint?.text ?? "";
    return `${name}${range === "*" ? "" : range}${condition}`;
  }
  const repository = origin.kind === "git" && !origin.location.startsWith("git+");
  const location = repository ? `git+${origin.location}` : origin.location;
  const reference = repository && origin.reference !== null ? `@${origin.reference}` : "";
  return `${name} @ ${location}${reference}${condition}`;
}
