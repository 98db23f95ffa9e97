/** Reads back what is written beside or in place of a conda-lock.yml: what does not come back as it is cannot be trusted. */
import type { CondaLockFiles } from "#formats/conda-environment.ts";
import { readPackageList, writePackageList } from "#formats/locks/explicit/package-list.ts";
import { readExplicitLock } from "#formats/locks/explicit/read.ts";
import { readRenderedEnvironment, writeRenderedEnvironment } from "#formats/locks/explicit/rendered.ts";
import { writeExplicitLock } from "#formats/locks/explicit/write.ts";

/**
 * @param path of an explicit lock, a rendered environment or a list of packages of these files
 * @returns the text, as it is
 */
export function reread(files: CondaLockFiles, path: string, text: string): string {
  if (again(files, path, text) !== text) {
    throw new Error(`what is written for ${path} cannot be trusted: it reads back differently`);
  }
  return text;
}

function again({ explicit, rendered }: CondaLockFiles, path: string, text: string): string | null {
  if (explicit.some((file) => file.path === path)) {
    const reading = readExplicitLock(path, text);
    return "finding" in reading ? null : writeExplicitLock(reading.lock);
  }
  if (rendered.some((file) => file.path === path)) {
    const reading = readRenderedEnvironment(path, text);
    return "finding" in reading ? null : writeRenderedEnvironment(reading.lock);
  }
  const list = readPackageList(text);
  return list === null ? null : writePackageList(list);
}
