import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readEnvironmentYml } from "#formats/manifests/environment-yml/read.ts";
import { raiseCondaConstraint, type CondaRaise } from "#formats/manifests/rewrite-constraint-conda.ts";
import { decodeText } from "#formats/text/decode.ts";
import { isCondaSpecProblem } from "#packaging/conda-text-pattern.ts";
import { condaSpecMatches, parseCondaVersionSpec } from "#packaging/conda-version-spec.ts";
import { compareCondaVersions, parseCondaVersion } from "#packaging/conda-version.ts";
import { describeWithData } from "../../support/test-data.ts";

/** The new text, or the reason in parentheses. */
function raise(text: string, version: string, more: Partial<CondaRaise> = {}): string {
  const answer = raiseCondaConstraint({ text, version, strategy: "bump", ...more });
  return answer.kind === "raised" ? answer.text : `(${answer.reason})`;
}

const has = (version: string): string => `(it allows ${version} already)`;

describe("current, new, bump, widen, blocks-only", () => {
  test.each([
    ["=3.10", "3.12.4", "=3.12", ">=3.10,<3.13", "=3.12"],
    ["=3.10", "3.10.14", has("3.10.14"), has("3.10.14"), has("3.10.14")],
    ["= 3.10", "3.12.4", "= 3.12", ">=3.10,<3.13", "= 3.12"],
    ["3.10.*", "3.12.4", "3.12.*", ">=3.10,<3.13", "3.12.*"],
    ["=3.10.*", "3.12.4", "=3.12.*", ">=3.10,<3.13", "=3.12.*"],
    ["==11.3.*", "11.8.0", "==11.8.*", ">=11.3,<11.9", "==11.8.*"],
    ["1.12*", "2.1.0", "2.1*", ">=1.12,<2.2", "2.1*"],
    ["==1.2.3", "1.4.0", "==1.4.0", "==1.4.0", "==1.4.0"],
    ["==1.2.3", "2.0", "==2.0", "==2.0", "==2.0"],
    ["==2.1", "2.4.0", "==2.4", "==2.4", "==2.4"],
    ["==2.1", "2.4.1", "==2.4.1", "==2.4.1", "==2.4.1"],
    ["==1.2.0", "1.2", has("1.2"), has("1.2"), has("1.2")],
    ["1.2.3", "1.4.0", "1.4.0", "1.4.0", "1.4.0"],
    ["==2025.1.0", "2025.10.1", "==2025.10.1", "==2025.10.1", "==2025.10.1"],
    ["=1.26.4", "2.0", "=2.0.0", ">=1.26.4,<2.0.1", "=2.0.0"],
    ["=1.8.13.post1", "1.9.5", "=1.9.5", null, "=1.9.5"],
    ["=1.8.13.post1", "1.8.13.post2", "=1.8.13.post2", null, "=1.8.13.post2"],
    ["=9d", "9e", "=9e", null, "=9e"],
    ["=1.1.1l", "1.1.1w", "=1.1.1w", null, "=1.1.1w"],
    ["=1.1.1l", "3.0.8", "=3.0.8", null, "=3.0.8"],
    ["=2021a", "2024b", "=2024b", null, "=2024b"],
    ["~=2.1.0", "2.3.1", "~=2.3.1", ">=2.1.0,<2.4", "~=2.3.1"],
    ["~=2.1.0", "2.3", "~=2.3.0", ">=2.1.0,<2.4", "~=2.3.0"],
    ["~=2.1", "3.0.1", "~=3.0", ">=2.1,<4", "~=3.0"],
    [">=1.26,<2", "2.1.3", ">=2.1,<3", ">=1.26,<3", ">=1.26,<3"],
    [">=1.26, <2", "1.26.5", has("1.26.5"), has("1.26.5"), has("1.26.5")],
    [">=1.26,<2.0a0", "2.1.3", ">=2.1,<3.0a0", ">=1.26,<3.0a0", ">=1.26,<3.0a0"],
    [">=3.5, !=3.9.1, <3.11", "3.11.2", ">=3.11, !=3.9.1, <3.12", ">=3.5, !=3.9.1, <3.12", ">=3.5, !=3.9.1, <3.12"],
    [">=2.2.0,<2.6.0", "2.6.1", ">=2.6.1,<2.7.0", ">=2.2.0,<2.7.0", ">=2.2.0,<2.7.0"],
    [">=2025", "2025.3.0", has("2025.3.0"), has("2025.3.0"), has("2025.3.0")],
    [">=2024", "2025.3.0", ">=2025", has("2025.3.0"), has("2025.3.0")],
    [">=1.8.*", "1.9.2", ">=1.9.*", has("1.9.2"), has("1.9.2")],
    ["<1.7.3", "1.7.3", "<1.7.4", "<1.7.4", "<1.7.4"],
    ["<=1.999", "1.5", has("1.5"), has("1.5"), has("1.5")],
    ["<=1.3", "1.6.2", "<=1.6.2", "<=1.6.2", "<=1.6.2"],
    ["=1!2.0", "1!3.1", "=1!3.1", null, "=1!3.1"],
    ["=1.2", "1.3rc1", "=1.3", null, "=1.3"],
    [">=1.2", "1.3rc1", ">=1.3rc1", has("1.3rc1"), has("1.3rc1")],
    ["1.7|1.8", "1.9", "(it has alternatives)", "(it has alternatives)", "(it has alternatives)"],
    ["1.7|1.8", "1.8", has("1.8"), has("1.8"), has("1.8")],
    ["*", "1.9", "(it allows every version)", "(it allows every version)", "(it allows every version)"],
    ["=*", "1.9", "(it allows every version)", "(it allows every version)", "(it allows every version)"],
  ])("%s with %s", (...row) => {
    const [text, version, bump, widen, blocks] = row;
    expect(raise(text, version)).toBe(bump);
    if (widen !== null) expect(raise(text, version, { strategy: "widen" })).toBe(widen);
    expect(raise(text, version, { strategy: "blocks-only" })).toBe(blocks);
  });

  test("`=` before a build is exact, so the whole version is written", () => {
    expect(raise("=1.2", "1.4.1", { exact: true })).toBe("=1.4.1");
    expect(raise("=1.8.13", "1.9.5.1", { exact: true })).toBe("=1.9.5.1");
    expect(raise("=1.2.0", "1.2", { exact: true })).toBe(has("1.2"));
  });
});

