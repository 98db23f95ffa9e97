import { expect, test } from "@jest/globals";
import { findActionSkews } from "#formats/action-skews.ts";
import { findProjects } from "#formats/find-projects.ts";
import { textSnapshot } from "../support/engine.ts";

function workflow(...uses: string[]): string {
  return `jobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n${uses.map((one) => `      - uses: ${one}\n`).join("")}`;
}

test("an action in two major versions is a skew; commits, branches and equal majors are none", () => {
  const snapshot = textSnapshot({
    "pyproject.toml": '[project]\nname = "p"\nversion = "1"\n',
    ".github/workflows/a.yml": workflow("actions/checkout@v3", "actions/cache@v4.1.2", "o/r@main"),
    ".github/workflows/b.yml": workflow(
      "actions/checkout@v4.2.0",
      "actions/cache@v4",
      "actions/setup-python@0123456789012345678901234567890123456789",
      "actions/setup-python@v5",
    ),
  });
  const found = findProjects(snapshot, { targets: null, isIncluded: () => true });
  expect(findActionSkews(found)).toEqual([
    {
      fact: "actions/checkout",
      coherenceSet: "",
      places: [
        { file: ".github/workflows/a.yml", line: 5, value: "v3" },
        { file: ".github/workflows/b.yml", line: 5, value: "v4.2.0" },
      ],
      reason: "actions/checkout is used in 2 major versions",
    },
  ]);
});
