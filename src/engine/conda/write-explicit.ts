/** Explicit locks and rendered environments that a project has without a conda-lock.yml. */
import type { CondaLockFiles, RenderedLock } from "#formats/conda-environment.ts";
import type { FoundProjects } from "#formats/find-projects.ts";
import type { CondaLock } from "#formats/locks/conda-lock/model.ts";
import { renderedHeader, type ExplicitLock } from "#formats/locks/explicit/model.ts";
import { packageListFrom, readPackageList, writePackageList } from "#formats/locks/explicit/package-list.ts";
import {
  readRenderedEnvironment,
  renderedEnvironmentFrom,
  writeRenderedEnvironment,
} from "#formats/locks/explicit/rendered.ts";
import { explicitLockFrom, writeExplicitLock } from "#formats/locks/explicit/write.ts";
import type { FileEdit } from "#planning/proposal.ts";
import type { OpenedExplicitLock } from "./explicit-locks.ts";
import { reread } from "./reread.ts";
import { textEdit } from "./text-edit.ts";
import type { Refused, SolvedCell, WrittenFiles, WrittenProject } from "./write-locks.ts";
import { lockOf } from "./write-unified.ts";

/** Every category is in them: nothing says which were left out. */
export function writeExplicitLocks(project: WrittenProject, cells: readonly SolvedCell[]): WrittenFiles | Refused {
  const { found, files } = project;
  if (files === null || cells.length === 0) {
    return { lock: null, hotfixed: new Map(), edits: [], findings: [] };
  }
  const [first] = [...files.explicit, ...files.rendered];
  const answer = lockOf(project, cells, first?.path ?? "");
  if (answer.kind === "refused") {
    return { kind: "refused", reason: answer.reason, file: first?.path ?? project.project.id, line: null };
  }
  const platforms = new Set<string>(cells.map(({ target }) => target.platform));
  const { lock } = answer;
  const explicit = project.explicit.filter(({ platform }) => platforms.has(platform));
  const rendered = files.rendered.filter(({ platform }) => platforms.has(platform));
  const edits = [
    ...explicit.flatMap((one) => explicitEdits({ found, files }, one, lock)),
    ...rendered.flatMap((one) => renderedEdits({ found, files }, one, lock)),
  ];
  return { lock: null, hotfixed: new Map(), edits, findings: [] };
}

interface ExplicitProject {
  readonly found: FoundProjects;
  readonly files: CondaLockFiles;
}

/** The explicit lock, and the lists that were made from the old one. */
function explicitEdits(
  { found, files }: ExplicitProject,
  old: OpenedExplicitLock,
  lock: CondaLock,
): readonly FileEdit[] {
  const fresh = freshExplicit(old, lock);
  const lists = files.packageLists.filter(({ platform }) => platform === old.platform);
  const listEdits = lists.flatMap(({ path }) => {
    const text = found.files.texts.get(path)?.text;
    const list = text === undefined ? null : readPackageList(text);
    if (list === null || writePackageList(packageListFrom(old.lock, list.header)) !== text) {
      return [];
    }
    return textEdit(found, path, reread(files, path, writePackageList(packageListFrom(fresh, list.header))));
  });
  return [...textEdit(found, old.path, reread(files, old.path, writeExplicitLock(fresh))), ...listEdits];
}

/** With the same packages the order stays; hashes are of the kind that the old file has. */
function freshExplicit({ lock: old, platform }: OpenedExplicitLock, lock: CondaLock): ExplicitLock {
  const categories = categoriesOf(lock);
  const fresh = explicitLockFrom(lock, platform, { categories, header: old.header });
  const header = renderedHeader(platform, lock.metadata.contentHash.get(platform), old.header);
  if (sameItems(urlsOf(fresh), urlsOf(old))) {
    return { ...old, header };
  }
  const sha256 = new Map(lock.packages.map(({ url, hash }) => [url, hash.sha256]));
  const isSha256 = old.entries.length > 0 && old.entries.every(({ hash }) => hash?.algorithm === "sha256");
  const prefixed = old.entries.some(({ hash }) => hash?.prefixed === true);
  const entries = fresh.entries.map((entry) => {
    const hex = isSha256 ? (sha256.get(entry.url) ?? null) : null;
    return hex === null ? entry : { ...entry, hash: { algorithm: "sha256" as const, hex, prefixed } };
  });
  return { ...fresh, header, entries, lineEnding: old.lineEnding };
}

function renderedEdits(
  { found, files }: ExplicitProject,
  { path, platform }: RenderedLock,
  lock: CondaLock,
): readonly FileEdit[] {
  const text = found.files.texts.get(path)?.text ?? "";
  const old = readRenderedEnvironment(path, text);
  if ("finding" in old) {
    return [];
  }
  const { header, lineEnding } = old.lock;
  const fresh = renderedEnvironmentFrom(lock, platform, { categories: categoriesOf(lock), header });
  return textEdit(found, path, reread(files, path, writeRenderedEnvironment({ ...fresh, lineEnding })));
}

function categoriesOf({ packages }: CondaLock): readonly string[] {
  return [...new Set(packages.map(({ category }) => category))];
}

function urlsOf({ entries, pip }: ExplicitLock): ReadonlySet<string> {
  return new Set([...entries, ...pip].map(({ url }) => url));
}

function sameItems(left: ReadonlySet<string>, right: ReadonlySet<string>): boolean {
  return left.size === right.size && [...left].every((item) => right.has(item));
}
