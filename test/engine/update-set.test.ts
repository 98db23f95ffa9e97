/** The members of a set move together or not at all, and what stays is named. */
import { describe, expect, test } from "@jest/globals";
import { proposeUpdates } from "#propose-updates.ts";
import { testContext, textSnapshot } from "../support/engine.ts";
import type { TestRelease } from "../support/index-data.ts";
import { groups, locked, NOW, propose, pyproject, release, textOf, YOUNG } from "../support/small-repository.ts";

describe("a weekly run on a set of files", () => {
  test("a release that a target cannot install is left out, and the rest moves", async () => {
    const linuxOnly = { filename: "t-1.1-cp312-cp312-manylinux2014_x86_64.whl", sha256: "b".repeat(64) };
    const first = [release("a", "1.0", ["t"]), release("b", "1.0"), release("t", "1.0")];
    const snapshot = await locked({ "pyproject.toml": pyproject('a = "^1.0"\nb = "^1.0"\n') }, first);
    const later = [...first, release("b", "1.1"), { ...release("t", "1.1"), files: [linuxOnly] }];
    const proposal = await propose(snapshot, { releases: later });
    expect(proposal.pullRequests[0]?.changes.map((change) => change.name)).toEqual(["b"]);
    expect(proposal.held).toMatchObject([
      { name: "t", wanted: "1.1", holder: "t 1.1", targets: ["osx-64", "osx-arm64"] },
    ]);
  });

  test("pins that need each other follow a lock together", async () => {
    const first = [release("jax", "0.4.1", ["jaxlib==0.4.1"]), release("jaxlib", "0.4.1"), release("c", "1.0")];
    const later = [
      ...first,
      release("jax", "0.4.2", ["jaxlib==0.4.2"]),
      release("jaxlib", "0.4.2"),
      release("c", "1.1"),
    ];
    const files = {
      "pyproject.toml": pyproject('jax = "^0.4.1"\nc = "^1.0"\n'),
      "requirements-cuda.txt": "jax==0.4.1\njaxlib==0.4.1\nc==1.0\nholder==1.0\n",
    };
    const holder = release("holder", "1.0", ["c<1.1"]);
    const snapshot = await locked(files, [...first, holder]);
    const proposal = await propose(snapshot, { releases: [...later, holder] });
    expect(textOf(proposal, "python-dependencies", "requirements-cuda.txt")).toBe(
      "jax==0.4.2\njaxlib==0.4.2\nc==1.0\nholder==1.0\n",
    );
    expect(proposal.held.map((one) => [one.name, one.holder])).toEqual([["c", "holder 1.0"]]);
  });

  test("a pin ahead of the lock stays, and is no change", async () => {
    const first = [release("a", "1.0"), release("n", "1.1"), release("n", "1.0"), release("h", "1.0", ["n<1.1"])];
    const files = {
      "pyproject.toml": pyproject('n = "^1.0"\nh = "^1.0"\n'),
      "requirements-other.txt": "n==1.1\na==1.0\n",
    };
    const proposal = await propose(await locked(files, first), { releases: [...first, release("a", "1.1")] });
    expect(textOf(proposal, "python-dependencies", "requirements-other.txt")).toBe("n==1.1\na==1.1\n");
    expect(proposal.pullRequests[0]?.changes.map((change) => change.name)).toEqual(["a"]);
  });

  test.each([
    ["a comment asks to keep", "# do not upgrade: breaks\na==1.0\nb==1.0\n", "requirements.txt:2"],
    ["nothing may write", "a===1.0\nb==1.0\n", "requirements.txt:1"],
  ])("a pin that %s keeps its package in the lock too", async (_, pins, holder) => {
    const first = [release("a", "1.0"), release("b", "1.0")];
    const files = { "pyproject.toml": pyproject('a = "^1.0"\nb = "^1.0"\n'), "requirements.txt": pins };
    const later = [...first, release("a", "1.1"), release("b", "1.1")];
    const proposal = await propose(await locked(files, first), { releases: later });
    expect(proposal.pullRequests[0]?.changes.map((change) => change.name)).toEqual(["b"]);
    expect(textOf(proposal, "python-dependencies", "pyproject.toml")).toContain('a = "^1.0"\nb = "^1.1"\n');
    expect(textOf(proposal, "python-dependencies", "requirements.txt")).toBe(pins.replace("b==1.0", "b==1.1"));
    expect(proposal.held).toMatchObject([{ name: "a", wanted: "1.1", holder }]);
  });

  test("pins that stay are listed with their holders: policy, comment, another pin", async () => {
    const both = (name: string): TestRelease[] => [release(name, "1.0"), release(name, "1.1")];
    const proposal = await propose(
      textSnapshot({
        "requirements.txt": "n==1.0\nh==1.0\n# do not upgrade: breaks\nk==1.0\nm==1.0\ny==1.0\n",
        ".github/relock.yml": "hold:\n  m: current\n",
      }),
      {
        releases: [
          ...["n", "k", "m"].flatMap(both),
          release("h", "1.0", ["n<1.1"]),
          release("y", "1.0"),
          release("y", "1.1", [], YOUNG),
        ],
      },
    );
    expect(proposal.pullRequests).toEqual([]);
    const held = proposal.held.map((one) => `${one.name} ${one.wanted}: ${one.holder}`);
    expect(held.sort()).toEqual([
      "k 1.1: requirements.txt:4",
      "m 1.1: .github/relock.yml:2",
      "n 1.1: h 1.0",
      "y 1.1: cooldown",
    ]);
  });

  test("pins of a series move too, alone in their file", async () => {
    const releases = ["1.0", "1.1", "2.3"].map((version) => release("b", version));
    const proposal = await propose(textSnapshot({ "requirements.txt": "b~=1.0.0\n" }), { releases });
    expect(textOf(proposal, "python-dependencies", "requirements.txt")).toBe("b~=1.1.0\n");
    expect(textOf(proposal, "major-b", "requirements.txt")).toBe("b~=2.3.0\n");
  });

  test("folders whose names come to the same do not share a branch", async () => {
    const files = { "x/y/requirements.txt": "a==1.0\n", "x-y/requirements.txt": "a==1.0\n" };
    const proposal = await propose(textSnapshot(files), { releases: [release("a", "1.0"), release("a", "1.1")] });
    expect(groups(proposal)).toEqual(["python-dependencies-x-y", "python-dependencies-x-y-2"]);
  });

  test("what a configured group or a tool waits for is told as well", async () => {
    const first = [release("poetry", "1.8.0"), release("a", "1.0")];
    const later = [...first, release("poetry", "1.9.0", [], YOUNG), release("a", "1.1", [], YOUNG)];
    const files = { "pyproject.toml": pyproject('poetry = "1.8.0"\na = "^1.0"\n') };
    const snapshot = await locked({ ...files, ".github/relock.yml": "groups:\n  own: [a]\n" }, first);
    const proposal = await propose(snapshot, { releases: later });
    expect(proposal.pullRequests).toEqual([]);
    expect(proposal.held).toMatchObject([
      { name: "a", wanted: "1.1", holder: "cooldown" },
      { name: "poetry", wanted: "1.9.0", holder: "cooldown" },
    ]);
  });

  test("a package that is pinned differently by marker is held, not passed over", async () => {
    const pins = 'a==1.0 ; sys_platform == "linux"\na==1.1 ; sys_platform == "darwin"\n';
    const releases = ["1.0", "1.1", "1.2"].map((version) => release("a", version));
    const proposal = await propose(textSnapshot({ "requirements.txt": pins }), { releases });
    expect(proposal.pullRequests).toEqual([]);
    expect(proposal.held).toMatchObject([
      { name: "a", wanted: "1.2", holder: "requirements.txt:1, requirements.txt:2" },
    ]);
  });

  test("what is newer than --exclude-newer is neither used nor wanted", async () => {
    const releases = [release("a", "1.0"), release("a", "1.1", [], YOUNG)];
    const snapshot = await locked({ "pyproject.toml": pyproject('a = "^1.0"\n') }, releases.slice(0, 1));
    const context = { ...testContext({ releases, now: NOW }), excludeNewer: Date.parse("2026-02-01T00:00:00Z") };
    const options = { request: { kind: "weekly" }, organisationDefaults: null } as const;
    expect(await proposeUpdates(context, snapshot, options)).toMatchObject({ pullRequests: [], held: [] });
    const pins = textSnapshot({ "requirements.txt": "a==1.0\n" });
    expect(await proposeUpdates(context, pins, options)).toMatchObject({ pullRequests: [], held: [] });
  });

  test("a tool's major comes apart; a configured group takes its tools and leaves nothing of it to others", async () => {
    const first = [release("poetry", "1.8.0"), release("a", "1.0"), release("b", "1.0")];
    const later = [
      ...first,
      release("poetry", "1.9.0"),
      release("poetry", "2.1.0"),
      release("a", "1.1"),
      release("b", "1.1"),
    ];
    const files = { "pyproject.toml": pyproject('poetry = "1.8.0"\na = "^1.0"\nb = "^1.0"\n') };
    const snapshot = await locked(files, first);
    const plain = await propose(snapshot, { releases: later });
    expect(groups(plain)).toEqual(["python-dependencies", "tool-poetry", "major-poetry"]);
    const lock = Buffer.from(snapshot.files.get("poetry.lock")?.content ?? []).toString("utf8");
    const config = { ".github/relock.yml": "groups:\n  tooling: [poetry, a]\n" };
    const grouped = await propose(textSnapshot({ ...files, "poetry.lock": lock, ...config }), { releases: later });
    const moved = grouped.pullRequests.map((pull) => [pull.group, pull.changes.map((change) => change.name)]);
    expect(moved).toEqual([
      ["python-dependencies", ["b"]],
      ["tooling", ["a", "poetry"]],
      ["major-poetry", ["poetry"]],
    ]);
  });

  test("a lock that a target cannot install is told, and no target is called solved that is not", async () => {
    const linuxOnly = { filename: "a-1.0-cp312-cp312-manylinux2014_x86_64.whl", sha256: "b".repeat(64) };
    const first = [release("b", "1.0"), { ...release("a", "1.0"), files: [linuxOnly] }];
    const snapshot = await locked({ "pyproject.toml": pyproject('a = "^1.0"\nb = "^1.0"\n') }, first);
    const proposal = await propose(snapshot, { releases: [...first, release("b", "1.1")] });
    expect(proposal.findings).toMatchObject([
      { code: "not-installable", file: "poetry.lock", targets: ["osx-64", "osx-arm64"] },
    ]);
    expect(proposal.pullRequests[0]?.body).toContain("solved this environment for 1 of 3 targets");
  });

  test("what a repository at a git address needs stays in the lock", async () => {
    const git = 'g = {git = "https://github.com/x/g.git", rev = "abc"}\n';
    const first = [release("a", "1.0"), release("t", "1.0")];
    const plain = await locked({ "pyproject.toml": pyproject('a = "^1.0"\nt = "*"\n') }, first);
    const entry = `[[package]]
name = "g"
version = "0.1.0"
description = "G"
optional = false
python-versions = "*"
groups = ["main"]
files = []
develop = false

[package.dependencies]
t = ">=1.0"

[package.source]
type = "git"
url = "https://github.com/x/g.git"
reference = "abc"
resolved_reference = "0123456789012345678901234567890123456789"

`;
    const lock = Buffer.from(plain.files.get("poetry.lock")?.content ?? []).toString("utf8");
    const snapshot = textSnapshot({
      "pyproject.toml": pyproject(`a = "^1.0"\n${git}`),
      "poetry.lock": lock.replace('[[package]]\nname = "t"', `${entry}[[package]]\nname = "t"`),
    });
    const proposal = await propose(snapshot, { releases: [...first, release("a", "1.1")] });
    const after = textOf(proposal, "python-dependencies", "poetry.lock");
    expect(after).toContain(entry);
    expect(after).toContain('name = "t"\nversion = "1.0"');
    expect(after).toContain('name = "a"\nversion = "1.1"');
  });
});
