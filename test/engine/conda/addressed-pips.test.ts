/** pip entries for files, repositories and paths: kept as a lock has them, locked where a file says all, refused with their place. */
import { describe, expect, test } from "@jest/globals";
import type { EngineContext } from "#engine/context.ts";
import { readCondaLock } from "#formats/locks/conda-lock/read.ts";
import type { CondaLockPackage } from "#formats/locks/conda-lock/model.ts";
import { proposeUpdates } from "#propose-updates.ts";
import { textSnapshot } from "../../support/engine.ts";
import { openTestIndex } from "../../support/open-test-index.ts";
import {
  checkFiles,
  condaContext,
  emptyLock,
  environmentYml,
  lockFiles,
  type CondaWorld,
  type ProjectFiles,
} from "../../support/conda-project.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const SHA = "c".repeat(64);
const WHEEL = "https://files.example/tool-2.5-py3-none-any.whl";

const WORLD: CondaWorld = {
  channels: {
    "conda-forge": [
      { name: "python", version: "3.12.2" },
      { name: "pip", version: "24.0", depends: ["python"], noarch: "python" },
      { name: "numpy", version: "1.26.4", depends: ["python"] },
      { name: "numpy", version: "2.0.0", depends: ["python"] },
    ],
  },
  releases: [
    { name: "click", version: "8.1" },
    { name: "click", version: "8.0" },
    { name: "flask", version: "3.0", requiresDist: ["tool>=1"] },
    // What an index has under the name is not what the address is.
    { name: "tool", version: "9.0" },
  ],
};

const newest = (releases: CondaWorld["releases"] = []): CondaWorld => ({
  ...WORLD,
  releases: [...(WORLD.releases ?? []), ...releases],
});

/** A context whose index reads the metadata of the wheel, which no listing has. */
function context(world = WORLD, requiresDist: readonly string[] = ["click<8.1"]): EngineContext {
  const plain = condaContext(world);
  return {
    ...plain,
    openIndex: (policy) => {
      const index = plain.openIndex(policy);
      return {
        ...index,
        metadata: async (name, version, files) =>
          files[0]?.url === WHEEL
            ? {
                metadata: {
                  name,
                  version,
                  summary: "",
                  requiresPython: null,
                  requiresDist,
                  providesExtras: ["more"],
                  origin: "wheel",
                },
              }
            : index.metadata(name, version, files),
      };
    },
  };
}

function files(pips: readonly string[], lock = emptyLock(), conda = ["python", "numpy"]): ProjectFiles {
  const section = `pip:\n${pips.map((one) => `    - ${one}\n`).join("")}`.trimEnd();
  return { "environment.yml": environmentYml([...conda, section]), "conda-lock.yml": lock };
}

/** As conda-lock writes what it built from a repository. */
function repositoryEntry(url = `git+https://github.com/org/tool@${COMMIT}`): string {
  return [
    "- name: tool",
    "  version: 2.4.1",
    "  manager: pip",
    "  platform: linux-64",
    "  dependencies:",
    "    click: '>=8,<8.1'",
    "    numpy: <2",
    `  url: ${url}`,
    "  hash:",
    `    sha256: ${COMMIT}`,
    "  source:",
    "    type: url",
    `    url: ${url}`,
    "  category: main",
    "  optional: false",
    "",
  ].join("\n");
}

function lockWith(entry: string): string {
  return emptyLock().replace("package: []\n", `package:\n${entry}`);
}

function packagesIn(written: ProjectFiles): readonly CondaLockPackage[] {
  const reading = readCondaLock("conda-lock.yml", written["conda-lock.yml"] ?? "");
  if ("finding" in reading) throw new Error(reading.finding.message);
  return reading.lock.packages;
}

function versions(written: ProjectFiles): readonly string[] {
  return packagesIn(written).map(({ manager, name, version }) => `${manager} ${name} ${version}`);
}

const errorsOf = async (world: EngineContext, written: ProjectFiles): Promise<readonly string[]> =>
  (await checkFiles(world, written)).findings
    .filter(({ severity }) => severity === "error")
    .map(({ code, message }) => `${code}: ${message}`);

