import { describe, expect, test } from "@jest/globals";
import type { CondaQuestion } from "#solver/conda/questions.ts";
import { createCondaSolve } from "#solver/conda/solve-conda.ts";
import type { WrittenRecord } from "../../support/conda-memory.ts";
import { memoryChannel } from "../../support/conda-memory.ts";
import { condaProblem, solveConda, type SolveRequest } from "../../support/conda-solve.ts";

/** `name=version=build` of the answer, or the explanation. */
function answer(
  specs: readonly string[],
  channels: Readonly<Record<string, readonly WrittenRecord[]>>,
  request: SolveRequest = {},
): readonly string[] | string {
  const list = Object.entries(channels).map(([name, records]) => memoryChannel(name, records));
  const outcome = solveConda(condaProblem(specs, request), list);
  if (outcome.kind === "conflict") return outcome.explanation.text;
  if (outcome.kind !== "solved") return outcome.kind;
  return outcome.resolution.packages.map(({ name, version, build }) => `${name}=${version}=${build}`);
}

describe("the order of candidates", () => {
  const day = (timestampMs: number): { readonly timestampMs: number } => ({ timestampMs });

  test("features last, then the version, then the build number, then the date", () => {
    const records = [
      { name: "a", version: "3.0", build: "featured", trackFeatures: ["x"] },
      { name: "a", version: "2.0", build: "low", buildNumber: 1, ...day(9) },
      { name: "a", version: "2.0", build: "undated", buildNumber: 2 },
      { name: "a", version: "2.0", build: "new", buildNumber: 2, ...day(5) },
      { name: "a", version: "2.0", build: "old", buildNumber: 2, ...day(4) },
      { name: "a", version: "1.0", build: "older version", buildNumber: 9, ...day(9) },
    ];
    const order: string[] = [];
    for (let left = records; left.length > 0;) {
      const [chosen = ""] = answer(["a"], { main: left });
      order.push(chosen);
      left = left.filter(({ name, version, build }) => `${name}=${version}=${build}` !== chosen);
    }
    expect(order).toEqual([
      "a=2.0=new",
      "a=2.0=old",
      "a=2.0=undated",
      "a=2.0=low",
      "a=1.0=older version",
      "a=3.0=featured",
    ]);
  });

  test.each([[[]], [["dep"]]])(
    "of equal builds the one with the newer dependency wins, whatever the dates (%j)",
    (more) => {
      const records = [
        { name: "a", version: "1.0", build: "A", depends: ["dep 24.*", ...more], ...day(9) },
        { name: "a", version: "1.0", build: "B", depends: ["dep 26.*", ...more], ...day(1) },
        { name: "dep", version: "24.0" },
        { name: "dep", version: "26.0" },
      ];
      expect(answer(["a"], { main: records })).toEqual(["a=1.0=B", "dep=26.0=0"]);
      expect(answer(["a"], { main: records }, { options: { order: "lowest" } })).toEqual(["a=1.0=A", "dep=24.0=0"]);
    },
  );

  test("a dependency that is newer than the cutoff makes no build better", () => {
    const records = [
      { name: "a", version: "1.0", build: "A", depends: ["dep 24.*"], ...day(9) },
      { name: "a", version: "1.0", build: "B", depends: ["dep >=24"], ...day(1) },
      { name: "dep", version: "24.0", ...day(1) },
      { name: "dep", version: "26.0", ...day(50) },
    ];
    const cutoff = { general: 20, byName: new Map(), undated: "keep" as const };
    expect(answer(["a"], { main: records }, { options: { cutoff } })).toEqual(["a=1.0=A", "dep=24.0=0"]);
  });

  test("lowest takes the oldest of all, lowest-direct of what is asked for", () => {
    const records = ["1.0", "2.0"].flatMap((version) => [
      { name: "a", version, depends: ["b"] },
      { name: "b", version },
    ]);
    expect(answer(["a"], { main: records }, { options: { order: "lowest" } })).toEqual(["a=1.0=0", "b=1.0=0"]);
    expect(answer(["a"], { main: records }, { options: { order: "lowest-direct" } })).toEqual(["a=1.0=0", "b=2.0=0"]);
  });

  test("what is new gives way to what the lock has, and what has to move keeps its version where it can", () => {
    const records = [
      { name: "base", version: "1.0" },
      { name: "base", version: "2.0" },
      { name: "kept", version: "1.0", depends: ["base"] },
      { name: "fresh", version: "1.0", depends: ["base"] },
      { name: "fresh", version: "2.0", depends: ["base >=2"] },
      { name: "moved", version: "1.0", build: "py1", depends: ["python 1.*"] },
      { name: "moved", version: "1.0", build: "py2", depends: ["python 2.*"] },
      { name: "moved", version: "2.0", build: "py2", depends: ["python 2.*"] },
      { name: "python", version: "1.0" },
      { name: "python", version: "2.0" },
    ];
    const locked = new Map([
      ["base", { version: "1.0", build: "0" }],
      ["kept", { version: "1.0", build: "0" }],
      ["moved", { version: "1.0", build: "py1" }],
      ["python", { version: "1.0", build: "0" }],
    ]);
    const specs = ["fresh", "kept", "moved", "python 2.*"];
    expect(answer(specs, { main: records }, { options: { locked } })).toEqual([
      "base=1.0=0",
      "fresh=1.0=0",
      "kept=1.0=0",
      "moved=1.0=py2",
      "python=2.0=0",
    ]);
  });

  test("a locked build is tried first, where it may be chosen", () => {
    const records = ["1.0", "2.0", "3.0"].map((version) => ({ name: "a", version }));
    const locked = new Map([["a", { version: "2.0", build: "0" }]]);
    expect(answer(["a"], { main: records }, { options: { locked } })).toEqual(["a=2.0=0"]);
    expect(answer(["a <2"], { main: records }, { options: { locked } })).toEqual(["a=1.0=0"]);
  });
});

