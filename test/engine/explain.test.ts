import { describe, expect, test } from "@jest/globals";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { openExplainable, versionsOf } from "#engine/explain-project.ts";
import { resolutionGraph } from "#engine/explain-resolution.ts";
import { demandsFor } from "#engine/requirement-chains.ts";
import { explainPackage, explainProjects } from "#engine/explain.ts";
import { describeExplanation, PLAIN, withinComment } from "#engine/explain-text.ts";
import type { PackageExplanation } from "#engine/explanation.ts";
import type { EngineContext } from "#engine/context.ts";
import { findProjects, type FoundProjects } from "#formats/find-projects.ts";
import { readWorkspace } from "#cli/read-workspace.ts";
import { testContext, textSnapshot } from "../support/engine.ts";
import { imprintContext } from "../support/imprint-index.ts";
import type { TestRelease } from "../support/index-data.ts";
import { memoryIndex } from "../support/memory-index.ts";
import { describeWithData } from "../support/test-data.ts";

function find(files: Readonly<Record<string, string>>): FoundProjects {
  return findProjects(textSnapshot(files), { targets: null, isIncluded: () => true });
}

/** A context in which asking an index is a defect. */
const NO_INDEX: EngineContext = {
  ...testContext({ releases: [] }),
  openIndex: () => ({
    listing: async () => Promise.reject(new Error("an index was asked")),
    metadata: async () => Promise.reject(new Error("an index was asked")),
    fileHash: async () => Promise.reject(new Error("an index was asked")),
  }),
};

function text(explanation: PackageExplanation): string {
  return describeExplanation(explanation, PLAIN);
}

/** The demands on the first installed version: who asks for what, `!` where it keeps newer versions out. */
function demandsOf(explanation: PackageExplanation, project: string): readonly string[] {
  const installed = explanation.projects.find((one) => one.project === project)?.installed[0];
  return (installed?.demands ?? []).map(({ chain, restricts }) => {
    const last = chain.at(-1);
    return `${restricts ? "! " : ""}${last?.holder ?? last?.place?.file ?? ""}: ${last?.asks ?? ""}`;
  });
}

