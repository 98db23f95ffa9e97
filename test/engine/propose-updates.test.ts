/** Whole runs on small repositories: what is proposed, in which pull request, and what is held by whom. */
import { describe, expect, test } from "@jest/globals";
import { proposeUpdates } from "#propose-updates.ts";
import { testContext, textSnapshot } from "../support/engine.ts";
import type { TestRelease } from "../support/index-data.ts";
import { groups, locked, propose, pyproject, release, textOf, YOUNG } from "../support/small-repository.ts";

describe("a weekly run", () => {
  test("moves within majors together, majors apart, tools apart", async () => {
    const first = [release("a", "1.0"), release("b", "1.0"), release("poetry", "1.4.0")];
    const later = [...first, release("a", "1.1"), release("a", "2.0"), release("b", "1.2"), release("poetry", "1.5.0")];
    const snapshot = await locked({ "pyproject.toml": pyproject('a = "^1.0"\nb = "1.0"\npoetry = "1.4.0"\n') }, first);
    const proposal = await propose(snapshot, { releases: later });
    expect(groups(proposal)).toEqual(["python-dependencies", "tool-poetry", "major-a"]);
    expect(textOf(proposal, "python-dependencies", "pyproject.toml")).toContain(
      'a = "^1.1"\nb = "1.2"\npoetry = "1.4.0"\n',
    );
    expect(textOf(proposal, "tool-poetry", "pyproject.toml")).toContain('poetry = "1.5.0"\n');
    expect(textOf(proposal, "major-a", "pyproject.toml")).toContain('a = "^2.0"\nb = "1.0"\n');
    expect(textOf(proposal, "major-a", "poetry.lock")).toContain('name = "a"\nversion = "2.0"');
    expect(proposal.held).toEqual([]);
  });

  test("proposes nothing where nothing is new, nor where only the generator of the lock differs", async () => {
    const releases = [release("a", "1.0")];
    const snapshot = await locked({ "pyproject.toml": pyproject('a = "^1.0"\n') }, releases);
    expect(await propose(snapshot, { releases })).toMatchObject({ pullRequests: [], held: [] });
    const text = Buffer.from(snapshot.files.get("poetry.lock")?.content ?? []).toString("utf8");
    const renamed = textSnapshot({
      "pyproject.toml": pyproject('a = "^1.0"\n'),
      "poetry.lock": text.replace(/Poetry [\d.]+ /u, "Poetry 2.0.0 "),
    });
    expect(await propose(renamed, { releases })).toMatchObject({ pullRequests: [] });
  });

  test("waits for a release to be a week old, transitive ones too, and says so", async () => {
    const first = [release("a", "1.0", ["t"]), release("t", "1.0")];
    const later = [...first, release("a", "1.1", ["t"], YOUNG), release("t", "1.1", [], YOUNG)];
    const snapshot = await locked({ "pyproject.toml": pyproject('a = "^1.0"\n') }, first);
    const proposal = await propose(snapshot, { releases: later });
    expect(proposal.pullRequests).toEqual([]);
    expect(proposal.held).toMatchObject([
      { name: "a", wanted: "1.1", holder: "cooldown" },
      { name: "t", wanted: "1.1", holder: "cooldown" },
    ]);
    const configured = {
      ...Object.fromEntries(
        [...snapshot.files].map(([path, file]) => [path, Buffer.from(file.content ?? []).toString("utf8")]),
      ),
      ".github/relock.yml": "cooldown: 1\n",
    };
    expect(groups(await propose(textSnapshot(configured), { releases: later }))).toEqual(["python-dependencies"]);
  });

  test("names the package that holds another one: A 1.0 keeps B at 1.0 while B 2 exists", async () => {
    const first = [release("a", "1.0", ["b==1.0"]), release("b", "1.0"), release("c", "1.0", ["b"])];
    const snapshot = await locked({ "pyproject.toml": pyproject('a = "^1.0"\nb = "^1.0"\nc = "^1.0"\n') }, first);
    const proposal = await propose(snapshot, { releases: [...first, release("b", "1.5"), release("b", "2.0")] });
    expect(proposal.pullRequests).toEqual([]);
    const held = proposal.held.filter((one) => one.name === "b");
    expect(held.length).toBeGreaterThan(0);
    for (const one of held) {
      expect(`${one.holder} ${one.reason}`).toMatch(/a 1\.0/u);
    }
  });

  test("a file that cannot follow keeps the whole coherence set, and is named", async () => {
    const wheel = (version: string) => ({
      filename: `lib-${version}-cp312-cp312-manylinux2014_x86_64.whl`,
      sha256: "a".repeat(64),
    });
    const page = "https://storage.example/cuda_releases.html";
    const first = [release("jax", "0.4.1", ['jaxlib==0.4.1+cuda11 ; extra == "cuda"'])];
    const later = [...first, release("jax", "0.4.2", ['jaxlib==0.4.2+cuda11 ; extra == "cuda"'])];
    const files = {
      "pyproject.toml": pyproject('jax = "^0.4.1"\n'),
      "requirements-cuda.txt": `--find-links ${page}\njax[cuda]==0.4.1\n`,
    };
    const snapshot = await locked(files, first);
    const builds = (...versions: string[]): TestRelease[] =>
      versions.map((version) => ({
        name: "jaxlib",
        version,
        files: [{ ...wheel(version), filename: wheel(version).filename.replace("lib-", "jaxlib-") }],
      }));
    const held = await propose(snapshot, { releases: later, pages: { [page]: builds("0.4.1+cuda11") } });
    expect(held.pullRequests).toEqual([]);
    expect(held.held).toMatchObject([{ name: "jax", wanted: "0.4.2" }]);
    expect(held.held[0]?.holder).toContain("jaxlib==0.4.2+cuda11");
    const moved = await propose(snapshot, {
      releases: later,
      pages: { [page]: builds("0.4.1+cuda11", "0.4.2+cuda11") },
    });
    expect(groups(moved)).toEqual(["python-dependencies"]);
    expect(textOf(moved, "python-dependencies", "requirements-cuda.txt")).toContain("jax[cuda]==0.4.2\n");
    expect(textOf(moved, "python-dependencies", "pyproject.toml")).toContain('jax = "^0.4.2"\n');
    expect(moved.pullRequests[0]?.body).toContain("One fact, many files");
  });

  test("a file that cannot follow to the newest version takes all to the newest that it can have", async () => {
    const page = "https://storage.example/cuda_releases.html";
    const jax = (version: string): TestRelease =>
      release("jax", version, [`jaxlib==${version}+cuda11 ; extra == "cuda"`]);
    const build = (version: string): TestRelease => ({
      name: "jaxlib",
      version: `${version}+cuda11`,
      files: [{ filename: `jaxlib-${version}+cuda11-cp312-cp312-manylinux2014_x86_64.whl`, sha256: "a".repeat(64) }],
    });
    const files = {
      "pyproject.toml": pyproject('jax = "^0.4.1"\n'),
      "requirements-cuda.txt": `--find-links ${page}\njax[cuda]==0.4.1\n`,
    };
    const snapshot = await locked(files, [jax("0.4.1")]);
    const releases = ["0.4.1", "0.4.2", "0.4.3"].map(jax);
    const proposal = await propose(snapshot, { releases, pages: { [page]: [build("0.4.1"), build("0.4.2")] } });
    expect(textOf(proposal, "python-dependencies", "requirements-cuda.txt")).toContain("jax[cuda]==0.4.2\n");
    expect(textOf(proposal, "python-dependencies", "pyproject.toml")).toContain('jax = "^0.4.2"\n');
    expect(proposal.held).toMatchObject([{ name: "jax", wanted: "0.4.3" }]);
  });

  test("a new lock must install wherever the old one did", async () => {
    const everywhere = { filename: "a-1.0-py3-none-any.whl", sha256: "a".repeat(64) };
    const linuxOnly = { filename: "a-1.1-cp312-cp312-manylinux2014_x86_64.whl", sha256: "b".repeat(64) };
    const first = [{ ...release("a", "1.0"), files: [everywhere] }];
    const snapshot = await locked({ "pyproject.toml": pyproject('a = "^1.0"\n') }, first);
    const proposal = await propose(snapshot, { releases: [...first, { ...release("a", "1.1"), files: [linuxOnly] }] });
    expect(proposal.pullRequests).toEqual([]);
    expect(JSON.stringify(proposal.held)).toContain("osx-arm64");
  });

  test("holds, ignored versions and comments are kept, each with its place", async () => {
    const first = [release("a", "1.0"), release("b", "1.0"), release("c", "1.0")];
    const later = [...first, release("a", "1.1"), release("b", "1.1"), release("c", "1.1")];
    const files = {
      "pyproject.toml": pyproject('a = "1.0"\nb = "1.0"\n# do not upgrade: breaks the sampler\nc = "1.0"\n'),
    };
    const plain = await locked(files, first);
    const lock = Buffer.from(plain.files.get("poetry.lock")?.content ?? []).toString("utf8");
    const snapshot = textSnapshot({
      ...files,
      "poetry.lock": lock,
      ".github/relock.yml": "hold:\n  a: null\nignore:\n  - b\n",
    });
    const proposal = await propose(snapshot, { releases: later });
    expect(proposal.findings.filter((finding) => finding.severity === "error")).toEqual([]);
    expect(proposal.pullRequests).toEqual([]);
    expect(proposal.held.map((one) => one.name).sort()).toEqual(["a", "b", "c"]);
    expect(proposal.held.find((one) => one.name === "a")?.holder).toMatch(/^\.github\/relock\.yml:2$/u);
    expect(proposal.held.find((one) => one.name === "c")?.reason).toContain("breaks the sampler");
  });

  test("an unsatisfiable manifest is an explanation and no pull request", async () => {
    const releases = [release("a", "1.0", ["b<1"]), release("b", "1.0"), release("b", "0.9")];
    const lock = await locked({ "pyproject.toml": pyproject('a = "^1.0"\n') }, releases);
    const text = Buffer.from(lock.files.get("poetry.lock")?.content ?? []).toString("utf8");
    const snapshot = textSnapshot({ "pyproject.toml": pyproject('a = "^1.0"\nb = "^1.0"\n'), "poetry.lock": text });
    const proposal = await propose(snapshot, { releases });
    expect(proposal.pullRequests).toEqual([]);
    expect(JSON.stringify(proposal.held)).toMatch(/a 1\.0 depends on b/iu);
  });

  test("an index that is out of reach is an error that names it, and proposes nothing", async () => {
    const releases = [release("a", "1.0")];
    const snapshot = await locked({ "pyproject.toml": pyproject('a = "^1.0"\n') }, releases);
    const problem = {
      kind: "unreachable",
      url: "https://pypi.org/simple/a/",
      message: "https://pypi.org/simple/a/ cannot be reached: try again later",
    } as const;
    const context = testContext({ releases });
    const down = {
      ...context,
      openIndex: (policy: Parameters<typeof context.openIndex>[0]) => ({
        ...context.openIndex(policy),
        listing: async () => ({ problem }),
      }),
    };
    const proposal = await proposeUpdates(down, snapshot, { request: { kind: "weekly" }, organisationDefaults: null });
    expect(proposal.pullRequests).toEqual([]);
    expect(proposal.findings).toMatchObject([{ code: "index-unreachable", severity: "error" }]);
    expect(proposal.findings[0]?.message).toContain("https://pypi.org/simple/a/ cannot be reached");
  });

  test("an index whose URL has a variable is never asked, and PyPI is not asked instead", async () => {
    const snapshot = textSnapshot({
      "requirements.txt": "--index-url https://${TOKEN}@private.example/simple\ninternal==1.0\n",
    });
    const proposal = await propose(snapshot, { releases: [release("internal", "1.0"), release("internal", "9.0")] });
    expect(proposal.pullRequests).toEqual([]);
    expect(
      proposal.findings.some((finding) => finding.file === "requirements.txt" && finding.message.includes("variable")),
    ).toBe(true);
  });
});

