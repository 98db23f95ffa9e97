import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { classifyEnvironment } from "#formats/manifests/environment-yml/classify.ts";
import { editEnvironmentYml } from "#formats/manifests/environment-yml/edit.ts";
import { readMatchSpec, withConstraint } from "#formats/manifests/environment-yml/match-spec-parts.ts";
import { readEnvironmentYml } from "#formats/manifests/environment-yml/read.ts";
import { isSelector, selectorHolds, selectorOfComment } from "#formats/manifests/environment-yml/selector.ts";
import type { Manifest } from "#formats/manifests/manifest.ts";
import { decodeText } from "#formats/text/decode.ts";
import { describeWithData } from "../../support/test-data.ts";
import { processorTime } from "../../support/processor-time.ts";

const PATH = "envs/environment.yml";

function read(text: string): Manifest {
  const answer = readEnvironmentYml(PATH, text);
  if (answer.kind !== "manifest") throw new Error(JSON.stringify(answer));
  return answer.manifest;
}

const FULL = `name: demo # the name
channels: [pytorch, conda-forge]
platforms:
  - linux-64
  - osx-arm64
category: dev
dependencies:
  - python=3.10
  - "numpy >=1.24,<2"
  - pytorch::torchvision=0.15.2=py310_cu118 # [linux]
  - libblas=*=*mkl  # [linux and not aarch64]
  - cudatoolkit==11.3.*   # [py>=38]
  # breaks the docs
  - sphinx<7
  - sel(win): pywin32 >=300
  - pip
  - pip:
      - -r ../requirements.txt
      - --extra-index-url https://download.pytorch.org/whl/cu118
      - 'torch==2.0.1+cu118'  # pinned for the cluster
      - jax[cuda]==0.4.5
variables:
  X: "1"
`;

test("lists may stand at the left margin, and what conda-lock adds is read", () => {
  const manifest = read(
    "channels:\n- a # [win]\n- nodefaults\npip-repositories:\n- https://x.org/simple\ndependencies:\n- python\n- pip:\n",
  );
  expect(manifest.channels).toEqual([
    { name: "a", line: 2, selector: "win" },
    { name: "nodefaults", line: 3 },
  ]);
  expect(manifest.environment).toMatchObject({ hasPipSection: true, pipRepositories: ["https://x.org/simple"] });
  expect(manifest.findings).toEqual([]);
});

test("reads every part of an environment file with its place", () => {
  const manifest = read(FULL);
  expect(manifest.environment).toEqual({
    name: "demo",
    platforms: ["linux-64", "osx-arm64"],
    category: "dev",
    hasPipSection: true,
    pipRepositories: [],
  });
  expect(manifest.channels).toEqual([
    { name: "pytorch", line: 2 },
    { name: "conda-forge", line: 2 },
  ]);
  expect(manifest.includes).toEqual([{ path: "requirements.txt", line: 18, kind: "requirements" }]);
  expect(manifest.indexes.map((index) => [index.url, index.line])).toEqual([
    ["https://download.pytorch.org/whl/cu118", 19],
  ]);
  const rows = manifest.requirements.map((requirement) => {
    const { line, ecosystem, name, constraint, entry, holdReason } = requirement;
    return [line, ecosystem, name, constraint?.text ?? null, entry?.build, entry?.selector, holdReason].join("|");
  });
  expect(rows).toEqual([
    "8|conda|python|=3.10|||",
    "9|conda|numpy|>=1.24,<2|||",
    "10|conda|torchvision|=0.15.2|py310_cu118|linux|",
    "11|conda|libblas|=*|*mkl|linux and not aarch64|",
    "12|conda|cudatoolkit|==11.3.*|||",
    "14|conda|sphinx|<7|||breaks the docs",
    "15|conda|pywin32|>=300||win|",
    "16|conda|pip||||",
    "20|pypi|torch|==2.0.1+cu118|||pinned for the cluster",
    "21|pypi|jax|==0.4.5|||",
  ]);
  expect(manifest.requirements[2]?.entry?.channel).toBe("pytorch");
  expect(manifest.findings.map((finding) => [finding.line, finding.code])).toEqual([[12, "not-understood"]]);
  for (const { constraint } of manifest.requirements) {
    if (constraint) expect(FULL.slice(constraint.span.start, constraint.span.end)).toBe(constraint.text);
  }
});

