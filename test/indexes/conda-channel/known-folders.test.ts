import { expect, test } from "@jest/globals";
import type { FolderData } from "#indexes/conda-channel/folder-data.ts";
import { createKnownFolders } from "#indexes/conda-channel/known-folders.ts";

function folder(names: number): { readonly data: FolderData } {
  const shards = new Map(Array.from({ length: names }, (_, index) => [`p${index}`, new Uint8Array(32)]));
  const info = { baseUrl: null, relations: null, shardsBaseUrl: "" };
  return { data: { kind: "shards", index: { ...info, shards, removed: new Set() } } };
}

test("indexes that were used longest ago are forgotten where there are too many names", () => {
  const folders = createKnownFolders(10);
  const keys = (): string[] => ["a", "b", "c", "big"].filter((key) => folders.get(key) !== undefined);
  folders.set("a", folder(4));
  folders.set("b", folder(4));
  folders.set("none", { data: null });
  expect(keys()).toEqual(["a", "b"]);
  folders.set("a", folder(5));
  folders.set("c", folder(4));
  expect(keys()).toEqual(["a", "c"]);
  folders.set("big", folder(30));
  expect(keys()).toEqual(["big"]);
  folders.set("a", folder(1));
  expect(keys()).toEqual(["a"]);
});