describeWithData("imprint after its 17th update", "imprint", (folder) => {
  const name = readdirSync(join(folder, "replay")).find((one) => one.startsWith("17-")) ?? "";
  const workspace = readWorkspace(join(folder, "replay", name, "after"));
  const locked = workspace.then(({ found }) => ({
    ...found,
    projects: found.projects.filter((one) => one.lock !== null),
  }));

  test("platformdirs is held by poetry, as the lock alone tells", async () => {
    const explanation = await explainProjects(await locked, NO_INDEX, "platformdirs", null);
    const [project] = explanation.projects;
    expect(project?.installed).toHaveLength(1);
    expect(project?.installed[0]).toMatchObject({ version: "2.6.2", place: { file: "poetry.lock", line: 2776 } });
    expect(project?.installed[0]?.targets).toHaveLength(6);
    expect(demandsOf(explanation, "pyproject.toml")).toEqual([
      "! poetry 1.4.0: platformdirs >=2.5.2,<3.0.0",
      "! virtualenv 20.21.0: platformdirs >=2.4,<4",
      "black 23.3.0: platformdirs >=2",
      "jupyter-core 5.3.0: platformdirs >=2.5",
    ]);
    expect(project?.elsewhere).toMatchObject([
      { holder: "virtualenv 20.16.5", asks: "platformdirs >=2.4,<3", restricts: true },
    ]);
    expect(text(explanation)).toContain(
      "poetry 1.4.0 asks for platformdirs >=2.5.2,<3.0.0 (pyproject.toml:39 → poetry 1.4.0)",
    );
  });

  test("every package on every target is led back to a line of the manifest", async () => {
    const found = await locked;
    const [project] = found.projects;
    const opened = project === undefined ? "no project" : openExplainable(NO_INDEX, found, project);
    const graphs = typeof opened === "string" ? [] : [...opened.locked.values()];
    expect(graphs).toHaveLength(6);
    for (const graph of graphs) {
      expect(graph.packages.size).toBeGreaterThan(150);
      for (const [key, { name }] of graph.packages) {
        const demands = demandsFor(graph, key);
        expect([name, demands.length > 0]).toEqual([name, true]);
        const starts = demands.map(({ chain }) => chain[0]?.place?.file);
        expect(new Set(starts)).toEqual(new Set(["pyproject.toml"]));
      }
    }
  });

  test("the problem of each target is the one that the lock solves: nothing else is chosen", async () => {
    const found = await locked;
    const [project] = found.projects;
    const opened = project === undefined ? null : openExplainable(imprintContext(folder), found, project);
    if (opened === null || typeof opened === "string") {
      throw new Error(opened ?? "no project");
    }
    for (const target of opened.targets) {
      const stated = opened.problem(target);
      const outcome = typeof stated === "string" ? null : await opened.solve(stated.problem);
      const chosen = outcome?.kind === "solved" ? versionsOf(resolutionGraph(outcome.resolution)) : new Map();
      expect(Object.fromEntries(chosen)).toEqual(Object.fromEntries(versionsOf(opened.locked.get(target))));
    }
  });

  test("the older of two versions of virtualenv is for environments that nobody uses", async () => {
    const explanation = await explainProjects(await locked, NO_INDEX, "virtualenv", null);
    expect(explanation.projects[0]?.installed.map(({ version, targets }) => [version, targets.length])).toEqual([
      ["20.21.0", 6],
      ["20.16.5", 0],
    ]);
    expect(explanation.projects[0]?.elsewhere.map(({ holder, condition }) => [holder, condition])).toEqual([
      ["poetry 1.4.0", 'sys_platform == "win32" and python_version == "3.9"'],
    ]);
  });

  test("platformdirs cannot be newer: poetry is named, in the lock and in the requirements file", async () => {
    const { found } = await workspace;
    const explanation = await explainProjects(found, imprintContext(folder), "platformdirs", "3.1.1");
    expect(
      explanation.projects.map(({ project, asked }) => [
        project,
        asked?.answers.map((answer) => (answer.kind === "held" ? answer.holder : answer.kind)),
      ]),
    ).toEqual([
      ["environment.yml", ["poetry 1.4.0"]],
      ["pyproject.toml", ["poetry 1.4.0"]],
    ]);
    const told = text(explanation);
    expect(told).toContain("platformdirs 3.1.1 is possible on none of the targets, held by: poetry 1.4.0");
    expect(told).toContain("poetry 1.4.0 depends on platformdirs>=2.5.2,<3.0.0");
    expect(told).toContain("(pyproject.toml:39)");
    expect(told).toContain("(requirements.txt:7)");
  });

  test("jax with CUDA cannot follow: the wheel that the index lacks is named, and where the pin stands", async () => {
    const { found } = await workspace;
    const explanation = await explainProjects(found, imprintContext(folder), "jax", "0.4.8");
    const cuda = explanation.projects.find(({ project }) => project === "requirements-jax-cuda.txt");
    expect(cuda?.asked).toMatchObject({
      limits: [{ place: { file: "requirements-jax-cuda.txt", line: 2 }, asks: "jax ==0.4.5" }],
      answers: [{ kind: "held", holder: "jax[cuda] 0.4.8 needs jaxlib==0.4.7+cuda11.cudnn86, which no index has" }],
    });
    const poetry = explanation.projects.find(({ project }) => project === "pyproject.toml");
    expect(poetry?.asked?.answers.map(({ kind }) => kind)).toEqual(["in-use"]);
  });
});

const A_HOLDS_B: readonly TestRelease[] = [
  { name: "a", version: "1.0", requiresDist: ["b==1.0"] },
  { name: "b", version: "1.0" },
  { name: "b", version: "2.0" },
  { name: "c", version: "1.0", requiresDist: ["b>=1"] },
];

