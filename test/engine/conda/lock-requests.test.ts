/** What `relock lock` does with names, with everything newest, and with channels that do not answer, in a repository of several projects. */
import { describe, expect, test } from "@jest/globals";
import type { LockRequest } from "#engine/lock-projects.ts";
import { readCondaLock } from "#formats/locks/conda-lock/read.ts";
import {
  condaContext,
  emptyLock,
  environmentYml,
  lockFiles,
  type CondaWorld,
  type ProjectFiles,
} from "../../support/conda-project.ts";

const PYTHON = { name: "python", version: "3.12.2" };
const PIP = { name: "pip", version: "24.0", depends: ["python"] };
const conda = (name: string, ...versions: readonly string[]) =>
  versions.map((version) => ({ name, version, depends: name === "zlib" ? [] : ["python"] }));
const pypi = (name: string, ...versions: readonly string[]) => versions.map((version) => ({ name, version }));

const FIRST: CondaWorld = {
  channels: {
    "conda-forge": [PYTHON, PIP, ...conda("numpy", "1.26"), ...conda("zlib", "1.2")],
    lab: conda("zlib", "1.2"),
  },
  releases: [...pypi("numpy", "1.26"), ...pypi("click", "8.0")],
};
const LATER: CondaWorld = {
  channels: {
    "conda-forge": [PYTHON, PIP, ...conda("numpy", "1.26", "2.0", "2.1"), ...conda("zlib", "1.2", "1.3")],
    lab: conda("zlib", "1.2", "1.3"),
  },
  releases: [...pypi("numpy", "1.26", "2.0", "2.2"), ...pypi("click", "8.0", "8.1")],
};
const { "conda-forge": conda2, lab } = LATER.channels;
const HALF: CondaWorld = { ...LATER, channels: { "conda-forge": conda2 ?? [] } };
const OTHER_HALF: CondaWorld = { ...LATER, channels: { lab: lab ?? [] } };

/** numpy by conda, numpy by pip, and neither; the last one has a channel of its own. */
const FILES: ProjectFiles = {
  "a/environment.yml": environmentYml(["python", "numpy"]),
  "a/conda-lock.yml": emptyLock(),
  "b/environment.yml": environmentYml(["python", "pip:\n    - numpy\n    - click"]),
  "b/conda-lock.yml": emptyLock(),
  "c/environment.yml": environmentYml(["zlib"]).replace("conda-forge", "lab"),
  "c/conda-lock.yml": emptyLock().replace("conda-forge", "lab"),
};

function versions(files: ProjectFiles): readonly string[] {
  return ["a", "b", "c"].flatMap((folder) => {
    const reading = readCondaLock("conda-lock.yml", files[`${folder}/conda-lock.yml`] ?? "");
    if ("finding" in reading) throw new Error(reading.finding.message);
    const own = reading.lock.packages.filter(({ name }) => name !== "python" && name !== "pip");
    return own.map(({ name, version }) => `${folder} ${name} ${version}`);
  });
}

const asked = (name: string, version: string | null = null): Partial<LockRequest> => ({
  packages: [{ name, version }],
});
const START = ["a numpy 1.26", "b click 8.0", "b numpy 1.26", "c zlib 1.2"];

interface Row {
  readonly what: string;
  readonly world?: CondaWorld;
  readonly request: Partial<LockRequest>;
  /** What moves, in place of what was there. */
  readonly moves: readonly string[];
  readonly failed?: readonly (readonly [file: string, told: string])[];
  readonly unknown?: readonly string[];
  /** Files of locks that were solved. */
  readonly locks: readonly string[];
}

