import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { classifyRequirements } from "#formats/manifests/requirements-txt/classify.ts";
import { editRequirementsTxt } from "#formats/manifests/requirements-txt/edit.ts";
import { readRequirementsTxt } from "#formats/manifests/requirements-txt/read.ts";
import { describeWithData } from "../../support/test-data.ts";

const PATH = "requirements/dev.txt";
const read = (text: string) => readRequirementsTxt(PATH, text);

describe("a requirement", () => {
  test.each([
    ["numpy", { name: "numpy", constraint: null }],
    ["Foo_Bar.baz >= 1.0, <2  # why", { name: "foo-bar-baz", constraint: ">= 1.0, <2" }],
    ["jax[cuda, cpu]==0.4.5", { name: "jax", extras: ["cuda", "cpu"], constraint: "==0.4.5" }],
    ["a (>=1.0)", { constraint: ">=1.0" }],
    ["a ( ~=1.0 ) ; python_version < '3.9'", { constraint: "~=1.0", marker: "python_version < '3.9'" }],
    ["a==1.0;sys_platform=='win32'", { constraint: "==1.0", marker: "sys_platform=='win32'" }],
    ["a===1.0+local", { constraint: "===1.0+local" }],
    ["a==1.*", { constraint: "==1.*" }],
    ["a>=1,\\\n  <2", { constraint: ">=1,  <2", span: ">=1,\\\n  <2" }],
    ["a \\\n  ==1", { constraint: "==1", span: "==1", line: 1 }],
    ["\ta==1\t", { constraint: "==1" }],
    ["a==1 --hash=sha256:ab", { constraint: "==1", hashes: ["sha256:ab"] }],
    ["a==1 \\\n  --hash=sha256:ab \\\n  --hash sha256:cd", { constraint: "==1", hashes: ["sha256:ab", "sha256:cd"] }],
    ['a==1 --config-settings="--x=y z"', { constraint: "==1" }],
    ["a @ https://x.org/a-1.0.tar.gz", { name: "a", kind: "url", location: "https://x.org/a-1.0.tar.gz" }],
    ["a[b] @ git+https://x.org/a@v1 ; os_name=='nt'", { kind: "git", reference: "v1", marker: "os_name=='nt'" }],
    ["git+https://x.org/a.git@main#egg=A[b]&subdirectory=c", { name: "a", extras: ["b"], reference: "main" }],
    ["-e git+ssh://git@x.org/a.git#egg=a", { name: "a", kind: "git", reference: null, develop: true }],
    ["--editable=./lib#egg=lib", { name: "lib", kind: "path", develop: true }],
    ["https://x.org/foo_bar-1.0-py3-none-any.whl", { name: "foo-bar", kind: "url" }],
    ["./wheels/foo-1.0-py3-none-any.whl", { name: "foo", kind: "path", location: "./wheels/foo-1.0-py3-none-any.whl" }],
  ])("%j", (line, expected) => {
    const { requirements, findings } = read(`${line}\n`);
    const [requirement] = requirements;
    const { constraint, hashes, origin } = requirement ?? {};
    const span = constraint ? `${line}\n`.slice(constraint.span.start, constraint.span.end) : undefined;
    const flat = {
      ...requirement,
      ...origin,
      constraint: constraint?.text ?? null,
      hashes: hashes?.map((hash) => hash.text),
      span,
    };
    expect(findings).toEqual([]);
    expect(requirements).toHaveLength(1);
    expect(flat).toMatchObject(expected);
    if (!("span" in expected) && constraint) expect(span).toBe(constraint.text);
  });

  test.each([
    ["bokeh=0.3.0", "conda constraint"],
    ["foo >= ", "not a constraint"],
    ["foo>=1 <2", "not a constraint"],
    ["foo==1 ; python_vers > '3'", "not a marker"],
    ["foo ;", "marker after `;` is empty"],
    ["foo @ ", "URL after `@` is missing"],
    ["foo[a b]", "not the name of an extra"],
    ["foo-", "not the name of a package"],
    ["=1", "does not start with the name"],
    ["foo==${VERSION}", "environment variables"],
    ["git+https://${TOKEN}@x.org/a#egg=a", "environment variables"],
    ["foo==1 -r other.txt", "may not follow a requirement"],
    ["foo==1 --hash=sha256:xyz", "`--hash` is not"],
    ["--hash=sha256:ab", "belongs behind a requirement"],
    ["--index-url", "lacks its value"],
    ["--no-index=3", "takes no value"],
    ["--frobnicate", "not an option"],
    ["-q", "not an option"],
    ["-r 'open", "left open"],
    ["-r a b", "stands where an option should"],
    ["foo==1\u000cbar==2", "form feed"],
    ["# note \u2028numpy==1", "form feed"],
    ["--index-url ftp://x.org/", "http or https"],
    ["--extra-index-url https://${USER}@x.org/", "environment variable"],
  ])("%j is kept and reported with its line", (line, reason) => {
    const manifest = read(`numpy==1\n\n${line}\nscipy==2\n`);
    expect(manifest.requirements.map((requirement) => requirement.name)).toEqual(["numpy", "scipy"]);
    expect(manifest.findings).toHaveLength(1);
    expect(manifest.findings[0]).toMatchObject({ code: "not-understood", file: PATH, line: 3 });
    expect(manifest.findings[0]?.message).toContain(reason);
  });

  test.each(["-e .", ".[all]", "./lib", "git+https://github.com/dask/distributed"])("%s names no package", (line) => {
    expect(read(line)).toMatchObject({ requirements: [], findings: [{ code: "unnamed-requirement", line: 1 }] });
  });
});