describe("channels", () => {
  const channels = {
    first: [{ name: "a", version: "1.0" }],
    second: [
      { name: "a", version: "2.0", build: "s" },
      { name: "b", version: "1.0" },
    ],
  };

  test.each([
    [
      "strict",
      ["a=1.0=0"],
      "Because a 2.0 s (second/linux-64) is not looked at, because first comes before second and has the package (strict channel priority) and you require a >=2, the requirements cannot be met together.",
    ],
    ["flexible", ["a=1.0=0"], ["a=2.0=s"]],
    ["disabled", ["a=2.0=s"], ["a=2.0=s"]],
  ] as const)("%s priority", (channelPriority, any, newer) => {
    expect(answer(["a"], channels, { options: { channelPriority } })).toEqual(any);
    expect(answer(["a >=2"], channels, { options: { channelPriority } })).toEqual(newer);
  });

  test("channel::name looks in that channel alone, whichever is first", () => {
    expect(answer(["second::a", "b"], channels)).toEqual(["a=2.0=s", "b=1.0=0"]);
    expect(answer(["https://conda.example/second::a"], channels)).toEqual(["a=2.0=s"]);
    expect(answer(["first::b"], channels)).toBe("You require first::b, but only second has it.");
  });

  test("a channel that has the name only since the cutoff passes over no other, and is passed over as too new", () => {
    const records = {
      first: [{ name: "a", version: "3.0", timestampMs: 30 }],
      second: [{ name: "a", version: "1.0", timestampMs: 10 }],
    };
    const answerAt = (general: number): unknown =>
      answer(["a"], records, { options: { cutoff: { general, byName: new Map(), undated: "keep" } } });
    expect([answerAt(30), answerAt(20)]).toEqual([["a=3.0=0"], ["a=1.0=0"]]);
    expect(answerAt(5)).toContain("is newer than");
  });

  test("a build that is there as .conda and .tar.bz2 is the former, unless that is too new", () => {
    const records = [
      { name: "a", version: "1.0", filename: "a-1.0-0.tar.bz2", timestampMs: 1 },
      { name: "a", version: "1.0", filename: "a-1.0-0.conda", timestampMs: 30 },
    ];
    const chosen = (general: number | null): string => {
      const options = { cutoff: { general, byName: new Map(), undated: "keep" as const } };
      const outcome = solveConda(condaProblem(["a"], { options }), [memoryChannel("main", records)]);
      return outcome.kind === "solved" ? (outcome.resolution.packages[0]?.filename ?? "") : outcome.kind;
    };
    expect([chosen(null), chosen(20)]).toEqual(["a-1.0-0.conda", "a-1.0-0.tar.bz2"]);
  });
});

