/** A small change of a lock is the least: what need not move stays. */
import { expect, test } from "@jest/globals";
import type { LockedRecord } from "#solver/conda/problem.ts";
import { memoryChannel, type WrittenRecord } from "../../support/conda-memory.ts";
import { condaProblem, solveConda } from "../../support/conda-solve.ts";

/** `name version`, and match specs that it depends on. */
function record(text: string, ...depends: readonly string[]): WrittenRecord {
  const [name = "", version = ""] = text.split(" ");
  return { name, version, depends };
}

function solved(
  records: readonly WrittenRecord[],
  specs: readonly string[],
  locked: Readonly<Record<string, string>>,
  mode: "least-change" | "upgrade" = "least-change",
): string {
  const known = Object.entries(locked).map(([name, version]): [string, LockedRecord] => [
    name,
    { version, build: "0" },
  ]);
  const options = {
    locked: new Map(known),
    mode: mode === "upgrade" ? { kind: mode, names: new Set(["a"]) } : { kind: mode },
  };
  const outcome = solveConda(condaProblem(specs, { options }), [memoryChannel("conda-forge", records)]);
  if (outcome.kind !== "solved") return outcome.kind;
  return outcome.resolution.packages.map(({ name, version }) => `${name} ${version}`).join(", ");
}

const LIBRARY = [
  record("a 1", "lib"),
  record("a 2", "lib"),
  record("a 3", "lib >=2"),
  record("lib 1"),
  record("lib 2"),
];

test("a package that has to move takes a version with which the others can stay", () => {
  expect(solved(LIBRARY, ["a >=2"], { a: "1", lib: "1" })).toBe("a 2, lib 1");
  expect(solved(LIBRARY, ["a >=3"], { a: "1", lib: "1" })).toBe("a 3, lib 2");
});

test("a package that is to be newest is, whatever moves with it", () => {
  expect(solved(LIBRARY, ["a >=2"], { a: "1", lib: "1" }, "upgrade")).toBe("a 3, lib 2");
});

test("of two that cannot both stay one does", () => {
  const records = [
    record("a 2", "one", "two"),
    record("a 3", "one >=2", "two >=2"),
    ...["one", "two"].flatMap((name) => [
      record(`${name} 1`, "apart", ...(name === "one" ? ["apart =1"] : ["apart =2"])),
      record(`${name} 2`),
    ]),
    record("apart 1"),
    record("apart 2"),
  ];
  const answer = solved(records, ["a"], { a: "1", one: "1", two: "1" });
  expect(["a 2, apart 1, one 1, two 2", "a 2, apart 2, one 2, two 1"]).toContain(answer);
});

test("nothing stays for its own sake: what nobody needs any more goes", () => {
  const records = [record("a 1", "old"), record("a 2"), record("old 1"), record("b 1"), record("b 2")];
  expect(solved(records, ["a >=2", "b"], { a: "1", old: "1", b: "1" })).toBe("a 2, b 1");
});