describe("a repository that the lock has", () => {
  test.each([
    "tool @ git+https://github.com/org/tool",
    "tool @ git+https://github.com/org/tool.git@main",
    "tool @ git+https://github.com/Org/tool.git@v2.4.1",
    `tool @ git+https://github.com/org/tool.git@${COMMIT.slice(0, 8)}`,
    `git+https://github.com/org/tool.git@${COMMIT}#egg=tool`,
  ])("%s: stays byte for byte, and the rest is solved around it", async (pip) => {
    const { result, files: written } = await lockFiles(context(), files([pip, "click"], lockWith(repositoryEntry())));
    expect(result.failures).toEqual([]);
    expect(versions(written)).toEqual([
      "conda numpy 1.26.4",
      "conda pip 24.0",
      "conda python 3.12.2",
      "pip click 8.0",
      "pip tool 2.4.1",
    ]);
    expect(written["conda-lock.yml"]).toContain(repositoryEntry());
    const kept = result.findings.filter(({ code }) => code === "kept-as-locked");
    expect(kept).toMatchObject([{ severity: "info", file: "environment.yml", line: 8 }]);
    expect(kept[0]?.message).toMatch(
      /^tool 2\.4\.1 stays as it is locked, with the dependencies that the lock records/u,
    );
    expect(await errorsOf(context(), written)).toEqual([]);
    expect((await lockFiles(context(), written)).result.edits).toEqual([]);
    // Nothing of it moves with the rest.
    const upgraded = await lockFiles(context(newest([{ name: "click", version: "8.0.9" }])), written, {
      upgrade: true,
    });
    expect(versions(upgraded.files)).toContain("pip click 8.0.9");
    expect(upgraded.files["conda-lock.yml"]).toContain(repositoryEntry());
  });

  test("relock update moves the others, and loses nothing", async () => {
    const start = files(["tool @ git+https://github.com/org/tool@main", "click==8.0"], lockWith(repositoryEntry()));
    const { files: written } = await lockFiles(context(), start);
    const later = context(
      newest([
        { name: "click", version: "8.0.5" },
        { name: "tool", version: "9.1" },
      ]),
    );
    const proposal = await proposeUpdates({ ...later, now: Date.parse("2030-01-01") }, textSnapshot(written), {
      request: { kind: "weekly" },
      organisationDefaults: null,
    });
    const [pull] = proposal.pullRequests;
    expect(pull?.changes.map(({ name, to }) => [name, to])).toEqual([["click", "8.0.5"]]);
    const texts = pull?.edits.map(({ file, content }) => [file, Buffer.from(content).toString("utf8")]) ?? [];
    const edited = { ...written, ...Object.fromEntries(texts) };
    expect(edited["conda-lock.yml"]).toContain(repositoryEntry());
    expect(proposal.held.filter(({ name }) => name === "tool")).toEqual([]);
    expect(await errorsOf(later, edited)).toEqual([]);
  });

  test.each([
    ["another repository", "tool @ git+https://github.com/other/tool@main"],
    ["another commit", "tool @ git+https://github.com/org/tool@fedcba98"],
    ["another tag", "tool @ git+https://github.com/org/tool@v2.5.0"],
    ["another name", "other @ git+https://github.com/org/other"],
  ])("%s is refused with its line, and nothing is written", async (_, pip) => {
    const before = files([pip, "click"], lockWith(repositoryEntry()));
    const { result } = await lockFiles(context(), before);
    expect(result.edits).toEqual([]);
    expect(result.failures).toMatchObject([{ file: "environment.yml", line: 8, kind: "unsatisfiable" }]);
    expect(result.failures[0]?.explanation).toContain("Lock it once with `conda-lock lock`");
    expect(await errorsOf(context(), before)).toContainEqual(expect.stringMatching(/^lock-out-of-date: .*asks for/u));
  });

  test("other projects of the run are locked all the same", async () => {
    const other = files(["click"]);
    const { result } = await lockFiles(context(), {
      ...files(["tool @ git+https://github.com/org/tool"]),
      "other/environment.yml": other["environment.yml"] ?? "",
      "other/conda-lock.yml": other["conda-lock.yml"] ?? "",
    });
    expect(result.failures).toMatchObject([{ file: "environment.yml", line: 8 }]);
    expect(result.edits.map(({ file }) => file)).toEqual(["other/conda-lock.yml"]);
  });

  test("another version of it is refused with the place of its address", async () => {
    const start = files(["tool @ git+https://github.com/org/tool@main"], lockWith(repositoryEntry()));
    const ask = (version: string | null) =>
      lockFiles(context(), start, { packages: [{ name: "tool", version }] }).then(({ result }) => result.failures);
    expect(await ask("9.0")).toMatchObject([
      { file: "environment.yml", line: 8, explanation: expect.stringContaining("tool is 2.4.1, from the address") },
    ]);
    expect([await ask("2.4.1"), await ask(null)]).toEqual([[], []]);
  });

  test("a tag whose version differs stays while nothing else says that the line is new", async () => {
    const start = files(["tool @ git+https://github.com/org/tool@v2.4.1"], lockWith(repositoryEntry()));
    const { files: first } = await lockFiles(context(), start);
    // A build that does not know its own tag gives a version of its own.
    const odd = {
      ...first,
      "conda-lock.yml": (first["conda-lock.yml"] ?? "").replace("version: 2.4.1", "version: 0.0.0"),
    };
    expect((await lockFiles(context(), odd)).result).toMatchObject({ failures: [], edits: [] });
  });
});

