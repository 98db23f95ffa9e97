import { describe, expect, test } from "@jest/globals";
import { PypiKnowledge } from "#solver/pypi/knowledge.ts";
import type { SoftConstraint } from "#solver/pypi/problem.ts";
import type { PypiQuestion, PypiReply } from "#solver/pypi/questions.ts";
import { createPypiSolve, type PypiOutcome } from "#solver/pypi/solve-target.ts";
import { answerFrom, type ScenarioPackages } from "../../support/scenario-index.ts";
import { finish, problemOf, requirementOf, rootsOf, solveProblem, summaryOf } from "../../support/solve-problem.ts";

const versions = (...names: readonly string[]) => ({ versions: Object.fromEntries(names.map((name) => [name, {}])) });

const soft = (text: string, kind: SoftConstraint["kind"] = "constrains"): SoftConstraint => ({
  kind,
  requirement: requirementOf(text),
  origin: null,
});

function resolutionOf(outcome: PypiOutcome) {
  if (outcome.kind !== "solved") throw new Error(`not solved: ${outcome.kind}`);
  return outcome.resolution;
}

describe("soft constraints", () => {
  const packages: ScenarioPackages = { a: versions("1", "2", "3"), b: versions("1", "2") };

  test("are kept where they can be, and bring nothing in", () => {
    const problem = problemOf({ requires: ["a"], more: { soft: [soft("a<3"), soft("b<2")] } });
    const resolution = resolutionOf(solveProblem(problem, answerFrom(packages)));
    expect(resolution.packages.map(({ name, version }) => `${name} ${version.text}`)).toEqual(["a 2"]);
    expect(resolution.dropped).toEqual([]);
  });

  test("the later of two that contradict each other is dropped, and said", () => {
    const problem = problemOf({ requires: ["a", "b"], more: { soft: [soft("a<3"), soft("a>=3"), soft("b<2")] } });
    const resolution = resolutionOf(solveProblem(problem, answerFrom(packages)));
    expect(resolution.packages.map(({ name, version }) => `${name} ${version.text}`)).toEqual(["a 2", "b 1"]);
    expect(resolution.dropped).toEqual([1]);
  });

  test("one that wants something impossible is dropped", () => {
    const problem = problemOf({
      requires: ["a"],
      more: { soft: [soft("a[x]==9", "requires"), soft("b", "requires")] },
    });
    const resolution = resolutionOf(solveProblem(problem, answerFrom(packages)));
    expect(resolution.packages.map(({ name, version }) => `${name} ${version.text}`)).toEqual(["a 3", "b 2"]);
    expect(resolution.dropped).toEqual([0]);
  });
});