describe("a time limit", () => {
  const records = [
    { name: "a", version: "1.0", timestampMs: 10 },
    { name: "a", version: "2.0", timestampMs: 30 },
    { name: "b", version: "1.0" },
  ];
  const cutoff = { general: 20, byName: new Map(), undated: "keep" as const };

  test("hides what is newer, and keeps and lists what has no date", () => {
    const outcome = solveConda(condaProblem(["a", "b"], { options: { cutoff } }), [memoryChannel("main", records)]);
    if (outcome.kind !== "solved") throw new Error(outcome.kind);
    expect(outcome.resolution.packages.map(({ version }) => version)).toEqual(["1.0", "1.0"]);
    expect(outcome.resolution.undated).toEqual(["b-1.0-0.conda"]);
  });

  test("may drop what has no date, and may differ by name", () => {
    expect(answer(["b"], { main: records }, { options: { cutoff: { ...cutoff, undated: "drop" } } })).toBe(
      "Because b 1.0 0 (main/linux-64) has no date and you require b, the requirements cannot be met together.",
    );
    expect(answer(["a >=2"], { main: records }, { options: { cutoff } })).toBe(
      "Because a 2.0 0 (main/linux-64) is newer than 1970-01-01T00:00:00.020Z and you require a >=2, the requirements cannot be met together.",
    );
    const byName = new Map([["a", null]]);
    expect(answer(["a"], { main: records }, { options: { cutoff: { ...cutoff, byName } } })).toEqual(["a=2.0=0"]);
  });
});

describe("policies", () => {
  const records = ["1.0", "2.0", "3.0"].flatMap((version) => [
    { name: "a", version, build: "x_0", timestampMs: Number(version) * 10 },
    { name: "b", version, build: "x_0", depends: [`a >=${version}`], timestampMs: Number(version) * 10 },
  ]);
  const solved = (specs: readonly string[], options: SolveRequest["options"]): readonly string[] | string =>
    answer(specs, { main: records }, { options: { ...options } });
  const cutoff = { general: 15, byName: new Map(), undated: "keep" as const };
  const two = { version: "2", build: "x_0" };
  const locked = new Map([
    ["a", two],
    ["b", two],
  ]);

  test("what the lock has stays, but for names that are unlocked and what these need", () => {
    const upgrade = (...names: string[]) => ({ kind: "upgrade" as const, names: new Set(names) });
    expect(solved(["b"], { locked })).toEqual(["a=2.0=x_0", "b=2.0=x_0"]);
    expect(solved(["b"], { locked, mode: upgrade("a") })).toEqual(["a=3.0=x_0", "b=2.0=x_0"]);
    expect(solved(["b"], { locked, mode: upgrade("b") })).toEqual(["a=3.0=x_0", "b=3.0=x_0"]);
    expect(solved(["b"], { locked, mode: { kind: "upgrade", names: null } })).toEqual(["a=3.0=x_0", "b=3.0=x_0"]);
  });

  test("a pin leaves one version, or one build, and says so", () => {
    expect(solved(["b"], { pinned: new Map([["a", { version: "2", build: null }]]) })).toEqual([
      "a=2.0=x_0",
      "b=2.0=x_0",
    ]);
    expect(solved(["a"], { pinned: new Map([["a", two]]) })).toEqual(["a=2.0=x_0"]);
    expect(solved(["a >2"], { pinned: new Map([["a", two]]) })).toBe(
      "Because a 3.0 x_0 (main/linux-64) is not allowed, because a is pinned to 2 x_0 and you require a >2, the requirements cannot be met together.",
    );
  });

  test("what is refused is passed over, with the reason", () => {
    const refused = new Map([["a", [{ spec: ">=2 x*", reason: "is ignored (relock.yml:3)" }]]]);
    expect(solved(["a"], { refused })).toEqual(["a=1.0=x_0"]);
    expect(solved(["b"], { refused })).toEqual(["a=1.0=x_0", "b=1.0=x_0"]);
    expect(solved(["a >2"], { refused })).toBe(
      "Because a 3.0 x_0 (main/linux-64) is ignored (relock.yml:3) and you require a >2, the requirements cannot be met together.",
    );
    expect(() => solved(["a"], { refused: new Map([["a", [{ spec: "><", reason: "" }]]]) })).toThrow("no match spec");
  });

  test("what is in use is neither too new nor refused", () => {
    const refused = new Map([["a", [{ spec: "*", reason: "is held" }]]]);
    expect(solved(["a"], { cutoff })).toEqual(["a=1.0=x_0"]);
    expect(solved(["a"], { cutoff, refused, inUse: new Map([["a", [two]]]) })).toEqual(["a=2.0=x_0"]);
    expect(solved(["a"], { cutoff, inUse: new Map([["a", [{ version: "2.0", build: "y_0" }]]]) })).toEqual([
      "a=1.0=x_0",
    ]);
    expect(solved(["a"], { cutoff, inUse: new Map([["a", [{ version: "2.0.0", build: null }]]]) })).toEqual([
      "a=2.0=x_0",
    ]);
  });
});

