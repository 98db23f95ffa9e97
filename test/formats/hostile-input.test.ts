import { describe, expect, test } from "@jest/globals";
import { findProjects } from "#formats/find-projects.ts";
import { snapshotOf } from "../support/snapshot.ts";
import { processorTime } from "../support/processor-time.ts";

const LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n";
const utf16 = (text: string): Uint8Array => new Uint8Array([0xff, 0xfe, ...Buffer.from(text, "utf16le")]);
const repeat = (text: string, bytes: number): string => text.repeat(Math.ceil(bytes / text.length));

type Content = Parameters<typeof snapshotOf>[0][string];

/** Path, content, line of the one finding (null: the whole file is meant; TOML names the line after an open value). */
const CASES: readonly (readonly [name: string, path: string, content: Content, line: number | null])[] = [
  ["a malformed line", "requirements.txt", "numpy==1\nscipy==1\n!?\n", 3],
  ["a malformed environment", "environment.yml", "name: a\ndependencies:\n  - a\n - b\n", 4],
  ["a malformed pyproject", "pyproject.toml", '[project]\nname = "x"\nversion = \n', 4],
  ["a truncated environment", "environment.yml", 'dependencies:\n  - "numpy\n', 3],
  ["a truncated pyproject", "pyproject.toml", '[project]\nname = "x\n', 2],
  ["UTF-16 without a mark", "requirements.txt", utf16("numpy==1\n").subarray(2), 1],
  ["UTF-16 that is cut off", "requirements.txt", utf16("numpy==1\n").subarray(0, 9), null],
  ["Latin-1", "requirements.txt", new Uint8Array([0x61, 0x0a, 0x23, 0xe9, 0x0a]), 2],
  ["50 MB", "requirements.txt", new Uint8Array(50 * 1024 * 1024).fill(0x61), null],
  ["50 MB that were not read", "environment.yml", null, null],
  ["deep brackets in YAML", "environment.yml", `dependencies:\n  - ${"[".repeat(50_000)}\n`, 2],
  ["deep dashes in YAML", "environment.yml", `dependencies:\n  ${"- ".repeat(50_000)}\n`, 2],
  ["deep brackets in TOML", "pyproject.toml", `a = ${"[".repeat(50_000)}\n`, 2],
  ["a long text in TOML", "pyproject.toml", `[project]\nname = "x"\ndependencies = ["${"(".repeat(200_000)}"]\n`, 3],
  [
    "deep parentheses in a marker",
    "requirements.txt",
    `a; ${"(".repeat(50_000)}os_name=='nt'${")".repeat(50_000)}\n`,
    1,
  ],
  ["an include of itself", "requirements.txt", "numpy\n-r requirements.txt\n", 2],
  ["a symbolic link", "requirements.txt", { symlink: "../../etc/passwd" }, null],
  ["an LFS pointer", "requirements.txt", LFS, 1],
  ["an LFS pointer for an environment", "environment.yml", LFS, 1],
  ["an LFS pointer for a lock", "poetry.lock", LFS, 1],
  ["a merge conflict", "requirements.txt", "a\n<<<<<<< HEAD\nb==1\n=======\nb==2\n>>>>>>> x\n", 2],
  ["a merge conflict in pyproject", "pyproject.toml", "\n<<<<<<< HEAD\n=======\n>>>>>>> x\n", 2],
  ["an include that leaves the repository", "requirements.txt", "-r ../../../etc/passwd\n", 1],
  ["a joined line without end", "requirements.txt", `a==1 ${repeat("\\\n --hash=sha256:ab", 300_000)}`, 1],
  ["NUL bytes", "environment.yml", "dependencies:\n  - a\0\n", 2],
];

describe("one finding with its file and line, and the rest goes on", () => {
  test.each(CASES)("%s", (_name, path, content, line) => {
    const snapshot = snapshotOf({ [path]: content, "good/requirements.txt": "numpy==1.24\n" });
    const before = snapshot.files.get(path)?.content?.slice() ?? null;
    const began = processorTime();
    const { projects, findings } = findProjects(snapshot, { targets: null, isIncluded: () => true });
    const milliseconds = processorTime() - began;
    expect(findings.map((finding) => finding.file)).toEqual([path]);
    expect(findings[0]?.line).toBe(line);
    const good = projects.find((project) => project.id === "good/requirements.txt");
    expect(good?.manifests[0]?.requirements.map((requirement) => requirement.name)).toEqual(["numpy"]);
    const after = snapshot.files.get(path)?.content ?? null;
    expect(before === null ? after === null : after !== null && Buffer.compare(before, after) === 0).toBe(true);
    expect(milliseconds).toBeLessThan(5_000);
  });
});

test("a file of nothing but problems makes a hundred findings and one that says so", () => {
  const { findings } = findProjects(snapshotOf({ "requirements.txt": `numpy\n${"!!\n".repeat(5_000)}` }), {
    targets: null,
    isIncluded: () => true,
  });
  expect(findings).toHaveLength(101);
  expect(findings.at(-1)).toMatchObject({ line: 102, message: expect.stringContaining("4900 more lines") });
});

/** 64 kB of one pattern each: what takes the square of its length would take minutes. */
test.each<[string, string, string]>([
  ["blanks", "requirements.txt", " "],
  ["dashes", "requirements.txt", "a-"],
  ["commas", "requirements.txt", "a>=1,"],
  ["carriage returns", "requirements.txt", "\r"],
  ["continuations", "requirements.txt", "\\\n"],
  ["options", "requirements.txt", "--no-binary a\n"],
  ["includes", "requirements.txt", "-r b.txt\n"],
  ["URLs", "requirements.txt", "-e git+https://a@b\n"],
  ["entries in brackets", "environment.yml", "a, "],
  ["tags", "environment.yml", "!a "],
  ["errors", "environment.yml", "\n- }"],
  ["keys", "pyproject.toml", "a.b = 1\n"],
  ["installs", ".github/workflows/t.yml", "pip install poetry "],
])("%s are read in time that grows with the file", (_name, path, pattern) => {
  const head = path.endsWith("environment.yml") ? "dependencies: [" : "";
  const body = path.includes("workflows")
    ? `jobs: {a: {steps: [{run: '${repeat(pattern, 60_000)}'}]}}`
    : repeat(pattern, 60_000);
  const began = processorTime();
  findProjects(snapshotOf({ [path]: head + body }), { targets: null, isIncluded: () => true });
  expect(processorTime() - began).toBeLessThan(8_000);
});

test.each(["!", "&!", "!x", "- ", "? ", '""'])(
  "a manifest full of %j is read in time that grows with it",
  (pattern) => {
    const began = processorTime();
    const { findings } = findProjects(snapshotOf({ "environment.yml": `dependencies: ${repeat(pattern, 450_000)}` }), {
      targets: null,
      isIncluded: () => true,
    });
    expect(processorTime() - began).toBeLessThan(20_000);
    expect(findings.every(({ message }) => message.length < 400)).toBe(true);
  },
);