test("options, includes and indexes are read, abbreviated and joined ones too", () => {
  const manifest = read(
    [
      "-i https://a.org/simple --pre",
      "--extra-index https://b.org/simple",
      "-fhttps://c.org/page.html",
      "-r base.txt",
      "-c ../constraints.txt # pins",
      "--requirement=sub/x.txt",
      "--no-binary :all:",
      "--no-binary :none: --no-binary Foo_Bar,baz",
      "--only-binary=:all:",
      "--require-hashes --trusted-host a.org --prefer-binary --use-feature fast-deps",
    ].join("\r\n"),
  );
  expect(manifest.findings).toEqual([]);
  expect(manifest.indexes).toEqual([
    { name: null, url: "https://a.org/simple", kind: "index", priority: "primary", line: 1 },
    { name: null, url: "https://b.org/simple", kind: "index", priority: "extra", line: 2 },
    { name: null, url: "https://c.org/page.html", kind: "find-links", priority: "extra", line: 3 },
  ]);
  expect(manifest.includes).toEqual([
    { path: "requirements/base.txt", line: 4, kind: "requirements" },
    { path: "constraints.txt", line: 5, kind: "constraints" },
    { path: "requirements/sub/x.txt", line: 6, kind: "requirements" },
  ]);
  expect(manifest.pipOptions).toEqual({
    noIndex: false,
    prereleases: true,
    requireHashes: true,
    noBinary: ["foo-bar", "baz"],
    onlyBinary: [":all:"],
  });
});

test.each(["../../up.txt", "/etc/passwd", "https://x.org/r.txt", "${HOME}/r.txt", "C:\\r.txt", "~/r.txt", "file:///r"])(
  "an include of %s is not followed",
  (target) => {
    const manifest = read(`-r '${target}'\n`);
    expect(manifest.includes).toEqual([]);
    expect(manifest.findings).toMatchObject([{ code: "include-not-followed", line: 1 }]);
  },
);

test.each([
  ["grpcio==1.42 # latest grpcio breaks Ray", "latest grpcio breaks Ray"],
  ["# latest grpcio breaks Ray\ngrpcio==1.42", "latest grpcio breaks Ray"],
  ["# Pin until it is supported\n# https://x.org/1\ngrpcio==1.42", "Pin until it is supported"],
  ["# pin\n#\n#\ngrpcio==1.42", null],
  ["# breaks\nother==1\ngrpcio==1.42", null],
  ["other==1 # breaks\ngrpcio==1.42", null],
  ["grpcio==1.42 # do not upgrade", "do not upgrade"],
  ["grpcio==1.42 # Hold it", "Hold it"],
  ["grpcio==1.42 # spinning threshold", null],
])("the hold reason of %j", (text, reason) => {
  expect(read(text).requirements.at(-1)?.holdReason).toBe(reason);
});