describe("what records say of one another", () => {
  test("constrains speak only of what is there, virtual packages too", () => {
    const records = [
      { name: "a", version: "2.0", constrains: ["b <2", "__cuda >=12"] },
      { name: "a", version: "1.0" },
      { name: "b", version: "2.0" },
    ];
    const cuda = (version: string): SolveRequest => ({ virtualPackages: [{ name: "__cuda", version, build: "0" }] });
    expect(answer(["a"], { main: records })).toEqual(["a=2.0=0"]);
    expect(answer(["a", "b"], { main: records })).toEqual(["a=1.0=0", "b=2.0=0"]);
    expect(answer(["a"], { main: records }, cuda("12.4"))).toEqual(["a=2.0=0"]);
    expect(answer(["a"], { main: records }, cuda("11.8"))).toEqual(["a=1.0=0"]);
    expect(answer(["a >=2"], { main: records }, cuda("11.8"))).toBe(
      "Because the target linux-64 has __cuda 11.8, a 2.0 0 (main/linux-64) allows only __cuda >=12 beside it and you require a >=2, the requirements cannot be met together.",
    );
  });

  test("several match specs of one name all have to hold", () => {
    const records = [
      { name: "a", version: "1.0", depends: ["b >=1", "b <2"] },
      ...["0.5", "1.5", "2.5"].map((version) => ({ name: "b", version })),
    ];
    expect(answer(["a"], { main: records })).toEqual(["a=1.0=0", "b=1.5=0"]);
  });

  test("a record with a dependency that cannot be read, or that nothing can fulfil, is passed over", () => {
    const records = [
      { name: "a", version: "4.0", depends: ["b ><1"] },
      { name: "a", version: "3.0", depends: ['b[when="c"]'] },
      { name: "a", version: "2.0", depends: ["nowhere"] },
      { name: "a", version: "1.0", depends: ["b"] },
      { name: "b", version: "1.0", subdir: "noarch", noarch: "python" as const },
    ];
    expect(answer(["a"], { main: records })).toEqual(["a=1.0=0", "b=1.0=0"]);
    const old = answer(["a >=2"], { main: records });
    expect(old).toContain("a 2.0 0 (main/linux-64) depends on nowhere, which no channel has for linux-64 or noarch");
    expect(old).toContain(`a 3.0 0 (main/linux-64) depends on 'b[when="c"]', which cannot be taken in`);
  });
});