describe("the answer", () => {
  const packages: ScenarioPackages = {
    a: { versions: { "1.0": { requires: ["b[x]>=1; python_version >= '3.8'"], wheel_tags: ["py3-none-any"] } } },
    b: {
      versions: { "1.0": { extras: { x: ["c"] }, wheel_tags: ["cp312-cp312-manylinux_2_17_x86_64", "py3-none-any"] } },
    },
    c: { versions: { "1.0": { wheel: false } } },
  };

  test("says which file is installed, which extras are active, and who asked", () => {
    const { packages: found } = resolutionOf(solveProblem(problemOf({ requires: ["a"] }), answerFrom(packages)));
    expect(
      found.map(({ name, file, extras, direct, requiredBy }) => ({
        name,
        file: file?.filename,
        extras,
        direct,
        requiredBy: requiredBy.map(({ by, requirement, origin }) => [
          by?.name ?? origin?.line,
          by?.extra ?? null,
          requirement.text,
        ]),
      })),
    ).toEqual([
      { name: "a", file: "a-1.0-py3-none-any.whl", extras: [], direct: true, requiredBy: [[1, null, "a"]] },
      {
        name: "b",
        file: "b-1.0-cp312-cp312-manylinux_2_17_x86_64.whl",
        extras: ["x"],
        direct: false,
        requiredBy: [["a", null, "b[x]>=1; python_version >= '3.8'"]],
      },
      { name: "c", file: "c-1.0.tar.gz", extras: [], direct: false, requiredBy: [["b", "x", 'c ; extra == "x"']] },
    ]);
    expect(found[1]?.files).toHaveLength(3);
  });

  test("names files without a date under a cutoff, or does without them", () => {
    const dated: ScenarioPackages = { a: { versions: { "2.0": {}, "1.0": { uploaded: "2020-01-01T00:00:00Z" } } } };
    const cutoff = (undated: "keep" | "drop") => ({ general: Date.parse("2024-01-01"), byName: new Map(), undated });
    const kept = solveProblem(problemOf({ requires: ["a"], options: { cutoff: cutoff("keep") } }), answerFrom(dated));
    expect(summaryOf(kept)).toEqual({ a: "2.0" });
    expect(resolutionOf(kept).undated.map(({ filename }) => filename)).toEqual([
      "a-2.0-py3-none-any.whl",
      "a-2.0.tar.gz",
    ]);
    const dropped = solveProblem(
      problemOf({ requires: ["a"], options: { cutoff: cutoff("drop") } }),
      answerFrom(dated),
    );
    expect(summaryOf(dropped)).toEqual({ a: "1.0" });
    expect(resolutionOf(dropped).undated).toEqual([]);
  });

  test("a cutoff of its own takes the place of the general one", () => {
    const packages: ScenarioPackages = {
      a: { versions: { "2.0": { uploaded: "2024-06-01T00:00:00Z" }, "1.0": { uploaded: "2020-01-01T00:00:00Z" } } },
      b: { versions: { "2.0": { uploaded: "2024-06-01T00:00:00Z" }, "1.0": { uploaded: "2020-01-01T00:00:00Z" } } },
    };
    const cutoff = { general: Date.parse("2024-01-01"), byName: new Map([["b", null]]), undated: "keep" as const };
    const outcome = solveProblem(problemOf({ requires: ["a", "b"], options: { cutoff } }), answerFrom(packages));
    expect(summaryOf(outcome)).toEqual({ a: "1.0", b: "2.0" });
  });

  test("an upper bound of Requires-Python counts where the profile says so", () => {
    const packages: ScenarioPackages = { a: { versions: { "2.0": { requires_python: "<3.10" }, "1.0": {} } } };
    const solve = (pythonUpperBounds: "ignore" | "respect") =>
      summaryOf(solveProblem(problemOf({ requires: ["a"], options: { pythonUpperBounds } }), answerFrom(packages)));
    expect(solve("ignore")).toEqual({ a: "2.0" });
    expect(solve("respect")).toEqual({ a: "1.0" });
  });

  test("a requirement that is tied to a source asks that source", () => {
    const [root] = rootsOf(["a"]);
    if (root === undefined) throw new Error("no root");
    const asked: (string | null)[] = [];
    const problem = { ...problemOf({ requires: [] }), requirements: [{ ...root, source: "jax" }] };
    finish(createPypiSolve(problem), (question) => {
      asked.push(question.source);
      return answerFrom({ a: versions("1.0") })(question);
    });
    expect(asked).toEqual(["jax", "jax"]);
  });
});

