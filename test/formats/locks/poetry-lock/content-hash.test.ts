import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { contentHash, hashRuleVersion } from "#formats/locks/poetry-lock/content-hash.ts";
import { pythonJson } from "#formats/text/python-json.ts";
import { readPoetryLock } from "#formats/locks/poetry-lock/read.ts";
import { readTomlTree, type TomlTable } from "#formats/text/toml-tree.ts";
import { describeWithData } from "../../../support/test-data.ts";
import { poetryLock10, poetryLock21 } from "./samples.ts";

function tree(text: string): TomlTable {
  const reading = readTomlTree(text);
  if (reading.kind !== "tree") throw new Error(reading.reason);
  return reading.root;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

describeWithData("the recorded hash of every real pair", "imprint", (folder) => {
  const locks = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith("poetry.lock"),
  );
  /** Manifests that a person edited before relocking; the next lock of the history has the hash of the edited one. */
  const relockedLater = new Map([
    ["replay/10-6defe5f/after", "replay/14-0bea0bb/before"],
    ["replay/11-078a28c/before", "replay/14-0bea0bb/before"],
    ["replay/14-0bea0bb/before", "replay/17-632f88f/before"],
    ["replay/17-632f88f/before", "head"],
  ]);

  test.each(locks)("%s", (path) => {
    const directory = path.replace(/\/poetry\.lock$/, "");
    const own = readPoetryLock(readFileSync(join(folder, path), "utf8"));
    const other = readPoetryLock(
      readFileSync(join(folder, relockedLater.get(directory) ?? directory, "poetry.lock"), "utf8"),
    );
    if (own.kind !== "lock" || other.kind !== "lock") throw new Error("a real lock was refused");
    const manifest = tree(readFileSync(join(folder, directory, "pyproject.toml"), "utf8"));
    const answer = contentHash(manifest, own.lock.generator?.poetryVersion ?? null);
    expect(answer).toEqual({ kind: "hash", hash: other.lock.contentHash });
    expect(own.lock.contentHash === other.lock.contentHash).toBe(!relockedLater.has(directory));
  });
});

describe("what is hashed, by version of Poetry", () => {
  const both = `[project]
requires-python = ">=3.9"
dependencies = ["b", "a"]
name = "x"
[dependency-groups]
test = ["pytest"]
[tool.poetry]
packages = [{include = "x"}]
[tool.poetry.group.dev.dependencies]
black = "*"
`;
  const legacy =
    '[tool.poetry]\nname = "x"\n[tool.poetry.dependencies]\npython = "^3.9"\n[tool.poetry.group.a]\noptional = true\n';
  const project = '"project": {"dependencies": ["b", "a"], "requires-python": ">=3.9"}';
  const group = '"group": {"dev": {"dependencies": {"black": "*"}}}';
  test.each([
    [
      "old",
      legacy,
      null,
      '{"dependencies": {"python": "^3.9"}, "dev-dependencies": null, "extras": null, "group": {"a": {"optional": true}}, "source": null}',
    ],
    [
      "1.8 ignores [project]",
      both,
      "1.8.5",
      `{"dependencies": null, "dev-dependencies": null, "extras": null, ${group}, "source": null}`,
    ],
    ["2.2 ignores [dependency-groups]", both, "2.2.1", `{${project}, "tool": {"poetry": {${group}}}}`],
    [
      "2.3 takes all",
      both,
      "2.3.0",
      `{"dependency-groups": {"test": ["pytest"]}, ${project}, "tool": {"poetry": {${group}}}}`,
    ],
    [
      "10 is after 2.3",
      both,
      "10.0",
      `{"dependency-groups": {"test": ["pytest"]}, ${project}, "tool": {"poetry": {${group}}}}`,
    ],
    [
      "2.3 with groups alone",
      '[dependency-groups]\na = ["b"]\n',
      "2.3.4",
      '{"dependency-groups": {"a": ["b"]}, "tool": {"poetry": {}}}',
    ],
    [
      "2.3 with an old manifest",
      legacy,
      "2.3.4",
      '{"dependencies": {"python": "^3.9"}, "dev-dependencies": null, "extras": null, "group": {"a": {"optional": true}}, "source": null}',
    ],
    [
      "2.3 with empty groups",
      "[dependency-groups]\n[tool.poetry]\n",
      "2.3.4",
      '{"dependencies": null, "dev-dependencies": null, "extras": null, "source": null}',
    ],
  ])("%s", (...row) => {
    const [, text, version, json] = row;
    expect(contentHash(tree(text), version)).toEqual({ kind: "hash", hash: sha256(json) });
  });

  test("a date is refused with its line", () => {
    const text = "[tool.poetry]\n[tool.poetry.dependencies]\na = {version = 2020-01-01}\n";
    expect(contentHash(tree(text), "1.8.5")).toMatchObject({ kind: "refused", line: 3 });
  });

  test("order of tables, comments and blanks do not count; order of lists does", () => {
    const hash = (text: string): unknown => contentHash(tree(text), "2.3.4");
    const swapped = both
      .replace('requires-python = ">=3.9"\n', "")
      .replace('name = "x"', 'name = "x" # c\nrequires-python   = ">=3.9"');
    expect(hash(swapped)).toEqual(hash(both));
    expect(hash(both.replace('"b", "a"', '"a", "b"'))).not.toEqual(hash(both));
  });
});

