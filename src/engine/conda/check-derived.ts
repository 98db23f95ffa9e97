/** Are the files that are made from a conda lock in step with it? */
import type { Finding } from "#formats/finding.ts";
import { packageListFrom, readPackageList, writePackageList } from "#formats/locks/explicit/package-list.ts";
import { derivedFiles } from "./derived-files.ts";
import type { OpenedProject } from "./open-conda-workspace.ts";

/** One finding for each file that says something else than its lock. */
export function checkDerivedFiles({ found, unified, explicit, files }: OpenedProject): readonly Finding[] {
  const textOf = (path: string): string | null => found.files.texts.get(path)?.text ?? null;
  if (files === null) {
    return [];
  }
  if (unified !== null) {
    return derivedFiles(unified.lock, files, textOf)
      .filter(({ render }) => render === null)
      .map(({ path }) => outOfStep(path, unified.path));
  }
  return files.packageLists.flatMap(({ path, platform }) => {
    const source = explicit.find((one) => one.platform === platform);
    const text = textOf(path);
    const list = text === null ? null : readPackageList(text);
    const isSame =
      source === undefined || (list !== null && writePackageList(packageListFrom(source.lock, list.header)) === text);
    return isSame ? [] : [outOfStep(path, source.path)];
  });
}

function outOfStep(path: string, source: string): Finding {
  const message = `${path} does not have the packages of ${source}, which it is made from. Make it again, or install from ${source} alone.`;
  return { code: "derived-file-out-of-date", severity: "error", file: path, line: null, message, targets: [] };
}