describe("editing", () => {
  const edit = (text: string, name: string, constraint: string, hashes: string[] | null = null) => {
    const manifest = read(text);
    const requirement = manifest.requirements.find((each) => each.name === name);
    if (requirement === undefined) throw new Error(`no ${name}`);
    return editRequirementsTxt(text, manifest, [{ requirement, constraint, hashes }]);
  };

  test.each([
    [
      "keeps all but the constraint",
      "a==1\r\n\tB [x] == 1.0  # c\r\nd\r\n",
      "b",
      "== 2.0",
      "a==1\r\n\tB [x] == 2.0  # c\r\nd\r\n",
    ],
    ["keeps parentheses", "a (>=1) ; os_name=='nt'", "a", ">=2", "a (>=2) ; os_name=='nt'"],
    ["joins a broken constraint", "a>=1,\\\n  <2\nb", "a", ">=2,<3", "a>=2,<3\nb"],
  ])("%s", (_name, text, ...[name, constraint, expected]) => {
    expect(edit(text, name ?? "", constraint ?? "")).toEqual({ kind: "edited", text: expected });
  });

  const HASHED = "a==1 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb # both\nb==2 --hash=sha256:cc\n";
  test.each<[string, string[], string]>([
    [
      "a",
      ["sha256:11", "sha256:22"],
      "a==9 \\\n    --hash=sha256:11 \\\n    --hash=sha256:22 # both\nb==2 --hash=sha256:cc\n",
    ],
    ["a", ["sha256:11"], "a==9 \\\n    --hash=sha256:11 # both\nb==2 --hash=sha256:cc\n"],
    [
      "a",
      ["sha256:11", "sha256:22", "sha256:33"],
      "a==9 \\\n    --hash=sha256:11 \\\n    --hash=sha256:22 \\\n    --hash=sha256:33 # both\nb==2 --hash=sha256:cc\n",
    ],
    [
      "b",
      ["sha256:11", "sha256:22"],
      "a==1 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb # both\nb==9 --hash=sha256:11 --hash=sha256:22\n",
    ],
  ])("writes the hash block of %s anew: %j", (name, hashes, expected) => {
    expect(edit(HASHED, name, "==9", hashes)).toEqual({ kind: "edited", text: expected });
  });

  test.each<[string, string, string, string[] | null, string]>([
    ["a", "==9", "a==1 --hash=sha256:aa", null, "has hashes"],
    ["a", "==9", "a==1", ["sha256:aa"], "cannot be written"],
    ["a", "==9", "a", null, "no constraint"],
    ["a", "newest", "a==1", null, "would not read back"],
    ["a", "==9 # x", "a==1", null, "would not read back"],
    ["a", "==9\nb==3", "a==1", null, "would not read back"],
  ])("refuses %s %s in %j", (...row) => {
    const [name, constraint, text, hashes, reason] = row;
    expect(edit(text, name, constraint, hashes)).toMatchObject({
      kind: "refused",
      file: PATH,
      line: 1,
      reason: expect.stringContaining(reason),
    });
  });

  test("refuses what is not of this manifest, and two changes of one line", () => {
    const manifest = read("a==1\n");
    const [requirement] = manifest.requirements;
    if (requirement === undefined) throw new Error("no requirement");
    const change = { requirement, constraint: "==2", hashes: null };
    expect(editRequirementsTxt("a==1\n", manifest, [change, change])).toMatchObject({ kind: "refused", line: 1 });
    const foreign = { ...change, requirement: { ...requirement } };
    expect(editRequirementsTxt("a==1\n", manifest, [foreign])).toMatchObject({ kind: "refused" });
  });
});