test("a repository that is switched off gets nothing, and says why", async () => {
  const files = { "requirements.txt": "a==1.0\n", ".github/relock.yml": "enabled: false\n" };
  const proposal = await propose(textSnapshot(files), { releases: [release("a", "1.0"), release("a", "1.1")] });
  expect(proposal).toMatchObject({
    pullRequests: [],
    held: [],
    findings: [{ code: "switched-off", severity: "info" }],
  });
});

describe("a request", () => {
  test("for packages moves these alone, to the versions asked for", async () => {
    const first = [release("a", "1.0"), release("b", "1.0", ["t"]), release("t", "1.0")];
    const later = [...first, release("a", "1.1"), release("a", "1.2"), release("b", "1.1", ["t"]), release("t", "1.1")];
    const snapshot = await locked({ "pyproject.toml": pyproject('a = "^1.0"\nb = "^1.0"\n') }, first);
    const asked = await propose(
      snapshot,
      { releases: later },
      { kind: "packages", packages: [{ name: "a", version: "1.1" }] },
    );
    expect(asked.pullRequests[0]?.changes).toMatchObject([{ name: "a", from: "1.0", to: "1.1", direct: true }]);
    const transitive = await propose(
      snapshot,
      { releases: later },
      { kind: "packages", packages: [{ name: "t", version: null }] },
    );
    expect(transitive.pullRequests[0]?.changes).toMatchObject([{ name: "t", from: "1.0", to: "1.1", direct: false }]);
    const unknown = await propose(
      snapshot,
      { releases: later },
      { kind: "packages", packages: [{ name: "zzz", version: null }] },
    );
    expect(unknown.pullRequests).toEqual([]);
  });

  test("for one group gives that group alone", async () => {
    const first = [release("a", "1.0"), release("b", "1.0")];
    const snapshot = await locked({ "pyproject.toml": pyproject('a = "^1.0"\nb = "^1.0"\n') }, first);
    const later = [...first, release("a", "2.0"), release("b", "1.1")];
    const proposal = await propose(snapshot, { releases: later }, { kind: "relock", group: "major-a" });
    expect(groups(proposal)).toEqual(["major-a"]);
  });
});
