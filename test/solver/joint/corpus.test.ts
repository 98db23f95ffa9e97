/** Joint solves over real channels and real releases, checked by their records. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { mergeEnvironments } from "#formats/conda-environment-merge.ts";
import { readEnvironmentYml } from "#formats/manifests/environment-yml/read.ts";
import { isCondaSpecProblem, parseMatchSpec } from "#packaging/conda-match-spec.ts";
import { isRequirementProblem, parseRequirement } from "#packaging/requirement.ts";
import { CondaKnowledge } from "#solver/conda/knowledge.ts";
import { unsupported } from "#solver/conda/spec-table.ts";
import { PypiKnowledge } from "#solver/pypi/knowledge.ts";
import { jointBreaches } from "../../support/check-joint-solution.ts";
import { corpusChannel } from "../../support/conda-memory.ts";
import { condaForgeNames, pypiCorpus } from "../../support/joint-corpus.ts";
import { jointProblem, jointSummary, solveJoint, type FinishedJoint } from "../../support/joint-solve.ts";
import { describeWithData, testData } from "../../support/test-data.ts";

interface Sections {
  readonly conda: readonly string[];
  readonly pypi: readonly string[];
}

describeWithData("real channels and releases", "conda", (folder) => {
  const channel = corpusChannel(folder, "conda-forge", "linux-64");
  const corpus = pypiCorpus(testData("pypi") ?? "");
  const names = condaForgeNames(testData("mappings") ?? "");
  const knowledge = { conda: new CondaKnowledge(), pypi: new PypiKnowledge() };

  function solve(sections: Sections): FinishedJoint {
    const problem = jointProblem({ ...sections, names });
    const { outcome } = solveJoint(problem, { channels: [channel], pypi: corpus.answer }, knowledge);
    if (outcome.kind === "solved") expect(jointBreaches(problem, outcome.resolution)).toEqual([]);
    return outcome;
  }

  /** Conda alone first, then pip in what conda made. */
  function solveOneAfterTheOther({ conda, pypi }: Sections): FinishedJoint["kind"] | "no conda solution" {
    const first = solve({ conda, pypi: [] });
    if (first.kind !== "solved") return "no conda solution";
    const pins = first.resolution.conda.packages.map(({ name, version, build }) => `${name} ==${version} ${build}`);
    return solve({ conda: pins, pypi }).kind;
  }

  const shownOf = (outcome: FinishedJoint, shown: readonly string[]): readonly string[] => {
    const summary = jointSummary(outcome);
    return typeof summary === "string"
      ? [summary]
      : summary.filter((line) => shown.some((each) => line.startsWith(`${each} `)));
  };

  test.each([
    // Pip's release needs an older numpy than conda's newest.
    ["python numpy", "transformers==4.42.3", "conda numpy 1.26.4, pip transformers 4.42.3", [110, 2]],
    // There are wheels for older Pythons only.
    ["python numpy", "tensorflow", "conda python 3.11.15, pip tensorflow 2.14.1", [90, 2]],
    ["python", "open3d", "conda python 3.10.20, pip open3d 0.18.0", [140, 2]],
    [
      "python numpy pandas xarray scipy matplotlib jupyterlab dask zarr",
      "flask rich pydantic fastapi tiledb",
      "conda python 3.11.15, pip tiledb 0.34.2",
      [750, 2],
    ],
    // Requires-Python has an upper end.
    ["python", "code-loader-helpers", "conda python 3.11.15, pip code-loader-helpers 1.0.9", [70, 2]],
  ] as const)(
    "conda's %s and then pip's %s fails, both together do not",
    (conda, pypi, expected, [decisions, conflicts]) => {
      const sections = { conda: conda.split(" "), pypi: pypi.split(" ") };
      expect(solveOneAfterTheOther(sections)).toBe("conflict");
      const outcome = solve(sections);
      const shown = expected.split(", ");
      expect(
        shownOf(
          outcome,
          shown.map((line) => line.split(" ").slice(0, 2).join(" ")),
        ),
      ).toEqual(shown);
      const effort = outcome.kind === "solved" ? outcome.resolution.effort : null;
      expect(effort?.conflicts).toBe(conflicts);
      // Conda's own order decides how many: twice its packages, for the second time that it chooses them.
      expect(effort?.decisions).toBeLessThanOrEqual(decisions);
    },
  );

  test("where nothing conflicts, conda's answer is its own", () => {
    const conda = ["python", "numpy", "pandas", "xarray", "scipy", "matplotlib", "jupyterlab", "dask", "zarr"];
    const pypi = [
      "flask",
      "rich",
      "pydantic",
      "fastapi",
      "uvicorn[standard]",
      "black",
      "scikit-learn",
      "requests",
      "httpx",
    ];
    const alone = solve({ conda, pypi: [] });
    const both = solve({ conda, pypi });
    if (alone.kind !== "solved" || both.kind !== "solved") throw new Error("both have an answer");
    expect(both.resolution.conda.packages).toEqual(alone.resolution.conda.packages);
    expect(both.resolution.effort.conflicts).toBe(0);
  });

  test("environment files with a pip section, as far as the corpora reach", () => {
    const counts = { files: 0, asWritten: 0, byName: 0, together: 0, oneAfterTheOther: 0 };
    for (const sections of environmentsWithPip(channel.records, corpus.names)) {
      counts.files += 1;
      const written = solve(sections);
      // Where the corpora lack the versions that are pinned, the names alone still make a problem of its size.
      const [used, outcome] = written.kind === "solved" ? [sections, written] : withoutVersions(sections, solve);
      if (outcome.kind === "solved") counts[written.kind === "solved" ? "asWritten" : "byName"] += 1;
      expect(["solved", "conflict"]).toContain(outcome.kind);
      const later = solveOneAfterTheOther(used);
      if (outcome.kind === "solved") counts.together += 1;
      if (later === "solved") counts.oneAfterTheOther += 1;
      // What works one after the other works together.
      if (later === "solved") expect(jointSummary(outcome)).toEqual(expect.any(Array));
    }
    expect(counts).toEqual({ files: 23, asWritten: 6, byName: 15, together: 21, oneAfterTheOther: 11 });
  });
});