describe("what is kept, and why", () => {
  test.each([
    ["!=1.2.3", "1.2.3", /excludes 1\.2\.3/],
    ["!=1.2.*,>=1", "1.2.3", /excludes 1\.2\.3/],
    [">=2.0.0", "1.2.3", /2\.0\.0 is newer than 1\.2\.3/],
    ["=2.0", "1.2.3", /2\.0 is newer/],
    ["==2.0", "1.2.3", /2\.0 is newer/],
    ["1.*.1", "1.2.3", /not understood/],
    ["^1\\.2$", "1.3", /not understood/],
    ["(>=1,<2)", "2.1", /not understood/],
    ["=1.0", "so&on", /is not a version/],
    ["=1.0 =2.0", "3.0", /not understood/],
  ])("%s with %s", (text, version, reason) => {
    expect(raise(text, version)).toMatch(reason);
  });

  test("a long text takes no time", () => {
    const started = performance.now();
    raise(`>=${"1.".repeat(50_000)}`, "2.0");
    raise(`${"=".repeat(50_000)}1`, "2.0");
    raise(`>=1${" ".repeat(50_000)}x`, "2.0");
    expect(performance.now() - started).toBeLessThan(500);
  });
});

const shapeOf = (text: string): string => text.replaceAll(/[\w!+]+(?:\.[\w!+]+)*/g, "V");

/** What every raised text has to be. */
function checkRaised(text: string, version: string): "raised" | "kept" {
  const answer = raiseCondaConstraint({ text, version, strategy: "bump" });
  if (answer.kind === "kept") return "kept";
  const spec = parseCondaVersionSpec(answer.text);
  const wanted = parseCondaVersion(version);
  if (isCondaSpecProblem(spec) || wanted === null) throw new Error(`${answer.text} cannot be read`);
  expect([text, answer.text, condaSpecMatches(spec, wanted)]).toEqual([text, answer.text, true]);
  expect(shapeOf(answer.text)).toBe(shapeOf(text));
  return "raised";
}

