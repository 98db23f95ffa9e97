/** Changes constraints of an environment.yml by splices: conda entries and the pip section alike. */
import { editManifest, type ConstraintEdit, type EditAnswer } from "../edit-manifest.ts";
import type { Manifest } from "../manifest.ts";
import { hashSplices } from "../requirements-txt/edit.ts";
import { readEnvironmentYml } from "./read.ts";

/** Applies edits to an environment.yml. @param manifest as `readEnvironmentYml` read it from `text` */
export function editEnvironmentYml(text: string, manifest: Manifest, edits: readonly ConstraintEdit[]): EditAnswer {
  const read = (edited: string): Manifest | null => {
    const answer = readEnvironmentYml(manifest.path, edited);
    return answer.kind === "manifest" ? answer.manifest : null;
  };
  return editManifest(text, manifest, edits, { read, hashSplices });
}