describe("a wheel by its URL", () => {
  test("with a hash is locked: what it needs is read from it", async () => {
    const pip = `tool[more] @ ${WHEEL}#sha256=${SHA}`;
    const { result, files: written } = await lockFiles(context(), files([pip, "flask"]));
    expect(result.failures).toEqual([]);
    expect(versions(written)).toContain("pip click 8.0");
    expect(packagesIn(written).find(({ name }) => name === "tool")).toMatchObject({
      version: "2.5",
      url: WHEEL,
      hash: { md5: null, sha256: SHA },
      source: { type: "url", url: `${WHEEL}#sha256=${SHA}` },
      dependencies: new Map([["click", "<8.1"]]),
    });
    expect(await errorsOf(context(), written)).toEqual([]);
    // Once it is locked nobody is asked for it again.
    expect((await lockFiles(condaContext(WORLD), written)).result).toMatchObject({ failures: [], edits: [] });
  });

  test("is read over HTTP without its index, whole or in part", async () => {
    const releases = [
      { name: "tool", version: "2.5", requiresDist: ["click<8.1"] },
      { name: "click", version: "8.0" },
      { name: "click", version: "8.1" },
    ];
    const { index, server, ...opened } = await openTestIndex({ releases });
    const [file] = await opened.files("tool");
    const asked = server.requests.length;
    const real: EngineContext = { ...condaContext(WORLD), openIndex: () => index };
    const pip = `tool @ ${file?.url}#sha256=${file?.hashes["sha256"]}`;
    const { result, files: written } = await lockFiles(real, files([pip]));
    expect(result.failures).toEqual([]);
    expect(versions(written)).toEqual(expect.arrayContaining(["pip click 8.0", "pip tool 2.5"]));
    const paths = server.requests.slice(asked).map(({ path }) => path);
    expect(paths.some((path) => path.endsWith(".whl"))).toBe(true);
    expect(paths.filter((path) => /\/tool\/?$/u.test(path))).toEqual([]);
    expect(await errorsOf(real, written)).toEqual([]);
    const gone = pip.replace("2.5-py3", "2.6-py3");
    const missing = await lockFiles(real, files([gone]));
    expect(missing.result.failures).toMatchObject([{ file: "environment.yml", line: 8 }]);
  });

  test("with another hash it is another file", async () => {
    const { files: first } = await lockFiles(context(), files([`tool @ ${WHEEL}#sha256=${SHA}`]));
    const changed = { ...first, ...files([`tool @ ${WHEEL}#sha256=${"d".repeat(64)}`], first["conda-lock.yml"]) };
    expect(await errorsOf(context(), changed)).toContainEqual(expect.stringContaining("from another place is there"));
    const { files: second } = await lockFiles(context(WORLD, []), changed);
    expect(packagesIn(second).find(({ name }) => name === "tool")?.hash.sha256).toBe("d".repeat(64));
    expect(versions(second)).not.toContain("pip click 8.0");
  });

  test.each([
    ["no hash", `tool @ ${WHEEL}`, "add `#sha256=…`"],
    ["another project's wheel", `other @ ${WHEEL}#sha256=${SHA}`, "is not named like a wheel"],
    ["no version in the name", `tool @ https://files.example/master.zip#sha256=${SHA}`, "is not named like a wheel"],
    ["a secret", `tool @ https://me:pass@files.example/tool-1-py3-none-any.whl#sha256=${SHA}`, "needs a secret"],
    ["another Python", `tool @ https://files.example/tool-1-cp39-cp39-win_amd64.whl#sha256=${SHA}`, "tool"],
  ])("%s: refused with its line", async (_, pip, told) => {
    const { result } = await lockFiles(context(), files([pip]));
    expect(result.edits).toEqual([]);
    expect(result.failures).toMatchObject([{ file: "environment.yml", line: 8 }]);
    expect(result.failures[0]?.explanation).toContain(told);
    expect(result.failures[0]?.explanation).not.toContain("me:pass");
  });
});

