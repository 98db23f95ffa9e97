/** A small repository with an environment.yml and its conda-lock.yml, for a CPU, a Mac and a machine with CUDA. */
import { describe, expect, test } from "@jest/globals";
import type { Proposal } from "#planning/proposal.ts";
import { conda, emptyLock, lockedConda, merged, proposeConda, type WrittenConda } from "../../support/small-conda.ts";
import { groups, textOf, YOUNG } from "../../support/small-repository.ts";

const PLATFORMS = ["linux-64", "osx-arm64"];

function python(version: string): WrittenConda {
  return conda(`python ${version} 0_cpython`, ["zlib"], { platforms: PLATFORMS });
}

function forPython(name: string, version: string, minors: readonly string[], depends: readonly string[] = []) {
  return minors.map((minor) => {
    const [, next = 0] = minor.split(".").map(Number);
    return conda(`${name} ${version} py3${next}_0`, [`python >=${minor},<3.${next + 1}.0a0`, ...depends], {
      platforms: PLATFORMS,
    });
  });
}

const ENVIRONMENT = [
  "name: lab",
  "channels:",
  "  - conda-forge",
  "dependencies:",
  "  - python=3.10",
  "  - numpy >=1.24,<2  # arrays",
  "  - xarray=2023.1",
  "  - conda-forge::scipy==1.10.0",
  "  - tqdm",
  "platforms:",
  "  - linux-64",
  "  - osx-arm64",
  "",
].join("\n");

const FIRST: readonly WrittenConda[] = [
  python("3.10.8"),
  conda("zlib 1.2.13 0", [], { platforms: PLATFORMS }),
  ...forPython("numpy", "1.24.1", ["3.10"]),
  ...forPython("scipy", "1.10.0", ["3.10"], ["numpy >=1.20"]),
  conda("xarray 2023.1.0 pyhd8ed1ab_0", ["python >=3.8", "numpy"]),
  conda("tqdm 4.64.1 pyhd8ed1ab_0", ["python >=3.7"]),
];

const FILES = { "environment.yml": ENVIRONMENT, "conda-lock.yml": emptyLock(PLATFORMS, ["environment.yml"]) };