test("a lock without a header follows the rule of its lock version", () => {
  const lockOf = (text: string) => {
    const reading = readPoetryLock(text);
    if (reading.kind !== "lock") throw new Error(reading.message);
    return hashRuleVersion(reading.lock);
  };
  expect(lockOf(poetryLock21)).toBe("2.1.3");
  expect(lockOf(poetryLock21.split("\n").slice(2).join("\n"))).toBe("2.0");
  expect(lockOf(poetryLock10)).toBeNull();
});

test("the hash that Poetry 2.3.4 itself recorded for a manifest of all kinds of tables", () => {
  const manifest = `[project]
name = "app"
version = "1.0"
requires-python = ">=3.10"
dependencies = ["lib.x", "anyio>=4 ; sys_platform != 'win32'", "aiosqlite", "argon2-cffi (>=25)"]
[project.optional-dependencies]
web = ["aiofiles; python_version < '3.12'"]
3 = ["attrs"]
[dependency-groups]
test = ["async-lru", {include-group = "lint"}]
lint = ["asttokens>=3"]
[tool.poetry]
package-mode = false
[tool.poetry.dependencies]
"lib.x" = {path = "libx", develop = true, extras = ["310"]}
[tool.poetry.group.dev]
optional = true
[tool.poetry.group.dev.dependencies]
anyio = {version = ">=4", markers = "os_name == 'nt'"}
idna = [
  {version = ">=3,<99", markers = "python_version < '3.11'"},
  {version = ">=3", markers = "python_version >= '3.11'"},
]
[[tool.poetry.source]]
name = "local"
url = "http://127.0.0.1:8765/simple/"
priority = "primary"
`;
  const recorded = "78639b3940f240b1554e02c474961b8388070282812814244e49dea5300d2094";
  expect(contentHash(tree(manifest), "2.3.4")).toEqual({ kind: "hash", hash: recorded });
  expect(contentHash(tree(manifest), "2.2.1")).not.toEqual({ kind: "hash", hash: recorded });
});

describe("json.dumps as Python writes it (expected texts are Python 3.11's)", () => {
  test.each([
    ["a = 1.0", '{"a": 1.0}'],
    ["a = 1e16", '{"a": 1e+16}'],
    ["a = 1e15", '{"a": 1000000000000000.0}'],
    ["a = 0.0001", '{"a": 0.0001}'],
    ["a = 1e-5", '{"a": 1e-05}'],
    ["a = -0.0", '{"a": -0.0}'],
    ["a = 5e-324", '{"a": 5e-324}'],
    ["a = 1.7976931348623157e308", '{"a": 1.7976931348623157e+308}'],
    ["a = 123456789012345680.0", '{"a": 1.2345678901234568e+17}'],
    ["a = [inf, -inf, nan]", '{"a": [Infinity, -Infinity, NaN]}'],
    ["a = [0x1F, 1_000, +7, -9223372036854775808]", '{"a": [31, 1000, 7, -9223372036854775808]}'],
    ["a = true\nB = false", '{"B": false, "a": true}'],
    ['a = "\\u007fé\\t\\"\\\\\\b"', '{"a": "\\u007f\\u00e9\\t\\"\\\\\\b"}'],
    ['"😀" = "😀"\n"ｚ" = 1', '{"\\uff5a": 1, "\\ud83d\\ude00": "\\ud83d\\ude00"}'],
    ["a = {}\nb = []", '{"a": {}, "b": []}'],
  ])("%s", (text, json) => {
    expect(pythonJson(tree(text))).toEqual({ text: json });
  });
});