test.each([
  ["python", ["python", null, null, null]],
  ["python 3.10", ["python", "3.10", null, null]],
  ["python=3.10", ["python", "=3.10", null, null]],
  ["python ==3.10.4", ["python", "==3.10.4", null, null]],
  ["numpy 1.7.1 py26_0", ["numpy", "1.7.1", "py26_0", null]],
  ["numpy=1.7=py3*_2", ["numpy", "=1.7", "py3*_2", null]],
  ["jaxlib>=0.4.31=cuda12*", ["jaxlib", ">=0.4.31", "cuda12*", null]],
  ["pytorch~=2.1.0=*cuda120*", ["pytorch", "~=2.1.0", "*cuda120*", null]],
  ["libgcc-ng ==14.2.0=*_1", ["libgcc-ng", "==14.2.0", "*_1", null]],
  ["matplotlib-base >=3.5, !=3.9.1, <3.11", ["matplotlib-base", ">=3.5, !=3.9.1, <3.11", null, null]],
  ["a >=1,<2|>=3", ["a", ">=1,<2|>=3", null, null]],
  ["a (>=1,<2)|3", ["a", "(>=1,<2)|3", null, null]],
  ["blas *.* mkl", ["blas", "*.*", "mkl", null]],
  ["pytorch=*=cuda*", ["pytorch", "=*", "cuda*", null]],
  ["conda-forge::python=3.7", ["python", "=3.7", null, "conda-forge"]],
  ["conda-forge/linux-64::x", ["x", null, null, "conda-forge/linux-64"]],
  ["__glibc >=2.17", ["__glibc", ">=2.17", null, null]],
  ["pudl=1!0.28.6", ["pudl", "=1!0.28.6", null, null]],
  ["foo[version='>=1,<2', build=py*]", ["foo", ">=1,<2", "py*", null]],
  ['foo[channel=x,version="3.9"]', ["foo", "3.9", null, "x"]],
  ["foo =1.8 [build_number='>6', license=\"version=1.8\", version='>=1.8']", ["foo", ">=1.8", null, null]],
  ["a[md5=0]", ["a", null, null, null]],
  ["::x >=1", ["x", ">=1", null, null]],
  ["Foo.Bar", ["Foo.Bar", null, null, null]],
  ["libstdc++ 1.*", ["libstdc++", "1.*", null, null]],
  ["numpy >=1.26,<2 py311*", ["numpy", ">=1.26,<2", "py311*", null]],
  ["conda-forge:ns:numpy ==1.26.4 = py311_0", ["numpy", "==1.26.4", "py311_0", "conda-forge"]],
  ["https://conda.anaconda.org/x/linux-64/foo-bar-1.0-h1_0.conda", ["foo-bar", null, null, null]],
])("match spec %s", (text, [name, constraint, build, channel]) => {
  const answer = readMatchSpec(text);
  if ("reason" in answer) throw new Error(answer.reason);
  const { parts } = answer;
  expect([parts.name, parts.constraint?.text ?? null, parts.build, parts.channel]).toEqual([
    name,
    constraint,
    build,
    channel,
  ]);
  if (parts.constraint) expect(text.slice(parts.constraint.start, parts.constraint.end)).toBe(parts.constraint.text);
});

test.each([
  ["python=3.10", "=3.11", "python=3.11"],
  ["x::numpy=1.7=py3*_2", "=1.8", "x::numpy=1.8=py3*_2"],
  ["pytorch =2.1.* *cuda*", "=2.2.*", "pytorch =2.2.* *cuda*"],
  ["foo[build=py*, version='>=1']", ">=2,<3", "foo[build=py*, version='>=2,<3']"],
  ["foo =1 [build_number='>6']", "=2", "foo =2 [build_number='>6']"],
  ["foo", ">=2", "foo >=2"],
  ["foo[build=x]", ">=2", "foo >=2[build=x]"],
])("%s with %s is %s", (text, constraint, expected) => {
  expect(withConstraint(text, constraint)).toBe(expected);
});

test.each([
  "",
  "a >=1 <2",
  "a >>1",
  "{{ x }}",
  "a[version=1",
  "a[color=red]",
  "a; if python",
  "=1",
  "http://x.org/y.zip",
  `a ${"1".repeat(2000)}`,
])("%j is no match spec that we understand", (text) => {
  expect(readMatchSpec(text)).toHaveProperty("reason");
});