describe("explanations", () => {
  const records = [
    { name: "a", version: "1.0", build: "cpu_0" },
    { name: "a", version: "1.0", build: "cpu_1" },
    { name: "a", version: "2.0", build: "cuda_0", depends: ["__cuda >=12"] },
    { name: "b", version: "1.0", depends: ["c >=2"] },
    { name: "c", version: "1.0", depends: ["__glibc >=2.34"] },
    { name: "c", version: "2.0", depends: ["a <1.0|>=2"] },
  ];

  test.each([
    ["z", "You require z, which no channel has for linux-64 or noarch."],
    ["a >=3", "You require a >=3, but there is no such version for linux-64 (there are 1.0 to 2.0)."],
    ["a 1.0 cuda*", "You require a 1.0 cuda*, but no build for linux-64 matches (there are cpu_0, cpu_1)."],
    ["__cuda", "You require __cuda, which the target linux-64 does not have."],
    ["__glibc >=3", "You require __glibc >=3, but the target linux-64 has __glibc 2.28 0."],
    [
      "a >=2",
      "Because a 2.0 cuda_0 (main/linux-64) depends on __cuda >=12, which the target linux-64 does not have and you require a >=2, the requirements cannot be met together.",
    ],
    [
      "c <2",
      "Because c 1.0 0 (main/linux-64) depends on __glibc >=2.34, but the target linux-64 has __glibc 2.28 0 and you require c <2, the requirements cannot be met together.",
    ],
  ])("%s", (spec, text) => {
    expect(answer([spec], { main: records })).toBe(text);
  });

  test("say once what many builds depend on, and only of builds that are asked for", () => {
    const many = [
      ...["1.0", "2.0", "2.1", "2.2"].map((version) => ({ name: "h", version, depends: [`p ${version}`] })),
      ...["1.0", "2.0", "2.1", "2.2", "4.0"].map((version) => ({ name: "p", version })),
    ];
    expect(answer(["h >=2", "p=4"], { main: many })).toBe(
      "Because every build of h >=2 (main/linux-64) depends on p 2.0 or p 2.1 or p 2.2, you require p=4 and you require h >=2, the requirements cannot be met together.",
    );
  });

  test("tell apart builds that depend in one way or another from those that depend in both", () => {
    const b = ["1", "2", "3"].map((version) => ({ name: "b", version }));
    const both = { name: "x", version: "1", depends: ["b <2", "b >=2"] };
    expect(answer(["x"], { main: [...b, both] })).toBe(
      "Because x 1 0 (main/linux-64) depends on b <2 and on b >=2 and you require x, the requirements cannot be met together.",
    );
    const either = ["b 1", "b 2"].map((spec, index) => ({ name: "x", version: `${index}`, depends: [spec] }));
    expect(answer(["x", "b 3"], { main: [...b, ...either] })).toBe(
      "Because every build of x (main/linux-64) depends on b 1 or b 2, you require b 3 and you require x, the requirements cannot be met together.",
    );
  });

  test("name the builds on the way to a conflict", () => {
    expect(answer(["b", "a <2"], { main: records })).toMatchInlineSnapshot(`
     "Because b 1.0 0 (main/linux-64) depends on c >=2 and c 2.0 0 (main/linux-64) depends on a <1.0|>=2, b 1.0 0 needs a 2.0 cuda_0.
     And because you require b and you require a <2, the requirements cannot be met together."
    `);
  });
});

describe("questions", () => {
  const records = [
    { name: "a", version: "1.0", depends: ["b", "c", "__unix"] },
    { name: "b", version: "1.0", depends: ["d"] },
    { name: "c", version: "1.0", depends: ["d", "a"] },
    { name: "d", version: "1.0", constrains: ["e"] },
  ];

  test("go out by level, each name once, and never for virtual packages", () => {
    const asked: CondaQuestion[] = [];
    solveConda(condaProblem(["a", "c >=1"]), [memoryChannel("main", records)], asked);
    expect(asked.map(({ names }) => names)).toEqual([
      ["a", "c"],
      ["b", "d"],
    ]);
  });

  test("a channel that cannot answer ends the solve", () => {
    const solve = createCondaSolve(condaProblem(["a"]));
    const first = solve.step(null);
    if (first.kind !== "needs") throw new Error(first.kind);
    const problem = { kind: "unreachable" as const, url: "https://conda.example/main", message: "out of reach" };
    expect(solve.step({ question: first.question, answer: { problem } })).toEqual({ kind: "failed", problem });
  });
});