describe("the weekly run", () => {
  test("nothing new proposes nothing", async () => {
    const proposal = await proposeConda(await lockedConda(FILES, { conda: FIRST }), { conda: FIRST });
    expect([proposal.pullRequests, proposal.held]).toEqual([[], []]);
  });

  test("pins move in their own style, with the lock, and a second run changes nothing", async () => {
    const later = [
      ...FIRST,
      python("3.10.12"),
      ...forPython("numpy", "1.26.4", ["3.10"]),
      ...forPython("scipy", "1.11.2", ["3.10"], ["numpy >=1.21.6"]),
      conda("xarray 2024.2.0 pyhd8ed1ab_0", ["python >=3.9", "numpy"]),
      conda("tqdm 5.0.0 pyhd8ed1ab_0", ["python >=3.7"]),
    ];
    const snapshot = await lockedConda(FILES, { conda: FIRST });
    const proposal = await proposeConda(snapshot, { conda: later });
    expect(groups(proposal)).toEqual(["python-dependencies"]);
    const [pull] = proposal.pullRequests;
    expect(pull?.edits.map(({ file }) => file).sort()).toEqual(["conda-lock.yml", "environment.yml"]);
    expect(textOf(proposal, "python-dependencies", "environment.yml")).toBe(
      ENVIRONMENT.replace("xarray=2023.1", "xarray=2024.2").replace("scipy==1.10.0", "scipy==1.11.2"),
    );
    expect(
      pull?.changes.map(({ name, from, to, direct, reason, targets }) => [
        name,
        from,
        to,
        direct,
        reason,
        targets.length,
      ]),
    ).toEqual([
      ["numpy", "1.24.1", "1.26.4", true, "new version", 2],
      ["python", "3.10.8", "3.10.12", true, "new version", 2],
      ["scipy", "1.10.0", "1.11.2", true, "new version", 2],
      ["tqdm", "4.64.1", "5.0.0", true, "new version", 2],
      ["xarray", "2023.1.0", "2024.2.0", true, "new version", 2],
    ]);
    const again = await proposeConda(merged(snapshot, proposal, "python-dependencies"), { conda: later });
    expect(again.pullRequests).toEqual([]);
  });

  test("the body names what each target assumes, what moves why, and how to do it by hand", async () => {
    const later = [...FIRST, conda("tqdm 4.65.0 pyhd8ed1ab_0", ["python >=3.7"], { size: 3_500 })];
    const proposal = await proposeConda(await lockedConda(FILES, { conda: FIRST }), { conda: later });
    const body = proposal.pullRequests[0]?.body ?? "";
    expect(body).toContain("| `tqdm` | `4.64.1` → `4.65.0` |");
    expect(body).toContain("| all | new version |");
    expect(body).toMatch(/\| `linux-64` \| 3\.10\.8 \| ✅ solved \| 1 \| \+2\.5 kB \| .*`__glibc=2\.\d+`.* \|/u);
    expect(body).toContain("`conda-lock lock -f environment.yml --lockfile conda-lock.yml`");
  });

  test("a file that is too young is held by the cooldown", async () => {
    const later = [...FIRST, conda("tqdm 4.65.0 pyhd8ed1ab_0", ["python >=3.7"], { time: YOUNG })];
    const proposal = await proposeConda(await lockedConda(FILES, { conda: FIRST }), { conda: later });
    expect(proposal.pullRequests).toEqual([]);
    expect(proposal.held).toMatchObject([{ name: "tqdm", wanted: "4.65.0", holder: "cooldown" }]);
  });

  test("a hold of the configuration holds conda packages", async () => {
    const later = [...FIRST, conda("tqdm 4.65.0 pyhd8ed1ab_0", ["python >=3.7"])];
    const files = { ...FILES, ".github/relock.yml": "hold:\n  tqdm: current\n" };
    const proposal = await proposeConda(await lockedConda(files, { conda: FIRST }), { conda: later });
    expect(proposal.pullRequests).toEqual([]);
    expect(proposal.held).toMatchObject([{ name: "tqdm", wanted: "4.65.0", holder: ".github/relock.yml:2" }]);
  });

  test("a comment that asks to keep a pin keeps it", async () => {
    const files = {
      ...FILES,
      "environment.yml": ENVIRONMENT.replace("xarray=2023.1", "xarray=2023.1  # 2024 breaks us"),
    };
    const later = [...FIRST, conda("xarray 2024.2.0 pyhd8ed1ab_0", ["python >=3.9", "numpy"])];
    const proposal = await proposeConda(await lockedConda(files, { conda: FIRST }), { conda: later });
    expect(proposal.pullRequests).toEqual([]);
    expect(proposal.held).toMatchObject([{ name: "xarray", wanted: "2024.2.0", holder: "environment.yml:7" }]);
  });

  test("a release that one platform lacks is not taken for the others either, and who holds it is told", async () => {
    const linuxOnly = conda("scipy 1.11.2 py310_0", ["python >=3.10,<3.11.0a0"], { platforms: ["linux-64"] });
    const later = [...FIRST, ...forPython("scipy", "1.10.1", ["3.10"]), linuxOnly];
    const proposal = await proposeConda(await lockedConda(FILES, { conda: FIRST }), { conda: later });
    expect(textOf(proposal, "python-dependencies", "environment.yml")).toContain("scipy==1.10.1");
    expect(proposal.pullRequests[0]?.changes.map(({ name, to }) => [name, to])).toEqual([["scipy", "1.10.1"]]);
    expect(proposal.held).toMatchObject([{ name: "scipy", wanted: "1.11.2" }]);
  });

  test("a constraint that a person changed is told apart from one that we raised", async () => {
    const later = [...FIRST, conda("xarray 2024.2.0 pyhd8ed1ab_0", ["python >=3.9", "numpy"])];
    const snapshot = await lockedConda(FILES, { conda: FIRST });
    const text = ENVIRONMENT.replace("xarray=2023.1", "xarray=2024.2");
    const edited = merged(snapshot, replaced("environment.yml", text), "edit");
    const proposal = await proposeConda(edited, { conda: later });
    expect(proposal.pullRequests[0]?.changes.map(({ name, reason }) => [name, reason])).toEqual([
      ["xarray", "constraint changed"],
    ]);
    expect(proposal.pullRequests[0]?.edits.map(({ file }) => file)).toEqual(["conda-lock.yml"]);
  });

  test("a Python that a person moved is taken up by the lock", async () => {
    const later = [
      ...FIRST,
      python("3.11.4"),
      ...forPython("numpy", "1.24.1", ["3.11"]),
      ...forPython("scipy", "1.10.0", ["3.11"], ["numpy >=1.20"]),
    ];
    const snapshot = await lockedConda(FILES, { conda: FIRST });
    const text = ENVIRONMENT.replace("python=3.10", "python=3.11");
    const proposal = await proposeConda(merged(snapshot, replaced("environment.yml", text), "edit"), { conda: later });
    expect(groups(proposal)).toEqual(["python-dependencies"]);
    expect(proposal.pullRequests[0]?.changes.map(({ name, reason }) => [name, reason])).toEqual([
      ["numpy", "new build"],
      ["python", "constraint changed"],
      ["scipy", "new build"],
    ]);
  });

  test("a transitive file that left its channel is replaced, and the reason is told", async () => {
    const gone = FIRST.filter(({ name }) => name !== "zlib");
    const later = [...gone, conda("zlib 1.2.13 1", [], { platforms: PLATFORMS })];
    const proposal = await proposeConda(await lockedConda(FILES, { conda: FIRST }), { conda: later });
    expect(proposal.pullRequests[0]?.changes.map(({ name, direct, reason }) => [name, direct, reason])).toEqual([
      ["zlib", false, "package removed from the channel"],
    ]);
  });
});