describe("selectors", () => {
  const platforms = ["linux-64", "linux-aarch64", "osx-64", "osx-arm64", "win-64"] as const;
  test.each([
    ["linux", [true, true, false, false, false]],
    ["linux64", [true, false, false, false, false]],
    ["osx", [false, false, true, true, false]],
    ["arm64", [false, false, false, true, false]],
    ["unix", [true, true, true, true, false]],
    ["win", [false, false, false, false, true]],
    ["not win", [true, true, true, true, false]],
    ["osx and arm64", [false, false, false, true, false]],
    ["linux or win", [true, true, false, false, true]],
    ["not (linux or win)", [false, false, true, true, false]],
    ["linux and not aarch64 or win", [true, false, false, false, true]],
    ["not not win", [false, false, false, false, true]],
  ])("[%s]", (selector, expected) => {
    expect(isSelector(selector)).toBe(true);
    expect(platforms.map((platform) => selectorHolds(selector, platform))).toEqual(expected);
  });

  test.each(["py>=38", "linux and", "(linux", "linux win", "not", "", "constructor", `${"(".repeat(5000)}linux`])(
    "%j is none",
    (text) => {
      expect(isSelector(text)).toBe(false);
    },
  );

  test("brackets in prose are no selector, unknown words right behind the mark are reported", () => {
    expect(selectorOfComment("see [1]")).toEqual({ selector: null });
    expect(selectorOfComment("only there [win]")).toEqual({ selector: "win" });
    expect(selectorOfComment(" [cuda]")).toEqual({ unknown: "cuda" });
  });
});

describe("what is not understood is reported with its line", () => {
  test.each([
    ["dependencies:\n  - a\n  - [b]\n", 3, "not a package"],
    ["dependencies:\n  - a\n  - {npm: [x]}\n", 3, "`npm`"],
    ["dependencies:\n  - a\n  - sel(mars): x\n", 3, "sel(mars)"],
    ['dependencies:\n  - a\n  - "num\\x70y=1"\n', 3, "escapes"],
    ["dependencies:\n  - a\n  - numpy\n    =1\n", 3, "several lines"],
    ["dependencies:\n  - a\n  - 7\n", 0, ""],
    ["dependencies:\n  - a\n  - '{{ name }}'\n", 3, "placeholder"],
    ["dependencies:\n  - pip: numpy\n", 2, "not a list"],
    ["dependencies:\n  - pip:\n    - |\n      numpy\n", 3, "several lines"],
    ["dependencies: [a]\nname: x\nname: y\n", 3, "twice"],
    ["dependencies: [a]\ndependency: [b]\n", 2, "not a key"],
    ["dependencies: [a]\nchannels: conda-forge\n", 2, "not a list"],
    ["dependencies: [a]\nplatforms: [{x: y}]\n", 2, "not a text"],
  ])("%j", (text, line, reason) => {
    const { findings } = read(text);
    expect(findings.map((finding) => finding.line)).toEqual(line === 0 ? [] : [line]);
    expect(findings.map((finding) => finding.message).join()).toContain(reason);
  });

  test.each([
    ["dependencies:\n  - a\n - b\n", 3],
    ["dependencies:\n  - {% if x %}a{% endif %}\n", 2],
    ["dependencies: [a\nname: x\n", 2],
    ["name: a\n---\ndependencies:\n - b\n", 2],
    [`dependencies:\n  - ${"[".repeat(5000)}\n`, 2],
  ])("a broken file: %j", (text, line) => {
    const answer = readEnvironmentYml(PATH, text);
    expect(answer).toMatchObject({ kind: "unreadable", finding: { code: "unreadable-file", file: PATH } });
    if (answer.kind === "unreadable") expect(Math.abs((answer.finding.line ?? 0) - line)).toBeLessThanOrEqual(1);
  });

  test.each(["", "a: 1\n", "- a\n", "dependencies:\n  a: 1\n", "x: [\n"])("%j is another kind of file", (text) => {
    expect(readEnvironmentYml(PATH, text)).toEqual({ kind: "other" });
  });

  test("aliases are followed one step, and a bomb of them costs nothing", () => {
    expect(read("x-base: &b [python=3.9]\ndependencies: *b\n").requirements[0]?.name).toBe("python");
    const bomb = Array.from(
      { length: 40 },
      (_, level) =>
        `l${level}: &l${level} [${Array(9)
          .fill(level === 0 ? "x" : `*l${level - 1}`)
          .join(", ")}]`,
    );
    const start = processorTime();
    const manifest = read(`${bomb.join("\n")}\ndependencies: [a, *l39]\n`);
    expect(processorTime() - start).toBeLessThan(4_000);
    expect(manifest.requirements.map((requirement) => requirement.name)).toEqual(["a"]);
    expect(manifest.findings.at(-1)).toMatchObject({ code: "not-understood" });
  });
});