function withoutVersions(
  { conda, pypi }: Sections,
  solve: (sections: Sections) => FinishedJoint,
): readonly [Sections, FinishedJoint] {
  const nameOf = (text: string): string => /^[\w.-]+/u.exec(text)?.[0] ?? text;
  const used = { conda: [...new Set([...conda.map(nameOf), "python"])], pypi: pypi.map(nameOf) };
  return [used, solve(used)];
}

/** The match specs and requirements of real environment files, without what the corpora do not have. */
function environmentsWithPip(conda: { has(name: string): boolean }, pypi: ReadonlySet<string>): readonly Sections[] {
  const found = new Map<string, Sections>();
  for (const path of ["manifests", "scenarios", "explicit-locks", "imprint"].flatMap(environmentFiles)) {
    const read = readEnvironmentYml(path, readFileSync(path, "utf8"));
    if (!("manifest" in read)) continue;
    const merged = mergeEnvironments([read.manifest], "linux-64");
    if (!("environment" in merged)) continue;
    const specs = merged.environment.conda.flatMap(({ text }) => {
      const spec = parseMatchSpec(text);
      const usable = !isCondaSpecProblem(spec) && unsupported(spec) === null && spec.channelPattern === null;
      return usable && conda.has(spec.name) ? [text] : [];
    });
    const requirements = merged.environment.pip.flatMap(({ text }) => {
      const requirement = parseRequirement(text);
      return !isRequirementProblem(requirement) && requirement.url === null && pypi.has(requirement.name) ? [text] : [];
    });
    if (requirements.length === 0) continue;
    const sections = { conda: specs, pypi: requirements };
    found.set(JSON.stringify(sections), sections);
  }
  return [...found.values()];
}

function environmentFiles(folder: string): readonly string[] {
  const root = testData(folder);
  if (root === null) return [];
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.ya?ml$/u.test(path) && !/lock[^/]*$/u.test(path))
    .sort()
    .map((path) => join(root, path));
}