/** A proposal that only replaces a file. */
function replaced(file: string, text: string): Proposal {
  const edit = { file, content: new Uint8Array(Buffer.from(text)) };
  const pull = { group: "edit", branch: "", title: "", body: "", edits: [edit], changes: [] };
  return { pullRequests: [pull], held: [], findings: [] };
}

describe("what moves apart", () => {
  const numpy2 = forPython("numpy", "2.1.0", ["3.10"]);

  test("a major has a pull request of its own; the range keeps its shape", async () => {
    const later = [...FIRST, ...numpy2];
    const proposal = await proposeConda(await lockedConda(FILES, { conda: FIRST }), { conda: later });
    expect(groups(proposal)).toEqual(["major-numpy"]);
    expect(textOf(proposal, "major-numpy", "environment.yml")).toContain("  - numpy >=2.1,<3  # arrays\n");
  });

  test("a major that one platform cannot have is not proposed, and the holder is named", async () => {
    const scipy = FIRST.filter(({ name }) => name !== "scipy");
    const strict = [...scipy, ...forPython("scipy", "1.10.0", ["3.10"], ["numpy >=1.20,<2.0a0"])];
    const proposal = await proposeConda(await lockedConda(FILES, { conda: strict }), { conda: [...strict, ...numpy2] });
    expect(proposal.pullRequests).toEqual([]);
    expect(proposal.held).toMatchObject([
      { name: "numpy", wanted: ">=2", holder: "scipy 1.10.0", targets: ["linux-64"] },
    ]);
  });

  const withPython311 = [
    ...FIRST,
    python("3.11.4"),
    ...forPython("numpy", "1.24.1", ["3.11"]),
    ...forPython("scipy", "1.10.0", ["3.11"], ["numpy >=1.20"]),
  ];

  test("Python's minor has a pull request of its own, with every package built for it", async () => {
    const proposal = await proposeConda(await lockedConda(FILES, { conda: FIRST }), { conda: withPython311 });
    expect(groups(proposal)).toEqual(["python"]);
    expect(textOf(proposal, "python", "environment.yml")).toBe(ENVIRONMENT.replace("python=3.10", "python=3.11"));
    expect(proposal.pullRequests[0]?.changes.map(({ name, reason }) => [name, reason])).toEqual([
      ["numpy", "new build"],
      ["python", "new version"],
      ["scipy", "new build"],
    ]);
  });

  test("a Python that one platform lacks a build for is not proposed, and the holder is named", async () => {
    const linux = withPython311.map((one) =>
      one.name === "scipy" && one.build === "py311_0" ? { ...one, platforms: ["linux-64"] } : one,
    );
    const proposal = await proposeConda(await lockedConda(FILES, { conda: FIRST }), { conda: linux });
    expect(proposal.pullRequests).toEqual([]);
    expect(proposal.held).toMatchObject([
      { name: "python", wanted: ">=3.11", holder: "scipy 1.10.0", targets: ["osx-arm64"] },
    ]);
  });

  test.each([
    ["pyproject.toml", '[project]\nname = "p"\nversion = "1"\nrequires-python = ">=3.9,<3.11"\n', "pyproject.toml:4"],
    [
      ".github/workflows/test.yml",
      'on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/setup-python@v5\n        with:\n          python-version: "3.10"\n',
      ".github/workflows/test.yml:8",
    ],
  ])("%s holds Python", async (file, text, holder) => {
    const files = { ...FILES, [file]: text };
    const proposal = await proposeConda(await lockedConda(files, { conda: FIRST }), { conda: withPython311 });
    expect(proposal.pullRequests).toEqual([]);
    expect(proposal.held).toMatchObject([{ name: "python", wanted: "3.11.4", holder }]);
  });
});