describe("editing", () => {
  const edit = (text: string, name: string, constraint: string) => {
    const manifest = read(text);
    const requirement = manifest.requirements.find((each) => each.name === name);
    if (requirement === undefined) throw new Error(`no ${name}`);
    return editEnvironmentYml(text, manifest, [{ requirement, constraint, hashes: null }]);
  };

  test.each([
    ["python", "=3.11", "python=3.10", "python=3.11"],
    ["numpy", ">=1.26,<3", '"numpy >=1.24,<2"', '"numpy >=1.26,<3"'],
    ["torchvision", "=0.16.0", "torchvision=0.15.2=py", "torchvision=0.16.0=py"],
    ["torch", "==2.1.0+cu118", "'torch==2.0.1+cu118'", "'torch==2.1.0+cu118'"],
    ["jax", "==0.4.8", "jax[cuda]==0.4.5", "jax[cuda]==0.4.8"],
  ])("%s %s changes nothing else, with CRLF too", (name, constraint, before, after) => {
    for (const text of [FULL, FULL.replaceAll("\n", "\r\n")]) {
      expect(edit(text, name, constraint)).toEqual({ kind: "edited", text: text.replace(before, after) });
    }
  });

  test.each([
    ["python", "=3.11 # x"],
    ["python", "=3.11\n  - evil"],
    ["numpy", '>=2"'],
    ["torch", "==2'"],
    ["pip", "=23"],
  ])("refuses %s %j", (name, constraint) => {
    expect(edit(FULL, name, constraint)).toMatchObject({ kind: "refused", file: PATH });
  });

  test("refuses a comma where a plain text in brackets cannot hold one", () => {
    expect(edit("dependencies: [python=3.10, pip]\n", "python", ">=3.10,<3.12")).toMatchObject({
      kind: "refused",
      line: 1,
    });
  });
});

test.each([
  ["name: a\ndependencies: [x=1]\nprefix: /home/x\n", "frozen"],
  [`dependencies:\n${Array.from({ length: 20 }, (_, index) => `  - p${index}=1.0=h${index}_0\n`).join("")}`, "frozen"],
  [
    `dependencies:\n${["a", "bzip2", "c", "d", "e", "f", "g", "h", "i", "openssl", "q", "r", "s", "xz", "zlib"].map((name) => `  - ${name}=1.0\n`).join("")}`,
    "frozen",
  ],
  [`dependencies:\n${Array.from({ length: 20 }, (_, index) => `  - p${index}=1.0\n`).join("")}`, "hand-written"],
  ["# This file is generated by `rapids-dependency-file-generator`.\ndependencies: [x=1]\n", "compiled"],
  ["dependencies: [x=1=h0_0]\n", "hand-written"],
])("classifies %j", (text, kind) => {
  expect(classifyEnvironment(read(text), text).kind).toBe(kind);
});

describeWithData("real environment files", ".", (folder) => {
  const files = ["manifests", "imprint", "scenarios", "explicit-locks"].flatMap((part) =>
    yamlFiles(join(folder, part)),
  );

  test("every entry is read or reported, and every constraint stands where it is said to", () => {
    let environments = 0;
    let entries = 0;
    for (const file of files) {
      const decoding = decodeText(new Uint8Array(readFileSync(file)));
      if (decoding.kind !== "text") continue;
      const { text } = decoding.decoded;
      const answer = readEnvironmentYml("e/environment.yml", text);
      if (answer.kind === "unreadable") throw new Error(`${file}: ${JSON.stringify(answer.finding)}`);
      if (answer.kind !== "manifest") continue;
      environments += 1;
      const { requirements, includes, indexes, findings } = answer.manifest;
      const accounted = new Set([...requirements, ...includes, ...indexes, ...findings].map((each) => each.line));
      const lines = text.split(/\r?\n/);
      const from = lines.findIndex((line) => line.startsWith("dependencies:"));
      for (const [at, line] of lines.entries()) {
        if (at <= from || !/^\s*- (?!pip:)/.test(line)) continue;
        if (lines.slice(from + 1, at).some((each) => /^[a-z]/.test(each))) break;
        entries += 1;
        expect([file, at + 1, accounted.has(at + 1)]).toEqual([file, at + 1, true]);
      }
      for (const { constraint } of requirements) {
        if (constraint) expect(text.slice(constraint.span.start, constraint.span.end)).toBe(constraint.text);
      }
    }
    expect(environments).toBeGreaterThan(100);
    expect(entries).toBeGreaterThan(3000);
  });
});

/** Small YAML files that may be environments; locks are no environments. */
function yamlFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.ya?ml$/.test(path) && !/lock|workflows|pre-commit/.test(path))
    .map((path) => join(folder, path))
    .filter((path) => statSync(path).size < 200_000);
}
