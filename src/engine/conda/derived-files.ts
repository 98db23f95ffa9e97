/** Files that repositories make from a conda lock and commit: explicit locks, rendered environments, lists of packages. */
import type { CondaLockFiles, RenderedLock } from "#formats/conda-environment.ts";
import type { CondaLock } from "#formats/locks/conda-lock/model.ts";
import { renderedCategories } from "#formats/locks/explicit/derive.ts";
import { packageListFrom, readPackageList, writePackageList } from "#formats/locks/explicit/package-list.ts";
import { readExplicitLock } from "#formats/locks/explicit/read.ts";
import {
  readRenderedEnvironment,
  renderedEnvironmentFrom,
  writeRenderedEnvironment,
} from "#formats/locks/explicit/rendered.ts";
import { explicitLockFrom, writeExplicitLock } from "#formats/locks/explicit/write.ts";

/** The text that a lock renders to in the place of a committed file. */
export type Render = (lock: CondaLock) => string;

export interface DerivedFile {
  readonly path: string;
  /** How it was made from the lock, or null where it was not: somebody edited it, or it is of another lock. */
  readonly render: Render | null;
}

/**
 * The committed files beside a unified lock.
 * @param lock as it is committed
 * @param textOf null for a file that was not read
 */
export function derivedFiles(
  lock: CondaLock,
  files: CondaLockFiles,
  textOf: (path: string) => string | null,
): readonly DerivedFile[] {
  const explicit = files.explicit.map((file) => derived(file, textOf, (text) => explicitRender(lock, file, text)));
  const rendered = files.rendered.map((file) => derived(file, textOf, (text) => environmentRender(lock, file, text)));
  const lists = files.packageLists.map((file) => {
    const source = files.explicit.find(({ platform }) => platform === file.platform);
    const from = explicit.find(({ path }) => path === source?.path)?.render ?? null;
    return derived(file, textOf, (text) => (from === null ? null : listRender(lock, text, from)));
  });
  return [...explicit, ...rendered, ...lists];
}

function derived(
  { path }: RenderedLock,
  textOf: (path: string) => string | null,
  render: (text: string) => Render | null,
): DerivedFile {
  const text = textOf(path);
  return { path, render: text === null ? null : render(text) };
}

/** The render of a committed explicit lock that has the packages of the lock; their order may be that of another release. */
function explicitRender(lock: CondaLock, { path, platform }: RenderedLock, text: string): Render | null {
  const old = readExplicitLock(path, text);
  if ("finding" in old) {
    return null;
  }
  const { header, lineEnding } = old.lock;
  const render = (one: CondaLock, categories: readonly string[]): string =>
    writeExplicitLock({ ...explicitLockFrom(one, platform, { categories, header }), lineEnding });
  return renderLike(lock, text, { render, lines: urlsOf });
}

function urlsOf(text: string): ReadonlySet<string> {
  return lineSet(text, (line) => /^(?:[a-z]+:\/\/|\/|\$|# pip )/iu.test(line));
}

function environmentRender(lock: CondaLock, { path, platform }: RenderedLock, text: string): Render | null {
  const old = readRenderedEnvironment(path, text);
  if ("finding" in old) {
    return null;
  }
  const { header, lineEnding } = old.lock;
  const render = (one: CondaLock, categories: readonly string[]): string =>
    writeRenderedEnvironment({ ...renderedEnvironmentFrom(one, platform, { categories, header }), lineEnding });
  const lines = (rendered: string): ReadonlySet<string> => lineSet(rendered, (line) => /^\s+- /u.test(line));
  return renderLike(lock, text, { render, lines });
}

interface RenderChoice {
  readonly render: (lock: CondaLock, categories: readonly string[]) => string;
  /** What of a text says which packages it has. */
  readonly lines: (text: string) => ReadonlySet<string>;
}

function renderLike(lock: CondaLock, text: string, { render, lines }: RenderChoice): Render | null {
  const exact = renderedCategories(lock, text, (categories) => render(lock, categories));
  const sorted = (rendered: string): string => [...lines(rendered)].sort().join("\n");
  const found = exact ?? renderedCategories(lock, sorted(text), (categories) => sorted(render(lock, categories)));
  return found === null ? null : (one) => render(one, found);
}

/** Lines without their ends, each once. */
function lineSet(text: string, isWanted: (line: string) => boolean): ReadonlySet<string> {
  return new Set(
    text
      .split(/\r?\n/u)
      .map((line) => line.trimEnd())
      .filter(isWanted),
  );
}

function listRender(lock: CondaLock, text: string, explicit: Render): Render | null {
  const old = readPackageList(text);
  if (old === null) {
    return null;
  }
  const render: Render = (one) => {
    const reading = readExplicitLock("", explicit(one));
    return "finding" in reading ? text : writePackageList(packageListFrom(reading.lock, old.header));
  };
  return render(lock) === text ? render : null;
}