describe("a package that another one holds back", () => {
  const PINS = { "requirements.txt": "a==1.0\nc\n" };
  const POETRY = {
    "pyproject.toml":
      '[tool.poetry]\nname = "x"\nversion = "1"\n\n[tool.poetry.dependencies]\npython = "~3.10"\na = "1.0"\nc = "*"\n',
    "poetry.lock": poetryLock({ a: { b: "1.0" }, b: {}, c: { b: ">=1" } }),
  };

  test.each([
    ["requirements file", PINS, "requirements.txt:1"],
    ["Poetry project", POETRY, "pyproject.toml:7"],
  ])("%s: B is at 1.0 because of A, and cannot be 2.0 because of A", async (_, files, place) => {
    const explanation = await explainProjects(find(files), testContext({ releases: A_HOLDS_B }), "B", "2.0");
    const [project] = explanation.projects;
    expect(project?.installed.map(({ version }) => version)).toEqual(["1.0"]);
    expect(project?.installed[0]?.demands.map(({ restricts }) => restricts)).toEqual([true, false]);
    expect(project?.asked?.answers).toMatchObject([{ kind: "held", holder: "a 1.0" }]);
    const told = text(explanation);
    expect(told).toMatch(/Newer versions are limited by:\n +a 1\.0 asks for b/u);
    expect(told).toContain(`(${place} → a 1.0)`);
    expect(told).toContain("b 2.0 is possible on none of the targets, held by: a 1.0");
  });

  test("a newer A lifts it, and what moves with it is told", async () => {
    const releases = [...A_HOLDS_B, { name: "a", version: "1.1", requiresDist: ["b>=1"] }];
    const files = { "requirements.txt": "a\nc\nb==1.0\n" };
    const explanation = await explainProjects(find(files), testContext({ releases }), "b", "2.0");
    expect(explanation.projects[0]?.asked).toMatchObject({
      limits: [{ place: { file: "requirements.txt", line: 3 }, asks: "b ==1.0" }],
      answers: [{ kind: "possible", moves: [] }],
    });
    expect(text(explanation)).toContain("b 2.0 is possible on every target, once the manifest allows it");
  });

  test("a version that no index has is said so, and nobody is blamed", async () => {
    const explanation = await explainProjects(find(PINS), testContext({ releases: A_HOLDS_B }), "b", "9");
    expect(explanation.projects[0]?.asked?.answers.map(({ kind }) => kind)).toEqual(["no-such-version"]);
  });

  test("requirements that cannot be met anyway are not blamed on the version", async () => {
    const lock = poetryLock({ a: { b: "1.0" }, b: {}, c: { b: ">=1" } });
    const files = {
      ...POETRY,
      "pyproject.toml": POETRY["pyproject.toml"].replace('c = "*"', 'c = "^7"'),
      "poetry.lock": lock,
    };
    const explanation = await explainProjects(find(files), testContext({ releases: A_HOLDS_B }), "b", "2.0");
    expect(explanation.projects[0]?.asked?.answers.map(({ kind }) => kind)).toEqual(["unsolvable"]);
  });

  test("targets that differ are told apart", async () => {
    const files = { "requirements.txt": "a==1.0 ; sys_platform == 'darwin'\nb\n" };
    const explanation = await explainProjects(find(files), testContext({ releases: A_HOLDS_B }), "b", "2.0");
    expect(explanation.projects[0]?.installed.map(({ version, targets }) => [version, targets])).toEqual([
      ["2.0", ["linux-64"]],
      ["1.0", ["osx-64", "osx-arm64"]],
    ]);
    expect(explanation.projects[0]?.asked?.answers.map(({ kind, targets }) => [kind, targets])).toEqual([
      ["in-use", ["linux-64"]],
      ["held", ["osx-64", "osx-arm64"]],
    ]);
  });
});