const ROWS: readonly Row[] = [
  {
    what: "a name of conda and of PyPI: the newest that each of them has",
    request: asked("numpy"),
    moves: ["a numpy 2.1", "b numpy 2.2"],
    locks: ["a", "b"],
  },
  {
    what: "a version of both",
    request: asked("numpy", "2.0"),
    moves: ["a numpy 2.0", "b numpy 2.0"],
    locks: ["a", "b"],
  },
  {
    what: "a version of one of them: the other is refused, and says so",
    request: asked("numpy", "2.2"),
    moves: ["b numpy 2.2"],
    failed: [["a/environment.yml", "which was asked for"]],
    locks: ["b"],
  },
  { what: "a name of one project leaves the others", request: asked("click"), moves: ["b click 8.1"], locks: ["b"] },
  {
    what: "a name of a project whose channel answers, while another does not",
    world: HALF,
    request: asked("click"),
    moves: ["b click 8.1"],
    locks: ["b"],
  },
  { what: "a name of nobody", request: asked("nothing"), moves: [], unknown: ["nothing"], locks: [] },
  {
    what: "everything newest",
    request: { upgrade: true },
    moves: ["a numpy 2.1", "b click 8.1", "b numpy 2.2", "c zlib 1.3"],
    locks: ["a", "b", "c"],
  },
  {
    what: "everything newest, with one channel out of reach: its environment stays",
    world: HALF,
    request: { upgrade: true },
    moves: ["a numpy 2.1", "b click 8.1", "b numpy 2.2"],
    failed: [["c/environment.yml", "lab cannot be reached"]],
    locks: ["a", "b"],
  },
  {
    what: "everything newest, with the channel of two out of reach",
    world: OTHER_HALF,
    request: { upgrade: true },
    moves: ["c zlib 1.3"],
    failed: [
      ["a/environment.yml", "conda-forge cannot be reached"],
      ["b/environment.yml", "conda-forge cannot be reached"],
    ],
    locks: ["c"],
  },
];

describe("several projects", () => {
  test.each(ROWS)("$what", async ({ world = LATER, request, moves, failed = [], unknown = [], locks }) => {
    const first = await lockFiles(condaContext(FIRST), FILES);
    expect(versions(first.files)).toEqual(START);
    const { result, files } = await lockFiles(condaContext(world), first.files, request);
    const moved = new Map(moves.map((one) => [one.replace(/ \S+$/u, ""), one]));
    expect(versions(files)).toEqual(START.map((one) => moved.get(one.replace(/ \S+$/u, "")) ?? one));
    expect(result.failures.map(({ file }) => file)).toEqual(failed.map(([file]) => file));
    failed.forEach(([, told], index) => expect(result.failures[index]?.explanation).toContain(told));
    expect(result.unknown).toEqual(unknown);
    expect(result.locks.map(({ file }) => file)).toEqual(locks.map((folder) => `${folder}/conda-lock.yml`));
  });

  test("one environment with one channel out of reach is not locked from the others", async () => {
    const both = environmentYml(["numpy", "zlib"]).replace("  - conda-forge", "  - lab\n  - conda-forge");
    const files = { "environment.yml": both, "conda-lock.yml": emptyLock() };
    const { result } = await lockFiles(condaContext(HALF), files, { upgrade: true });
    expect(result.edits).toEqual([]);
    expect(result.failures).toMatchObject([{ file: "environment.yml" }]);
    expect(result.failures[0]?.explanation).toContain("lab cannot be reached");
  });
});

describe("an environment without a lock", () => {
  test("one line says why nothing is written, and what makes a lock", async () => {
    const { result } = await lockFiles(condaContext(LATER), { "env/environment.yml": environmentYml(["numpy"]) });
    expect([result.edits, result.failures, result.locks]).toEqual([[], [], []]);
    expect(result.findings).toEqual([
      {
        code: "no-lock",
        severity: "info",
        file: "env/environment.yml",
        line: null,
        message:
          "env/environment.yml: no lock is there, so none is written. Make the first one with `conda-lock lock -f env/environment.yml`; Relock keeps it in step from then on.",
        targets: [],
      },
    ]);
  });

  test("many of them are still one line, and those with a lock are none of them", async () => {
    const files = Object.fromEntries(
      ["1", "2", "3", "4", "5"].map((folder) => [`${folder}/environment.yml`, environmentYml(["numpy"])]),
    );
    const { result } = await lockFiles(condaContext(LATER), { ...FILES, ...files });
    const told = result.findings.filter(({ code }) => code === "no-lock").map(({ message }) => message.split(":")[0]);
    expect(told).toEqual(["1/environment.yml, 2/environment.yml, 3/environment.yml and 2 more"]);
  });
});
