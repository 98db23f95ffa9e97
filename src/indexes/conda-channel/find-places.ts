/** Where else channels have a name: what tells "no build for this platform" from "no such package". */
import { PLATFORMS } from "#packaging/target.ts";
import type { NamePlaces } from "#ports.ts";
import { hasName, type FolderData } from "./folder-data.ts";

/** What is asked: `urls` are the roots of the channels, without a slash at the end. */
export interface PlacesQuestion {
  readonly urls: readonly string[];
  /** The folder that is known already, beside `noarch`. */
  readonly subdir: string;
  readonly names: readonly string[];
}

/** Looks into the folders of the other platforms. @param glance what can be said of a folder cheaply, or null */
export async function findPlaces(
  { urls, subdir, names }: PlacesQuestion,
  glance: (url: string) => Promise<{ readonly data: FolderData | null } | null>,
): Promise<ReadonlyMap<string, NamePlaces>> {
  const others = PLATFORMS.filter((platform) => platform !== subdir).sort();
  const seen = await Promise.all(
    others.map(async (part) => ({ part, folders: await Promise.all(urls.map((url) => glance(`${url}/${part}`))) })),
  );
  return new Map(
    names.map((name) => {
      const subdirs = seen.filter(({ folders }) =>
        folders.some((folder) => folder?.data != null && hasName(folder.data, name)),
      );
      const unseen = seen.filter(
        ({ folders }) => folders.includes(null) && !subdirs.some(({ folders: has }) => has === folders),
      );
      return [name, { subdirs: subdirs.map(({ part }) => part), unseen: unseen.map(({ part }) => part) }];
    }),
  );
}
