import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { checkProjects } from "#engine/check-projects.ts";
import { checkPoetryProject } from "#engine/check-poetry.ts";
import type { EngineContext } from "#engine/context.ts";
import type { Finding } from "#formats/finding.ts";
import { findProjects, type FoundProjects } from "#formats/find-projects.ts";
import { readWorkspace } from "#cli/read-workspace.ts";
import { testContext, textSnapshot } from "../support/engine.ts";
import { imprintContext } from "../support/imprint-index.ts";
import { memoryIndex } from "../support/memory-index.ts";
import { describeWithData } from "../support/test-data.ts";

function find(files: Readonly<Record<string, string>>): FoundProjects {
  return findProjects(textSnapshot(files), { targets: null, isIncluded: () => true });
}

/** A context in which asking an index is a defect. */
const NO_INDEX: EngineContext = {
  ...testContext({ releases: [] }),
  openIndex: () => {
    throw new Error("an index was opened");
  },
};

/** `code file:line`, sorted. */
function brief(findings: readonly { readonly code: string; readonly file: string; readonly line: number | null }[]) {
  return findings.map(({ code, file, line }) => `${code} ${file}:${line ?? "-"}`).sort();
}

const LINUX_ONLY = "missing-files-for-target poetry.lock";

/** Everything that is wrong with the poetry.lock of a state of the repository; all others are fine. */
const WRONG: Readonly<Record<string, readonly string[]>> = {
  "09/after": [`${LINUX_ONLY}:976`],
  "10/before": [`${LINUX_ONLY}:976`],
  "10/after": ["lock-out-of-date poetry.lock:3276", `${LINUX_ONLY}:976`],
  "11/before": ["lock-out-of-date poetry.lock:3276", `${LINUX_ONLY}:976`],
  "11/after": [`${LINUX_ONLY}:918`],
  "12/before": [`${LINUX_ONLY}:918`],
  "12/after": [`${LINUX_ONLY}:918`],
  "13/before": [`${LINUX_ONLY}:918`],
  "13/after": [`${LINUX_ONLY}:918`],
  "14/before": ["lock-out-of-date poetry.lock:3198", "lock-out-of-date pyproject.toml:24", `${LINUX_ONLY}:918`],
  "14/after": [`${LINUX_ONLY}:1004`],
  "15/before": [`${LINUX_ONLY}:1004`],
  "15/after": [`${LINUX_ONLY}:1003`],
  "16/before": [`${LINUX_ONLY}:1003`],
  "16/after": [`${LINUX_ONLY}:1003`],
  "17/before": ["lock-out-of-date poetry.lock:3310", "lock-out-of-date pyproject.toml:39", `${LINUX_ONLY}:1003`],
};

describeWithData("imprint", "imprint", (folder) => {
  const cases = readdirSync(join(folder, "replay"))
    .filter((name) => /^\d\d-/u.test(name))
    .flatMap((name) => ["before", "after"].map((state) => [`${name.slice(0, 2)}/${state}`, join(name, state)]));

  /** Most states are the same as the one before: they are checked once. */
  const known = new Map<string, readonly Finding[]>();
  async function checkedOnce(path: string): Promise<readonly Finding[]> {
    const texts = ["poetry.lock", "pyproject.toml", ".github/workflows/test.yml"].map((file) =>
      readFileSync(join(path, file), "utf8"),
    );
    const key = texts.join("\0");
    const { found } = known.has(key) ? { found: null } : await readWorkspace(path);
    const project = found?.projects.find((one) => one.lock?.format === "poetry.lock");
    const findings = found == null || project === undefined ? known.get(key) : checkPoetryProject(found, project);
    if (findings === undefined) {
      throw new Error(`${path} has no Poetry project`);
    }
    known.set(key, findings);
    return findings;
  }

  test("there are 17 cases", () => {
    expect(cases).toHaveLength(34);
    expect(cases.map(([name]) => name)).toEqual(expect.arrayContaining(Object.keys(WRONG)));
  });

  test.each(cases)("the lock of replay %s", async (name = "", path = "") => {
    const findings = await checkedOnce(join(folder, "replay", path));
    expect(brief(findings)).toEqual([...(WRONG[name] ?? [])].sort());
    for (const finding of findings.filter(({ code }) => code === "missing-files-for-target")) {
      expect(finding.message).toMatch(/^jaxlib 0\.4\.[46]\+cuda11\.cudnn86 has no file that fits/u);
      expect(finding.targets).toEqual(["osx-64-py3.8", "osx-64-py3.10", "osx-arm64-py3.8", "osx-arm64-py3.10"]);
    }
  });

  test("nothing is wrong at its last commit, pins included", async () => {
    const { found } = await readWorkspace(join(folder, "head"));
    const report = await checkProjects(found, imprintContext(folder));
    expect(report.findings).toEqual([]);
    expect(report.ok).toBe(true);
    expect(report.checked.map(({ project, result }) => [project, result])).toEqual([
      ["environment.yml", "ok"],
      ["pyproject.toml", "ok"],
      ["requirements-jax-cuda.txt", "ok"],
    ]);
  });

  test("a pin that the index does not have is told once, where it stands", async () => {
    const [, path = ""] = cases.find(([name]) => name === "09/after") ?? [];
    const { found } = await readWorkspace(join(folder, "replay", path));
    const report = await checkProjects(found, imprintContext(folder));
    expect(brief(report.findings)).toEqual([`${LINUX_ONLY}:976`, "unsatisfiable requirements.txt:3"]);
    expect(report.ok).toBe(false);
  });

  test("a lock is checked without any index", async () => {
    const { found } = await readWorkspace(join(folder, "head"));
    const project = found.projects.find((one) => one.lock?.format === "poetry.lock");
    const alone = { ...found, projects: project === undefined ? [] : [project] };
    const report = await checkProjects(alone, NO_INDEX);
    expect(report).toMatchObject({ ok: true, checked: [{ lock: "poetry.lock", result: "ok" }] });
    expect(basename(folder)).toBe("imprint");
  });
});

