/** Requirements of releases, parsed once for all targets. */
import type { ReleaseMetadata } from "#packaging/index-records.ts";
import { parseLenientRequirement } from "#packaging/lenient-metadata.ts";
import { isRequirementProblem, type Requirement } from "#packaging/requirement.ts";

export interface ParsedMetadata {
  readonly metadata: ReleaseMetadata;
  readonly requirements: readonly Requirement[];
  /** Why the release cannot be used: a requirement that no rule can read. */
  readonly problem: string | null;
}

export class MetadataCatalog {
  private readonly parsed = new WeakMap<ReleaseMetadata, ParsedMetadata>();
  /** The same requirement occurs in release after release. */
  private readonly texts = new Map<string, Requirement | { readonly message: string }>();

  parse(metadata: ReleaseMetadata): ParsedMetadata {
    const known = this.parsed.get(metadata);
    if (known !== undefined) return known;
    const requirements: Requirement[] = [];
    let problem: string | null = null;
    for (const text of metadata.requiresDist) {
      const parsed = this.requirement(text);
      if ("message" in parsed) problem ??= `its requirement "${text}" cannot be read (${parsed.message})`;
      else requirements.push(parsed);
    }
    const result = { metadata, requirements, problem };
    this.parsed.set(metadata, result);
    return result;
  }

  private requirement(text: string): Requirement | { readonly message: string } {
    const known = this.texts.get(text);
    if (known !== undefined) return known;
    const parsed = parseLenientRequirement(text);
    const result = isRequirementProblem(parsed) ? { message: parsed.message } : parsed;
    this.texts.set(text, result);
    return result;
  }
}