describe("classifyRequirements", () => {
  const pins = (count: number, from = 0) =>
    Array.from({ length: count }, (_, index) => `p${String(index + from).padStart(3, "0")}==1.${index}`);
  test.each([
    ["a hand list of 6 pins", pins(6).join("\n"), "r.txt", "hand-written"],
    ["a long list with a comment", ["# ours", ...pins(30)].join("\n"), "r.txt", "hand-written"],
    ["a long unsorted list", pins(30).toReversed().join("\n"), "r.txt", "hand-written"],
    ["a long list of ranges", pins(30).join("\n").replaceAll("==", ">="), "r.txt", "hand-written"],
    ["pip freeze", pins(30).join("\r\n"), "r.txt", "frozen"],
    ["pip freeze of conda", "certifi @ file:///croot/certifi_1/work/certifi\nx==1\n", "r.txt", "frozen"],
    [
      "pip freeze with an editable",
      "# Editable install with no version control (x==1)\n-e /home/x\n",
      "r.txt",
      "frozen",
    ],
    [
      "conda list --export",
      "# This file may be used to create an environment using:\n# $ conda create --name <env> --file <this file>\n# platform: linux-64\na=1=b\n",
      "r.txt",
      "frozen",
    ],
    ["conda list --explicit", "@EXPLICIT\nhttps://x.org/a-1-b.conda#0\n", "r.txt", "frozen"],
    [
      "pip-compile",
      "#\n# This file is autogenerated by pip-compile with Python 3.10\n#\na==1\n    # via b\n",
      "r.txt",
      "compiled",
    ],
    [
      "pip-compile without header",
      "a==1\n    # via b\nb==1\n    # via c\nc==1\n    # via -r x.in\n",
      "r.txt",
      "compiled",
    ],
    [
      "uv",
      "# This file was autogenerated by uv via the following command:\n#    uv pip compile x.in\na==1\n",
      "r.txt",
      "compiled",
    ],
    [
      "pipenv",
      "# These requirements were autogenerated by pipenv\n# To regenerate from the project's Pipfile, run:\n#    pipenv lock --requirements\na==1\n",
      "r.txt",
      "compiled",
    ],
    ["the source of a compiled file", "# run pip-compile to update\na\n", "r.in", "hand-written"],
  ])("%s", (_name, text, path, kind) => {
    expect(classifyRequirements(text, path).kind).toBe(kind);
  });
});

describeWithData("real requirements files", "manifests", (folder) => {
  const index = readFileSync(`${folder}/INDEX.tsv`, "utf8").trim().split("\n").slice(1);
  const files = index.map((line) => line.split("\t")).filter((cells) => cells[3] === "requirements");

  test.each(files.map(([repository, , path]) => [`${repository?.replace("/", "__")}/${path}`]))(
    "%s: no line is lost",
    (path) => {
      const text = readFileSync(`${folder}/${path}`, "utf8");
      const manifest = readRequirementsTxt(path, text);
      const meant = text.split(/\r?\n/).map((line) => line.replace(/(^|\s)#.*$/, "").trim());
      const accounted = new Set([
        ...manifest.requirements.map((requirement) => requirement.line),
        ...manifest.includes.map((include) => include.line),
        ...manifest.indexes.map((each) => each.line),
        ...manifest.findings.map((finding) => finding.line),
      ]);
      const lost = meant.flatMap((line, at) =>
        line === "" || line.startsWith("--hash") || accounted.has(at + 1) ? [] : [line],
      );
      expect(lost).toEqual([]);
      for (const { constraint } of manifest.requirements) {
        if (constraint !== null) expect(text.slice(constraint.span.start, constraint.span.end)).toBe(constraint.text);
      }
    },
  );
});

test.each([
  ["git+https://me:hunter2@host.example/r.git@v1", "git+https://***@host.example/r.git@v1"],
  ["-e git+https://hunter2@host.example/r.git", "git+https://***@host.example/r.git"],
  ["git+ssh://git@host.example/r.git", "git+ssh://git@host.example/r.git"],
])("the finding for %s shows no secret", (line, shown) => {
  const { findings } = readRequirementsTxt("requirements.txt", `${line}\n`);
  expect(findings.map(({ message }) => message)).toEqual([expect.stringContaining(`\`${shown}\``)]);
  expect(JSON.stringify(findings)).not.toContain("hunter2");
});