describe("what a lock leaves out", () => {
  test.each([
    ["-e git+https://github.com/org/tool#egg=tool", "conda-lock leaves editable installs out"],
    ["tool @ file:///home/me/tool", "a path belongs to one machine"],
    ["./wheels/tool-1.0-py3-none-any.whl", "a path belongs to one machine"],
  ])("%s", async (pip, told) => {
    const { result, files: written } = await lockFiles(context(), files([pip, "click"]));
    expect(result.failures).toEqual([]);
    expect(versions(written)).toEqual(["conda numpy 2.0.0", "conda pip 24.0", "conda python 3.12.2", "pip click 8.1"]);
    const tellings = result.findings.filter(({ code }) => code === "not-solved");
    expect(tellings).toMatchObject([{ severity: "info", file: "environment.yml", line: 8 }]);
    expect(tellings[0]?.message).toContain(told);
    expect(await errorsOf(context(), written)).toEqual([]);
  });
});

describe("without a lock", () => {
  const pips = files(["tool @ git+https://github.com/org/tool@v2", `other @ ${WHEEL}`, "click==8.0"]);
  const environment = (pips["environment.yml"] ?? "").replace("dependencies", "platforms: [linux-64]\ndependencies");
  const start = { "environment.yml": environment };

  test("what no lock could hold takes no part, and the rest is checked", async () => {
    const { findings, checked } = await checkFiles(context(), start);
    expect(checked).toMatchObject([{ project: "environment.yml", result: "ok" }]);
    expect(findings.map(({ severity, line, message }) => [severity, line, message])).toEqual([
      ["info", 9, expect.stringMatching(/^tool takes no part in the solve: it comes from git\+https:\/\/github\.com/u)],
      ["info", 10, expect.stringMatching(/^other takes no part in the solve/u)],
    ]);
  });

  test("and the rest is updated", async () => {
    const { pullRequests } = await proposeUpdates(
      { ...context(newest([{ name: "click", version: "8.0.7" }])), now: Date.parse("2030-01-01") },
      textSnapshot(start),
      { request: { kind: "weekly" }, organisationDefaults: null },
    );
    const texts = pullRequests.flatMap(({ edits }) =>
      edits.map(({ content }) => Buffer.from(content ?? "").toString()),
    );
    expect(texts).toEqual([environment.replace("click==8.0", "click==8.1")]);
  });
});
