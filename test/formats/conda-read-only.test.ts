import { describe, expect, test } from "@jest/globals";
import { findProjects, type FoundProjects } from "#formats/find-projects.ts";
import {
  condaLock as lock,
  environmentYml as environment,
  explicitLock as explicit,
} from "../support/conda-lock-files.ts";
import { snapshotOf } from "../support/snapshot.ts";

type Files = Readonly<Record<string, string | null>>;
const find = (files: Files): FoundProjects =>
  findProjects(snapshotOf(files), { targets: null, isIncluded: () => true });

describe("what cannot be written is reported, and its manifests stay as they are", () => {
  test.each<[string, Files, RegExp]>([
    [
      "a missing source",
      { "environment.yml": environment(), "conda-lock.yml": lock(["environment.yml", "gone.yml"]) },
      /made from `gone\.yml`, which the repository does not have/,
    ],
    [
      "sources of a machine that are not here",
      { "environment.yml": environment(), "conda-lock.yml": lock(["/x/a/environment.yml", "/x/b/environment.yml"]) },
      /which the repository does not have/,
    ],
    [
      "many missing sources, and long ones",
      {
        "environment.yml": environment(),
        "conda-lock.yml": lock(["a", "b", "c", "d", "x".repeat(5_000), "e", "f"].map((name) => `${name}.yml`)),
      },
      /made from `a\.yml`, `b\.yml`, `c\.yml`, `d\.yml`, `x{100}…` and 2 more, which the repository/,
    ],
    [
      "an unread lock",
      {
        "environment.yml": environment(),
        "conda-lock.yml": "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
      },
      /conda-lock\.yml was not read as a lock/,
    ],
    [
      "a lock too large to read",
      { "environment.yml": environment(), "conda-lock.yml": null },
      /was not read as a lock/,
    ],
    [
      "an empty explicit lock",
      { "environment.yml": environment(), "conda-linux-64.lock": "" },
      /was not read as a lock/,
    ],
    ["a lock without a manifest", { "conda-linux-64.lock": explicit("linux-64") }, /Nothing tells which environment/],
    [
      "a source of another kind",
      { "recipe/meta.yaml": "package:\n  name: x\n", "conda-lock.yml": lock(["recipe/meta.yaml"]) },
      /made from recipe\/meta\.yaml, which is no environment file/,
    ],
    [
      "an export as source",
      { "environment.yml": `${environment("x=1=h_0")}prefix: /x\n`, "conda-lock.yml": lock(["environment.yml"]) },
      /lists a whole installed environment/,
    ],
  ])("%s", (_name, files, reason) => {
    const found = find(files);
    expect(found.projects).toHaveLength(1);
    expect(found.projects[0]?.readOnlyReason).toMatch(reason);
    expect(found.findings.map(({ message }) => message)).toContain(found.projects[0]?.readOnlyReason);
  });
});
