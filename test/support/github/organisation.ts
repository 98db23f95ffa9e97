/** An example organisation with a repository made from a folder of files: what the demo and the end-to-end tests start from. */
import { lstatSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { FakeGitHub } from "./fake-github.ts";
import type { FakeRepository, FileChanges, FileWithMode } from "./repository.ts";

/** All files below a folder with their modes; `.git` is left out. */
export function readFolder(folder: string): FileChanges {
  const files: Record<string, FileWithMode> = {};
  const visit = (inside: string): void => {
    for (const name of readdirSync(join(folder, inside)).sort()) {
      if (name === ".git") continue;
      const path = inside === "" ? name : `${inside}/${name}`;
      const full = join(folder, path);
      const status = lstatSync(full);
      if (status.isDirectory()) visit(path);
      else if (status.isSymbolicLink()) files[path] = { mode: "120000", content: readlinkSync(full) };
      else files[path] = { mode: status.mode & 0o100 ? "100755" : "100644", content: readFileSync(full) };
    }
  };
  visit("");
  return files;
}

export interface ExampleOrganisation {
  readonly login: string;
  /** Owner of the organisation, a member with write access, and somebody without any. */
  readonly people: { readonly owner: string; readonly maintainer: string; readonly stranger: string };
  readonly repository: FakeRepository;
}

export interface ExampleOptions {
  /** Folder whose files become the repository's first commit. */
  readonly folder: string;
  readonly organisation?: string;
  readonly repository?: string;
  readonly private?: boolean;
}

/** Makes people, organisation and repository; the app is installed by the caller, when it is time. */
export function seedOrganisation(github: FakeGitHub, options: ExampleOptions): ExampleOrganisation {
  const login = options.organisation ?? "example-lab";
  const people = { owner: "ada", maintainer: "grace", stranger: "mallory" };
  github.createUser(people.owner, "Ada Example");
  github.createUser(people.maintainer, "Grace Example");
  github.createUser(people.stranger, "Mallory Example");
  github.createOrganisation(login, [people.owner]);
  github.addMember(login, people.maintainer);
  const repository = github.createRepository({
    owner: login,
    name: options.repository ?? "sleipnir",
    private: options.private ?? false,
    files: readFolder(options.folder),
    author: people.owner,
  });
  repository.setPermission(people.maintainer, "write");
  return { login, people, repository };
}
