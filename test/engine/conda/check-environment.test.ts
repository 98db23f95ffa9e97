/** `relock check` on environments without a lock: solved for every target. */
import { describe, expect, test } from "@jest/globals";
import { checkFiles, condaContext, environmentYml, type CondaWorld } from "../../support/conda-project.ts";

const WORLD: CondaWorld = {
  channels: {
    "conda-forge": [
      { name: "a", version: "1.0", subdir: "noarch", depends: ["b"] },
      { name: "b", version: "1.0", subdir: "linux-64" },
      { name: "b", version: "1.0", subdir: "osx-arm64" },
      { name: "c", version: "1.0", subdir: "noarch" },
    ],
  },
};

describe("an environment without a lock", () => {
  test("that can be installed everywhere has no findings", async () => {
    const report = await checkFiles(condaContext(WORLD), { "environment.yml": environmentYml(["c"]) });
    expect(report).toMatchObject({ ok: true, findings: [], checked: [{ project: "environment.yml", result: "ok" }] });
  });

  test("names the target that it cannot be installed on, and the line", async () => {
    const report = await checkFiles(condaContext(WORLD), { "environment.yml": environmentYml(["c", "a"]) });
    expect(report.findings).toMatchObject([
      { code: "unsatisfiable", severity: "error", file: "environment.yml", line: 6, targets: ["osx-64"] },
    ]);
    expect(report.findings[0]?.message).toContain("cannot be installed on osx-64: ");
    expect(report.checked).toMatchObject([{ result: "failed" }]);
  });

  test("says once what several targets have in common, without the folders of their channels", async () => {
    const of = (subdir: string) => [
      { name: "d", version: "1.0", subdir, depends: ["e >=2"] },
      { name: "e", version: "1.0", subdir },
    ];
    const channels = { "conda-forge": [...of("linux-64"), ...of("osx-64"), ...of("osx-arm64")] };
    const report = await checkFiles(condaContext({ channels }), { "environment.yml": environmentYml(["d"]) });
    expect(report.findings).toHaveLength(1);
    expect(report.findings[0]).toMatchObject({ targets: [] });
    expect(report.findings[0]?.message).toContain("cannot be installed on any target: ");
    expect(report.findings[0]?.message).not.toContain("/this target");
  });

  test("is not judged where its channel is out of reach", async () => {
    const report = await checkFiles(condaContext({ channels: {} }), { "environment.yml": environmentYml(["a"]) });
    expect(report.findings.map(({ code }) => code)).toEqual(["index-unreachable"]);
    expect(report.checked).toMatchObject([{ result: "not-checked" }]);
  });

  test("has its pip section solved with it", async () => {
    const world = { ...WORLD, releases: [{ name: "x", version: "1.0", requiresPython: "<3.12" }] };
    const python = ["3.11.8", "3.12.2"].map((version) => ({ name: "python", version, subdir: "noarch" }));
    const channels = {
      "conda-forge": [
        ...(world.channels["conda-forge"] ?? []),
        ...python,
        { name: "pip", version: "24", subdir: "noarch", depends: ["python"] },
      ],
    };
    const manifest = (pin: string): string => environmentYml(["c", pin, "pip:\n    - x"]);
    const free = await checkFiles(condaContext({ ...world, channels }), { "environment.yml": manifest("python") });
    expect(free.findings).toEqual([]);
    const tied = await checkFiles(condaContext({ ...world, channels }), {
      "environment.yml": manifest("python =3.12"),
    });
    expect(tied.findings).toMatchObject([{ code: "unsatisfiable", file: "environment.yml", targets: [] }]);
  });
});
