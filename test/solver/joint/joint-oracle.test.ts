/** Random small environments against a solver that tries every set of records and releases. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { memoryChannel, type WrittenRecord } from "../../support/conda-memory.ts";
import { jointProblem, jointSummary, sameNames, solveJoint } from "../../support/joint-solve.ts";
import { answerFrom, type ScenarioPackages, type ScenarioVersion } from "../../support/scenario-index.ts";
import { answersOf, breachesOfJoint, type SmallEnvironment } from "../../oracle/joint-brute-force.ts";

const runs = Number(process.env["RELOCK_ORACLE_RUNS"] ?? "700");

/** `conda0` provides `p0`, `conda1` provides `p1`; `conda2` provides both, `conda3` nothing. */
const NAMES = sameNames({ conda0: ["p0"], conda1: ["p1"], conda2: ["p0", "p1"], conda3: [], python: [] });
const PROVIDES: Readonly<Record<string, readonly string[]>> = {
  conda0: ["p0"],
  conda1: ["p1"],
  conda2: ["p0", "p1"],
};

const PYTHONS = ["3.12.0", "3.11.0", "3.10.0"];
const CONDA = ["conda0", "conda1", "conda2", "conda3"];
const PYPI = ["p0", "p1", "p2"];
const VERSIONS = ["2.0", "1.0"];

const condaSpec = fc.oneof(
  fc.constantFrom("python", "python <3.12", "python >=3.12", "python <3.11"),
  fc.tuple(fc.constantFrom(...CONDA), fc.constantFrom("", " ==1.0", " ==2.0", " >=2")).map((parts) => parts.join("")),
);
const constraint = fc
  .tuple(fc.constantFrom(...CONDA), fc.constantFrom(" ==1.0", " ==2.0"))
  .map((parts) => parts.join(""));
const record = fc.record({
  depends: fc.array(condaSpec, { maxLength: 2 }),
  constrains: fc.array(constraint, { maxLength: 1 }),
});
const requirement = fc
  .tuple(
    fc.constantFrom(...PYPI),
    fc.constantFrom("", "", "[x]"),
    fc.constantFrom("", "==1.0", ">=2", "<2"),
    fc.constantFrom("", "", "", "; python_version < '3.12'", "; python_version >= '3.11'"),
  )
  .map((parts) => parts.join(""));
const release: fc.Arbitrary<ScenarioVersion> = fc
  .record({
    requires: fc.array(requirement, { maxLength: 2 }),
    python: fc.constantFrom(null, null, ">=3.11", "<3.12"),
    unlisted_python: fc.boolean(),
    tags: fc.constantFrom(null, null, ["cp310-cp310-manylinux_2_17_x86_64"], ["cp312-none-any", "cp311-none-any"]),
    extra: fc.array(requirement, { maxLength: 1 }),
  })
  .map(({ requires, python, unlisted_python, tags, extra }) => ({
    requires,
    unlisted_python,
    extras: { x: extra },
    ...(python === null ? {} : { requires_python: python }),
    ...(tags === null ? {} : { wheel_tags: tags, sdist: false }),
  }));

const mixed: fc.Arbitrary<SmallEnvironment> = fc.record({
  specs: fc.array(condaSpec, { minLength: 1, maxLength: 3 }),
  requirements: fc.array(requirement, { maxLength: 2 }),
  records: fc.dictionary(fc.constantFrom(...CONDA), fc.array(record, { minLength: 1, maxLength: 2 })),
  releases: fc.dictionary(fc.constantFrom(...PYPI), fc.array(release, { minLength: 1, maxLength: 2 })),
});

/** Pip needs what conda alone has and the problem does not ask for: the way in which it could be pulled in. */
const fullRecords = fc.array(record, { minLength: 2, maxLength: 2 });
const wishing: fc.Arbitrary<SmallEnvironment> = fc.record({
  specs: fc.constantFrom(["python", "conda3"], ["python", "conda3", "conda1"], ["conda3"]),
  requirements: fc.constantFrom(["p0"], ["p0<2"], ["p1", "p0"]),
  records: fc.record({ conda0: fullRecords, conda1: fullRecords, conda2: fullRecords, conda3: fullRecords }),
  releases: fc.constant({}),
});

const environment = fc.oneof(mixed, wishing);

/** What the environment has, in the forms that solves are given. */
function worldOf({ records, releases }: SmallEnvironment): {
  readonly written: readonly WrittenRecord[];
  readonly packages: ScenarioPackages;
} {
  const written = Object.entries(records).flatMap(([name, list]) =>
    list.map((each, index) => ({ name, version: VERSIONS[index] ?? "", ...each })),
  );
  const packages = Object.fromEntries(
    Object.entries(releases).map(([name, list]) => [
      name,
      { versions: Object.fromEntries(list.map((each, index) => [VERSIONS[index] ?? "", each])) },
    ]),
  );
  const pythons = PYTHONS.map((version) => ({ name: "python", version }));
  return { written: [...pythons, ...written], packages };
}

describe("against a solver that tries everything", () => {
  test("there is an answer exactly where one exists, and it breaks no rule", () => {
    const kinds = { solved: 0, conflict: 0 };
    const check = (small: SmallEnvironment): void => {
      const { written, packages } = worldOf(small);
      const world = { records: written, packages, provides: PROVIDES };
      const { outcome } = solveJoint(
        jointProblem({ conda: small.specs, pypi: small.requirements, names: NAMES, virtualPackages: [] }),
        { channels: [memoryChannel("main", written)], pypi: answerFrom(packages) },
      );
      const possible = answersOf(small, world);
      expect([outcome.kind, jointSummary(outcome)]).toEqual([possible ? "solved" : "conflict", expect.anything()]);
      if (outcome.kind === "solved") {
        kinds.solved += 1;
        const { conda, pypi } = outcome.resolution;
        const chosen = {
          conda: conda.packages,
          pypi: pypi.packages.map(({ name, version }) => ({ name, version: version.text })),
        };
        expect(breachesOfJoint(small, world, chosen)).toEqual([]);
      } else kinds.conflict += 1;
    };
    fc.assert(fc.property(environment, check), { numRuns: runs, seed: 5 });
    expect(Math.min(kinds.solved, kinds.conflict)).toBeGreaterThan(runs / 10);
  });
});