const PYPROJECT = '[tool.poetry]\nname = "x"\nversion = "1"\n[tool.poetry.dependencies]\npython = "^3.10"\na = "^1"\n';

describe("projects without a lock that can be checked", () => {
  test.each([
    ["a lock of another tool", { "pyproject.toml": "[project]\nname='x'\nversion='1'\n", "uv.lock": "version = 1\n" }],
    ["no lock", { "pyproject.toml": PYPROJECT }],
    [
      "a compiled file",
      { "requirements.txt": "# by pip-compile\na==1\n    # via -r requirements.in\n", "requirements.in": "a\n" },
    ],
    ["a lock without a manifest", { "sub/poetry.lock": "[metadata]\n" }],
  ])("%s: reported as not checked, which is not a failure", async (_, files) => {
    const report = await checkProjects(find(files), NO_INDEX);
    expect(report.checked.every(({ result }) => result === "not-checked")).toBe(true);
    expect(report.findings.map(({ code, severity }) => [code, severity])).toEqual([["not-checked", "info"]]);
    expect(report.ok).toBe(true);
  });

  test("a lock that cannot be read is an error with its line", async () => {
    const found = find({ "pyproject.toml": PYPROJECT, "poetry.lock": '[[package]]\nname = "a"\nversion = ' });
    const report = await checkProjects(found, NO_INDEX);
    expect(brief(report.findings)).toEqual(["unreadable-file poetry.lock:3"]);
    expect(report.ok).toBe(false);
  });
});

describe("pip files", () => {
  const FILES = { "requirements.txt": "a==1.0\nc>=1\n" };
  const CONFLICT = [
    { name: "a", version: "1.0", requiresDist: ["b==1.0"] },
    { name: "c", version: "1.0", requiresDist: ["b>=2"] },
    { name: "b", version: "1.0" },
    { name: "b", version: "2.0" },
  ];

  test("a conflict is one finding for all targets, at the requirement that starts it", async () => {
    const report = await checkProjects(find(FILES), testContext({ releases: CONFLICT }));
    expect(report.findings).toHaveLength(1);
    expect(report.findings[0]).toMatchObject({ code: "unsatisfiable", file: "requirements.txt", targets: [] });
    expect(report.findings[0]?.message).toMatch(/on any target: .*a 1\.0 depends on b==1\.0/u);
    expect(report.findings[0]?.message).toContain("(requirements.txt:1)");
  });

  test("what only some targets lack names them", async () => {
    const wheel = { filename: "a-1.0-cp312-cp312-manylinux_2_17_x86_64.whl" };
    const releases = [{ name: "a", version: "1.0", files: [wheel] }];
    const report = await checkProjects(find({ "requirements.txt": "a==1.0\n" }), testContext({ releases }));
    expect(report.findings).toHaveLength(1);
    expect(report.findings[0]).toMatchObject({ line: 1, targets: ["osx-64", "osx-arm64"] });
    expect(report.findings[0]?.message).toContain("on osx-64, osx-arm64: ");
  });

  test("an index out of reach is said so, and proves nothing about the requirements", async () => {
    const problem = { kind: "offline", url: "https://pypi.org/simple/a/", message: "a is not in the cache" } as const;
    const context: EngineContext = {
      ...testContext({ releases: [] }),
      openIndex: () => memoryIndex({ releases: CONFLICT, problems: { a: problem } }),
    };
    const report = await checkProjects(find(FILES), context);
    expect(report.findings.map(({ code }) => code)).toEqual(["index-unreachable"]);
    expect(report.findings[0]?.message).toContain("a is not in the cache");
    expect(report).toMatchObject({ ok: false, checked: [{ result: "not-checked" }] });
  });

  test("what a solve cannot see is said, and does not fail", async () => {
    const files = { "requirements.txt": "a==1.0\nd @ https://example.com/d.zip\n" };
    const report = await checkProjects(find(files), testContext({ releases: [{ name: "a", version: "1.0" }] }));
    expect(brief(report.findings)).toEqual(["not-solved requirements.txt:2"]);
    expect(report.ok).toBe(true);
  });
});