describe("questions", () => {
  const packages: ScenarioPackages = {
    a: { versions: { "2.0": { requires: ["b", "c"] }, "1.0": {} } },
    b: { versions: { "2.0": { requires: ["d"] }, "1.0": {} } },
    c: { versions: { "1.0": { requires: ["d<2"] } } },
    d: versions("1.0", "2.0"),
    e: versions("1.0"),
  };

  test("go out in waves, one for each level of the graph and kind of answer", () => {
    const waves: string[][] = [];
    let replies: readonly PypiReply[] = [];
    const solve = createPypiSolve(problemOf({ requires: ["a", "e"] }));
    for (;;) {
      const outcome = solve.step(replies);
      if (outcome.kind !== "needs") break;
      waves.push(outcome.questions.map(({ kind, name }) => `${kind} ${name}`).sort());
      replies = outcome.questions.map(answerFrom(packages));
    }
    expect(waves).toEqual([
      ["listing a", "listing e"],
      ["metadata a", "metadata e"],
      ["listing b", "listing c"],
      ["metadata b", "metadata c"],
      ["listing d"],
      ["metadata d"],
    ]);
  });

  test("the answer does not depend on the order of the replies or on what else is known", () => {
    const problem = problemOf({ requires: ["a", "e"] });
    const plain = finish(createPypiSolve(problem), answerFrom(packages)).outcome;
    const backwards = createPypiSolve(problem);
    let replies: readonly PypiReply[] = [];
    let outcome = backwards.step(replies);
    while (outcome.kind === "needs") {
      replies = outcome.questions.map(answerFrom(packages)).reverse();
      outcome = backwards.step(replies);
    }
    expect(resolutionOf(outcome).effort).toEqual(resolutionOf(plain).effort);
    expect(summaryOf(outcome as never)).toEqual(summaryOf(plain as never));

    const knowledge = new PypiKnowledge();
    finish(createPypiSolve(problemOf({ requires: ["a<2", "b", "c", "d<2"] }), knowledge), answerFrom(packages));
    const informed = finish(createPypiSolve(problem, knowledge), answerFrom(packages));
    expect(resolutionOf(informed.outcome).effort).toEqual(resolutionOf(plain).effort);
    expect(informed.rounds).toBeLessThan(6);
  });

  test("each is asked once", () => {
    const asked: string[] = [];
    finish(createPypiSolve(problemOf({ requires: ["a", "e"] })), (question) => {
      asked.push(`${question.kind} ${question.name} ${question.kind === "metadata" ? question.version : ""}`);
      return answerFrom(packages)(question);
    });
    expect(new Set(asked).size).toBe(asked.length);
  });
});

describe("an index that does not answer", () => {
  const packages: ScenarioPackages = {
    a: { versions: { "2.0": { requires: ["b"] }, "1.0": {} } },
    b: versions("1.0"),
  };
  const failing =
    (kind: "unreachable" | "needs-build", matches: (question: PypiQuestion) => boolean) =>
    (question: PypiQuestion): PypiReply => {
      if (!matches(question)) return answerFrom(packages)(question);
      const problem = { kind, url: "https://index.example", message: `https://index.example: ${kind}` };
      return question.kind === "listing" ? { question, answer: { problem } } : { question, answer: { problem } };
    };

  test("ends the solve with its problem instead of choosing something older", () => {
    const outcome = solveProblem(
      problemOf({ requires: ["a"] }),
      failing("unreachable", ({ name }) => name === "b"),
    );
    if (outcome.kind !== "conflict") throw new Error(outcome.kind);
    expect(outcome.conflict.incompatibility).toBeNull();
    expect(outcome.conflict.explanation.text).toBe("https://index.example: unreachable");
    expect(outcome.conflict.explanation.facts).toMatchObject([{ kind: "index-problem", name: "b" }]);
  });

  test("does no harm where the answer is not needed", () => {
    const outcome = solveProblem(
      problemOf({ requires: ["a<2"] }),
      failing("unreachable", ({ name }) => name === "b"),
    );
    expect(summaryOf(outcome)).toEqual({ a: "1.0" });
  });

  test("a release that would have to be built is passed over, and the reason is kept", () => {
    const needsBuild = failing("needs-build", (question) => question.kind === "metadata" && question.version === "2.0");
    expect(summaryOf(solveProblem(problemOf({ requires: ["a"] }), needsBuild))).toEqual({ a: "1.0" });
    expect(summaryOf(solveProblem(problemOf({ requires: ["a>=2"] }), needsBuild))).toBe(
      "Because a 2.0 cannot be used: https://index.example: needs-build and you require a>=2 (requirements.txt:1), the requirements cannot be met together.",
    );
  });
});