describe("properties", () => {
  const number = fc.nat(40).map(String);
  const tail = fc.constantFrom("", "", "", "rc1", "a0", "post1", "b");
  const version = fc
    .tuple(fc.array(number, { minLength: 1, maxLength: 4 }), tail)
    .map(([parts, end]) => parts.join(".") + end);
  const clause = fc
    .tuple(fc.constantFrom("==", "=", "", ">=", ">", "<", "<=", "~=", "!="), version, fc.constantFrom("", "", ".*"))
    .filter(([operator, , glob]) => glob === "" || ["", "=", "==", ">=", "!="].includes(operator))
    .map((parts) => parts.join(""));
  const constraint = fc.array(clause, { minLength: 1, maxLength: 3 });

  test("a raised constraint reads again, allows the version, and has the old shape", () => {
    fc.assert(
      fc.property(constraint, fc.constantFrom(",", ", ", " ,"), version, (clauses, separator, wanted) => {
        checkRaised(clauses.join(separator), wanted);
      }),
      { numRuns: 3000 },
    );
  });

  test("no bound moves backwards: what a floor left out is still left out", () => {
    fc.assert(
      fc.property(fc.constantFrom(">=", "~=", "=", "=="), version, version, version, (operator, old, wanted, other) => {
        const answer = raiseCondaConstraint({ text: operator + old, version: wanted, strategy: "bump" });
        const [before, later] = [parseCondaVersion(old), parseCondaVersion(other)];
        const spec = answer.kind === "raised" ? parseCondaVersionSpec(answer.text) : null;
        if (spec === null || isCondaSpecProblem(spec) || before === null || later === null) return;
        const was = parseCondaVersionSpec(operator + old);
        const isOlder =
          compareCondaVersions(later, before) < 0 && !isCondaSpecProblem(was) && !condaSpecMatches(was, later);
        if (isOlder) expect([answer, other, condaSpecMatches(spec, later)]).toEqual([answer, other, false]);
      }),
      { numRuns: 2000 },
    );
  });
});

function environmentFiles(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return environmentFiles(path);
    return /\.ya?ml$/.test(name) && statSync(path).size < 200_000 ? [path] : [];
  });
}

describeWithData("constraints of real environment files", "", (data) => {
  test("each is raised to a newer patch, minor and major, or kept with a reason", () => {
    const folders = ["manifests", "scenarios", "explicit-locks", "imprint/head"].map((name) => join(data, name));
    const texts = new Set(
      folders.flatMap(environmentFiles).flatMap((path) => {
        const decoded = decodeText(readFileSync(path));
        const answer = decoded.kind === "text" ? readEnvironmentYml(path, decoded.decoded.text) : null;
        const requirements = answer?.kind === "manifest" ? answer.manifest.requirements : [];
        return requirements.flatMap((one) =>
          one.ecosystem === "conda" && one.constraint !== null ? [one.constraint.text] : [],
        );
      }),
    );
    const counts = { raised: 0, kept: 0 };
    const unraised = new Set<string>();
    for (const text of texts) {
      const written = /\d[\w.!]*/.exec(text)?.[0].replace(/\.$/, "") ?? "1";
      const release = written.split(".").map((part) => Number(/^\d+/.exec(part)?.[0] ?? 0));
      const newer = [0, 1, release.length - 1].map((digit) =>
        [...release.slice(0, digit), (release[digit] ?? 0) + 1, 0, 0].join("."),
      );
      const results = newer.map((version) => checkRaised(text, version));
      results.forEach((result) => (counts[result] += 1));
      if (!results.includes("raised")) unraised.add(text);
    }
    expect(texts.size).toBeGreaterThan(300);
    // What only keeps versions out has nothing to raise.
    expect([...unraised].sort()).toEqual(["!=1.8.3", "!=2022.6.0", "!=4.9.1", ">3"]);
  });
});
