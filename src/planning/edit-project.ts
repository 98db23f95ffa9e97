/** From constraint edits to whole new file contents, each verified by re-reading. */
import type { FoundProjects } from "#formats/find-projects.ts";
import type { Finding } from "#formats/finding.ts";
import type { ConstraintEdit, EditAnswer } from "#formats/manifests/edit-manifest.ts";
import { editEnvironmentYml } from "#formats/manifests/environment-yml/edit.ts";
import type { Manifest } from "#formats/manifests/manifest.ts";
import { editPyproject } from "#formats/manifests/pyproject/edit.ts";
import { editRequirementsTxt } from "#formats/manifests/requirements-txt/edit.ts";
import { encodeText } from "#formats/text/decode.ts";
import type { ConstraintChange } from "./describe/summary.ts";
import type { FileEdit } from "./proposal.ts";

/** New contents for manifests, or what could not be edited. */
export interface ManifestEdits {
  readonly edits: readonly FileEdit[];
  /** New decoded text by path, for a solve of the edited manifest. */
  readonly texts: ReadonlyMap<string, string>;
  readonly changes: readonly ConstraintChange[];
  readonly refusals: readonly Finding[];
}

/** Edits manifests. A manifest with one edit that cannot be made is not edited at all. */
export function editManifests(found: FoundProjects, edits: readonly ConstraintEdit[]): ManifestEdits {
  const manifests = found.projects.flatMap((project) => project.manifests);
  const files: FileEdit[] = [];
  const texts = new Map<string, string>();
  const changes: ConstraintChange[] = [];
  const refusals: Finding[] = [];
  for (const path of [...new Set(edits.map((edit) => edit.requirement.file))].sort()) {
    const manifest = manifests.find((one) => one.path === path);
    const decoded = found.files.texts.get(path);
    const own = edits.filter((edit) => edit.requirement.file === path);
    if (manifest === undefined || decoded === undefined) {
      continue;
    }
    const answer = editOne(decoded.text, manifest, own);
    if (answer.kind === "refused") {
      const { file, line, reason } = answer;
      refusals.push({
        code: "edit-refused",
        severity: "warning",
        file,
        line,
        message: `Not edited: ${reason}`,
        targets: [],
      });
      continue;
    }
    texts.set(path, answer.text);
    files.push({ file: path, content: encodeText({ ...decoded, text: answer.text }) });
    changes.push(...own.map(toChange));
  }
  return { edits: files, texts, changes, refusals };
}

function editOne(text: string, manifest: Manifest, edits: readonly ConstraintEdit[]): EditAnswer {
  switch (manifest.format) {
    case "requirements-txt":
      return editRequirementsTxt(text, manifest, edits);
    case "environment-yml":
      return editEnvironmentYml(text, manifest, edits);
    case "pyproject-poetry":
    case "pyproject-project":
      return editPyproject(text, manifest, edits);
  }
}

function toChange({ requirement, constraint }: ConstraintEdit): ConstraintChange {
  const { file, line, name } = requirement;
  return { file, line, name, before: requirement.constraint?.text ?? "", after: constraint };
}