describe("by configuration", () => {
  const later = [
    ...FIRST,
    ...forPython("numpy", "1.26.4", ["3.10"]),
    conda("xarray 2024.2.0 pyhd8ed1ab_0", ["python >=3.9", "numpy"]),
    conda("tqdm 4.65.0 pyhd8ed1ab_0", ["python >=3.7"]),
  ];
  const moves = (proposal: Proposal): unknown =>
    proposal.pullRequests.map(({ group, changes }) => [group, ...changes.map(({ name }) => name)]);

  test("a group moves by itself, names without a version in it too", async () => {
    const files = { ...FILES, ".github/relock.yml": "groups:\n  small: [tqdm, xarray]\n" };
    const proposal = await proposeConda(await lockedConda(files, { conda: FIRST }), { conda: later });
    expect(moves(proposal)).toEqual([
      ["python-dependencies", "numpy"],
      ["small", "tqdm", "xarray"],
    ]);
  });

  test("a library's constraints change only where they keep the new version out", async () => {
    const files = { ...FILES, ".github/relock.yml": "strategy: library\n" };
    const proposal = await proposeConda(await lockedConda(files, { conda: FIRST }), { conda: later });
    expect(textOf(proposal, "python-dependencies", "environment.yml")).toBe(
      ENVIRONMENT.replace("xarray=2023.1", "xarray=2024.2"),
    );
  });

  test("a target of the configuration that has no lock is no reason to leave the others", async () => {
    const files = { ...FILES, ".github/relock.yml": "targets: [linux-64]\n" };
    const proposal = await proposeConda(await lockedConda(files, { conda: FIRST }), { conda: later });
    expect(moves(proposal)).toEqual([["python-dependencies", "numpy", "tqdm", "xarray"]]);
  });
});

describe("on request", () => {
  test("/relock NAME moves it alone, and NAME==VERSION to that version", async () => {
    const later = [
      ...FIRST,
      conda("tqdm 4.65.0 pyhd8ed1ab_0", ["python >=3.7"]),
      conda("tqdm 4.66.0 pyhd8ed1ab_0", ["python >=3.7"]),
      conda("zlib 1.2.14 0", [], { platforms: PLATFORMS }),
    ];
    const snapshot = await lockedConda(FILES, { conda: FIRST });
    const ask = async (name: string, version: string | null) => {
      const proposal = await proposeConda(
        snapshot,
        { conda: later },
        { kind: "packages", packages: [{ name, version }] },
      );
      return proposal.pullRequests.map(({ group, changes }) => [
        group,
        ...changes.map((one) => `${one.name} ${one.to}`),
      ]);
    };
    expect(await ask("tqdm", null)).toEqual([["update-tqdm", "tqdm 4.66.0"]]);
    expect(await ask("tqdm", "4.65.0")).toEqual([["update-tqdm", "tqdm 4.65.0"]]);
    expect(await ask("zlib", null)).toEqual([["update-zlib", "zlib 1.2.14"]]);
    expect(await ask("unheard-of", null)).toEqual([]);
  });

  test("a version that cannot be had is held, with the reason", async () => {
    const snapshot = await lockedConda(FILES, { conda: FIRST });
    const request = { kind: "packages", packages: [{ name: "tqdm", version: "9.9" }] } as const;
    const proposal = await proposeConda(snapshot, { conda: FIRST }, request);
    expect(proposal.pullRequests).toEqual([]);
    expect(proposal.held).toMatchObject([{ name: "tqdm", wanted: "==9.9" }]);
  });
});