describe("what is not known", () => {
  test("a name that nothing has, with the nearest one", async () => {
    const files = { "requirements.txt": "numpy==1.0\n" };
    const context = testContext({ releases: [{ name: "numpy", version: "1.0" }] });
    const explanation = await explainProjects(find(files), context, "numpyy", null);
    expect(explanation.projects).toEqual([]);
    expect(text(explanation)).toBe("No manifest and no lock of this repository has numpyy. Did you mean numpy?");
  });

  test("an index out of reach", async () => {
    const problem = { kind: "unreachable", url: "https://pypi.org/simple/a/", message: "a cannot be fetched" } as const;
    const context: EngineContext = {
      ...testContext({ releases: [] }),
      openIndex: () => memoryIndex({ releases: A_HOLDS_B, problems: { a: problem } }),
    };
    const explanation = await explainProjects(find({ "requirements.txt": "a==1.0\n" }), context, "b", null);
    expect(explanation.projects).toMatchObject([{ isOutOfReach: true, installed: [] }]);
    expect(text(explanation)).toContain("a cannot be fetched");
  });

  test.each([
    ["conda", { "environment.yml": "name: x\ndependencies:\n  - numpy=1.24\n" }, "environment.yml:3 says numpy =1.24"],
    [
      "a lock that is not read",
      {
        "pyproject.toml": "[project]\nname='x'\nversion='1'\n",
        "uv.lock": '[[package]]\nname = "numpy"\nversion = "1.2"\n',
      },
      "uv.lock:3 says numpy 1.2",
    ],
  ])("%s: the place is told", async (_, files, told) => {
    expect(text(await explainProjects(find(files), NO_INDEX, "numpy", null))).toContain(told);
  });
});

describe("foreign text", () => {
  test("Markdown and control characters of an index stay text", async () => {
    const evil = "<img src=x> @everyone [x](http://evil) `\u001b[2J\u202e\n/relock hold a";
    const context: EngineContext = {
      ...testContext({ releases: [] }),
      openIndex: () => memoryIndex({ problems: { a: { kind: "bad-content", url: "https://e", message: evil } } }),
    };
    const found = find({ "requirements.txt": "a==1.0\n" });
    const markdown = await explainPackage(found, context, "a", null);
    expect(markdown).not.toMatch(/<img|@everyone|\]\(http|^\/relock/mu);
    const plain = text(await explainProjects(found, context, "a", null));
    expect(plain).toContain("@everyone");
    for (const control of ["\u001b", "\u202e"]) {
      expect(markdown).not.toContain(control);
      expect(plain).not.toContain(control);
    }
  });
});

test("a comment is cut at whole lines", () => {
  const line = `- ${"x".repeat(97)}`;
  const cut = withinComment(Array.from({ length: 1000 }, () => line).join("\n"));
  expect(cut.length).toBeLessThan(61_000);
  expect(new Set(cut.split("\n").slice(0, -1))).toEqual(new Set([line]));
  expect(withinComment(line)).toBe(line);
});

/** A poetry.lock of packages at version 1.0 with pure wheels. */
function poetryLock(packages: Readonly<Record<string, Readonly<Record<string, string>>>>): string {
  const tables = Object.entries(packages).map(([name, dependencies]) => {
    const lines = Object.entries(dependencies).map(([wanted, range]) => `${wanted} = "${range}"\n`);
    const file = `{file = "${name}-1.0-py3-none-any.whl", hash = "sha256:${"0".repeat(64)}"}`;
    const own = `name = "${name}"\nversion = "1.0"\ndescription = ""\noptional = false\npython-versions = "*"\n`;
    const needs = lines.length === 0 ? "" : `\n[package.dependencies]\n${lines.join("")}`;
    return `[[package]]\n${own}files = [\n    ${file},\n]\n${needs}\n`;
  });
  const metadata = `[metadata]\nlock-version = "2.0"\npython-versions = "~3.10"\ncontent-hash = "${"0".repeat(64)}"\n`;
  return `# This file is automatically @generated by Poetry 1.8.3 and should not be changed by hand.\n\n${tables.join("")}${metadata}`;
}
