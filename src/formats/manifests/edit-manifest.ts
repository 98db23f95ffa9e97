/** Changes constraints in the text of a manifest by splices, and proves by re-reading that nothing else changed. */
import { applySplices, type Splice } from "../text/splice.ts";
import type { Manifest, ManifestRequirement } from "./manifest.ts";

/** A new constraint for one requirement of a manifest. */
export interface ConstraintEdit {
  /** One of the manifest's own requirements. */
  readonly requirement: ManifestRequirement;
  /** As it should be written, in the style of the old one. */
  readonly constraint: string;
  /** New `algorithm:digest` texts; null where the requirement has none. */
  readonly hashes: readonly string[] | null;
  /** A build string in place of the one that a conda entry names behind its version; absent: it stays. */
  readonly build?: string;
}

/** The new text, or why there is none: one sentence, with the line that it is about. */
export type EditAnswer =
  | { readonly kind: "edited"; readonly text: string }
  | { readonly kind: "refused"; readonly file: string; readonly line: number | null; readonly reason: string };

/** How a format reads a text again, and how it replaces the hashes of a requirement. */
export interface EditFormat {
  readonly read: (text: string) => Manifest | null;
  /** Splices for new hashes, or null where the format cannot write them. */
  readonly hashSplices: (text: string, edit: ConstraintEdit) => readonly Splice[] | null;
}

/**
 * Applies edits to the text that `manifest` was read from.
 * Refuses where a requirement has no constraint, where its hashes would no longer fit, and where the new text does not
 * read as the old manifest with exactly these constraints and hashes.
 */
export function editManifest(
  text: string,
  manifest: Manifest,
  edits: readonly ConstraintEdit[],
  format: EditFormat,
): EditAnswer {
  const splices: Splice[] = [];
  const seen = new Set<ManifestRequirement>();
  for (const edit of edits) {
    const own = seen.has(edit.requirement)
      ? `${edit.requirement.name} would be changed twice.`
      : splicesFor(text, manifest, edit, format);
    if (typeof own === "string") return refused(manifest, edit.requirement.line, own);
    splices.push(...own);
    seen.add(edit.requirement);
  }
  const edited = applySplices(text, splices);
  const reread = format.read(edited);
  if (reread === null || describe(reread, []) !== describe(manifest, edits)) {
    const [first] = edits;
    const line = edits.length === 1 ? (first?.requirement.line ?? null) : null;
    const wanted = edits.map((edit) => `${edit.requirement.name} \`${edit.constraint}\``).join(", ");
    return refused(manifest, line, `the file would not read back as intended with ${wanted}.`);
  }
  return { kind: "edited", text: edited };
}

/** The splices of one edit, or why there are none. */
function splicesFor(
  text: string,
  manifest: Manifest,
  edit: ConstraintEdit,
  format: EditFormat,
): readonly Splice[] | string {
  const { requirement } = edit;
  const own = [...manifest.requirements, ...(manifest.condaLock?.requirements ?? [])];
  if (!own.includes(requirement)) return `${requirement.name} is not of this manifest.`;
  if (requirement.constraint === null) return `${requirement.name} has no constraint that could be changed.`;
  const changes = edit.constraint !== requirement.constraint.text;
  if (changes && requirement.hashes.length > 0 && (edit.hashes ?? []).length === 0) {
    return `${requirement.name} has hashes, and there are none for \`${edit.constraint}\`.`;
  }
  const hashSplices = edit.hashes === null ? [] : format.hashSplices(text, edit);
  if (hashSplices === null) return `the hashes of ${requirement.name} cannot be written in this file.`;
  const { start, end } = requirement.constraint.span;
  const build = buildSplice(text, edit);
  if (build === null) return `the build of ${requirement.name} does not stand behind its version.`;
  return [{ start, end, text: edit.constraint }, ...build, ...hashSplices];
}

/** `=py310_0` and ` py310_0` behind a version; null where the build stands elsewhere (`[build=…]`). */
function buildSplice(text: string, { requirement, build }: ConstraintEdit): readonly Splice[] | null {
  const old = requirement.entry?.build ?? null;
  if (build === undefined) return [];
  const end = requirement.constraint?.span.end ?? 0;
  const gap = /^(?:\s*=\s*|[ \t]+)/.exec(text.slice(end, end + 20))?.[0];
  if (gap === undefined || old === null || !text.startsWith(old, end + gap.length)) return null;
  return [{ start: end + gap.length, end: end + gap.length + old.length, text: build }];
}

function refused(manifest: Manifest, line: number | null, reason: string): EditAnswer {
  return { kind: "refused", file: manifest.path, line, reason };
}

/** Everything that a manifest says, without positions (hash blocks may grow), as it should be after `edits`. */
function describe(manifest: Manifest, edits: readonly ConstraintEdit[]): string {
  const byRequirement = new Map(edits.map((edit) => [edit.requirement, edit]));
  const described = (requirement: ManifestRequirement): unknown => {
    const edit = byRequirement.get(requirement);
    const constraint = edit?.constraint ?? requirement.constraint?.text ?? null;
    const hashes = edit?.hashes ?? requirement.hashes.map((hash) => hash.text);
    const style = requirement.constraint?.style ?? null;
    return { ...requirement, line: 0, constraint, style, hashes, entry: withoutText(requirement, edit?.build) };
  };
  const requirements = manifest.requirements.map(described);
  const condaLock = manifest.condaLock && {
    ...manifest.condaLock,
    requirements: manifest.condaLock.requirements.map(described),
  };
  const lineless = (key: string, value: unknown): unknown => (key === "line" ? 0 : value);
  return JSON.stringify({ ...manifest, requirements, condaLock }, lineless);
}

/** The match spec holds the constraint and changes with it. Its build changes only where that is asked for. */
function withoutText({ entry }: ManifestRequirement, build: string | undefined): unknown {
  return entry === undefined ? null : { ...entry, text: null, build: build ?? entry.build };
}
