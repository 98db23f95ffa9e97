import { expect, test } from "@jest/globals";
import { findProjects } from "#formats/find-projects.ts";
import { listPins } from "#formats/pins.ts";
import { findSkews } from "#formats/skews.ts";
import { snapshotOfFolder } from "../support/snapshot.ts";
import { describeWithData } from "../support/test-data.ts";

/** The lines that a person went through by hand: file, first and last line of the entry, name. */
const UPDATABLE: readonly (readonly [file: string, first: number, last: number, name: string])[] = [
  ["environment.yml", 5, 5, "python"],
  ["environment.yml", 6, 6, "pip"],
  ["requirements.txt", 7, 7, "poetry"],
  ["requirements.txt", 8, 8, "pip"],
  ["requirements-jax-cuda.txt", 2, 2, "jax"],
  ["pyproject.toml", 10, 10, "python"],
  ["pyproject.toml", 11, 11, "numpy"],
  ["pyproject.toml", 12, 12, "scipy"],
  ["pyproject.toml", 13, 13, "sympy"],
  ["pyproject.toml", 14, 14, "pandas"],
  ["pyproject.toml", 15, 15, "jax"],
  ["pyproject.toml", 16, 16, "numpyro"],
  ["pyproject.toml", 17, 17, "tensorflow-probability"],
  ["pyproject.toml", 23, 23, "matplotlib"],
  ["pyproject.toml", 24, 24, "pytest"],
  ["pyproject.toml", 25, 25, "pre-commit"],
  ["pyproject.toml", 26, 26, "ipython"],
  ["pyproject.toml", 27, 27, "nbformat"],
  ["pyproject.toml", 29, 33, "pytest-xdist"],
  ["pyproject.toml", 39, 39, "poetry"],
  ["pyproject.toml", 40, 40, "line-profiler"],
  ["pyproject.toml", 41, 41, "jupytext"],
  ["pyproject.toml", 42, 42, "reorder-python-imports"],
  ["pyproject.toml", 43, 43, "flake8"],
  ["pyproject.toml", 44, 44, "typer"],
  ["pyproject.toml", 45, 45, "jupyter"],
  ["pyproject.toml", 46, 46, "rich"],
  ["pyproject.toml", 47, 47, "ipdb"],
  ["pyproject.toml", 49, 53, "black"],
  ["pyproject.toml", 68, 72, "poetry-core"],
];

describeWithData("Confirm-Solutions/imprint at its last commit", "imprint/head", (folder) => {
  const found = findProjects(snapshotOfFolder(folder), { targets: null, isIncluded: () => true });
  const pins = listPins(found);

  test.each(UPDATABLE)("%s:%i-%i %s is listed", (file, first, last, name) => {
    const pin = pins.find((each) => each.file === file && each.name === name);
    expect(pin?.line).toBeGreaterThanOrEqual(first);
    expect(pin?.line).toBeLessThanOrEqual(last);
  });

  test("nothing else is listed, and every pin of pyproject.toml has its locked version", () => {
    expect(pins).toHaveLength(UPDATABLE.length);
    const open = pins.filter((pin) => pin.file === "pyproject.toml" && pin.locked === null).map((pin) => pin.name);
    expect(open).toEqual(["python"]);
    expect(pins.find((pin) => pin.file === "pyproject.toml" && pin.name === "jax")?.locked).toBe("0.4.8");
  });

  test("every line is understood", () => {
    expect(found.findings).toEqual([]);
  });

  test("the projects, their tools, targets and Pythons", () => {
    const rows = found.projects.map((project) => ({
      id: project.id,
      tool: project.tool,
      manifests: project.manifests.map((manifest) => manifest.path),
      lock: project.lock?.path ?? null,
      environments: project.environments.map((environment) => environment.name).sort(),
      targets: project.targets.map((target) => `${target.platform} ${target.accelerator}`),
      python: project.pythonRange?.text,
      pythons: project.pythons.map((python) => python.value),
    }));
    const all = ["linux-64 cpu", "osx-64 cpu", "osx-arm64 cpu"];
    expect(rows).toEqual([
      {
        id: "environment.yml",
        tool: "conda+pip",
        manifests: ["environment.yml", "requirements.txt"],
        lock: null,
        environments: ["imprint"],
        targets: all,
        python: "=3.10",
        pythons: ["3.10"],
      },
      {
        id: "pyproject.toml",
        tool: "poetry",
        manifests: ["pyproject.toml"],
        lock: "poetry.lock",
        environments: ["dev", "main", "test"],
        targets: all,
        python: ">=3.8.1,<3.11",
        pythons: ["3.10"],
      },
      {
        id: "requirements-jax-cuda.txt",
        tool: "pip",
        manifests: ["requirements-jax-cuda.txt"],
        lock: null,
        environments: ["requirements-jax-cuda.txt"],
        targets: ["linux-64 cuda"],
        python: ">=3.8.1,<3.11",
        pythons: ["3.10"],
      },
    ]);
    expect(new Set(found.projects.map((project) => project.coherenceSet))).toEqual(new Set([""]));
    expect(found.projects.map((project) => project.readOnlyReason)).toEqual([null, null, null]);
  });

  test("the five facts that the files state differently, and no other", () => {
    const skews = findSkews(found).map((skew) => [
      skew.fact,
      ...skew.places.map((place) => `${place.file}:${place.line} ${place.value}`),
    ]);
    expect(skews.toSorted((one, other) => String(one).localeCompare(String(other)))).toEqual([
      [
        "black",
        ".pre-commit-config.yaml:9 22.12.0",
        ".pre-commit-config.yaml:15 22.12.0",
        "poetry.lock:191 23.3.0",
        "pyproject.toml:53 ^23.1.0",
      ],
      ["flake8", ".pre-commit-config.yaml:19 5.0.4", "poetry.lock:985 6.0.0", "pyproject.toml:43 ^6.0.0"],
      ["jax", "poetry.lock:1323 0.4.8", "pyproject.toml:15 ^0.4.4", "requirements-jax-cuda.txt:2 ==0.4.5"],
      ["pip", "environment.yml:6 unpinned", "requirements.txt:8 ==23.0.1"],
      [
        "poetry",
        ".github/workflows/test.yml:33 unpinned",
        "poetry.lock:1 1.4.2",
        "poetry.lock:2810 1.4.0",
        "pyproject.toml:39 1.4.0",
        "requirements.txt:7 ==1.4.0",
      ],
    ]);
  });
});
