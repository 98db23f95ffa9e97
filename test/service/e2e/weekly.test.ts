/** The life of a pull request: installed, a week later, the base moves, a person commits, closes or merges. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { isVerified } from "../../support/github/commit-object.ts";
import type { FakeRepository } from "../../support/github/repository.ts";
import { startWorld, WEEK, type RunningWorld } from "../../support/service/running-world.ts";

const BRANCH = "relock/python-dependencies";

describe("week by week", () => {
  let world: RunningWorld;
  let repository: FakeRepository;
  beforeAll(async () => {
    world = await startWorld();
    repository = world.createRepository("imprint", {
      "requirements.txt": "numpy==1.0\npandas==1.0\n",
      "README.md": "Imprint\n",
    });
  });
  afterAll(async () => {
    await world.close();
  });
  const openPulls = (): [number, string][] =>
    repository.pullRequests("open").map((pull): [number, string] => [pull.number, pull.title]);
  const headCommit = () => repository.commitsOn(BRANCH).at(-1);

  test("installing the app opens one pull request with a commit of the app's own", async () => {
    world.setIndex({ "python-dependencies": { numpy: "1.1" } });
    world.github.install("lab", { actor: "ada" });
    await world.quiet();
    expect(openPulls()).toEqual([[1, "Update numpy"]]);
    expect(repository.read("requirements.txt", BRANCH)).toBe("numpy==1.1\npandas==1.0\n");
    const commits = repository.commitsOn(BRANCH);
    expect(commits).toHaveLength(1);
    expect(commits[0]?.message).toContain("\n\nRelock-Group: python-dependencies\n");
    expect(commits[0]?.author.name).toBe("relock[bot]");
    expect(commits.map(isVerified)).toEqual([true]);
    const pull = repository.pullRequests()[0];
    expect(pull?.labels).toEqual(["dependencies"]);
    const checks = repository.checkRuns(pull?.pull.headSha);
    expect(checks.map((run) => [run.name, run.status, run.conclusion])).toEqual([["relock", "completed", "success"]]);
  });

  test("a week later, with nothing new, nothing is written", async () => {
    const head = repository.head(BRANCH);
    const from = world.github.requests.length;
    world.advance(WEEK);
    await world.sweep();
    const written = world.github.requests.slice(from).filter((request) => request.method !== "GET");
    // A tree is looked up by making it; it changes nothing where it is there already.
    const visible = written.filter(({ path }) => !/access_tokens$|git\/trees$/.test(path));
    expect(visible.map(({ method, path }) => [method, path])).toEqual([]);
    expect(repository.head(BRANCH)).toBe(head);
    expect(world.github.requests.length).toBeGreaterThan(from);
  });

  test("a second sweep in the same week does not even ask", async () => {
    const from = world.github.requests.length;
    await world.sweep();
    expect(world.github.requests.length).toBe(from);
  });

  test("the next week, with a new release, the same pull request is updated", async () => {
    world.setIndex({ "python-dependencies": { numpy: "1.2", pandas: "1.1" } });
    world.advance(WEEK);
    await world.sweep();
    expect(openPulls()).toEqual([[1, "Update numpy, pandas"]]);
    expect(repository.read("requirements.txt", BRANCH)).toBe("numpy==1.2\npandas==1.1\n");
    expect(repository.commitsOn(BRANCH)).toHaveLength(1);
  });

  test("when the base moves, the same pull request is built on the new commit", async () => {
    const base = repository.commit({ author: "ada", files: { "README.md": "More about Imprint\n" } });
    await world.quiet();
    expect(openPulls()).toEqual([[1, "Update numpy, pandas"]]);
    expect(headCommit()?.parents).toEqual([base]);
    expect(repository.read("README.md", BRANCH)).toBe("More about Imprint\n");
  });

  test("when the base moves by a week's worth of our own proposal, nothing is left and the pull request is closed", async () => {
    repository.commit({ author: "ada", files: { "requirements.txt": "numpy==1.2\npandas==1.1\n" } });
    await world.quiet();
    expect(openPulls()).toEqual([]);
    expect(repository.branches()).toEqual(["main"]);
    const comments = repository.comments(1).map((comment) => comment.body);
    expect(comments).toEqual([expect.stringContaining("Nothing is left to update, so it is closed.")]);
  });

  test("new releases open a new pull request", async () => {
    world.setIndex({ "python-dependencies": { numpy: "1.3" } });
    world.advance(WEEK);
    await world.sweep();
    expect(openPulls()).toEqual([[2, "Update numpy"]]);
  });

  test("a person's commit stops us, and we say so once", async () => {
    const commit = repository.commit({ author: "ada", branch: BRANCH, files: { "fix.py": "pass\n" } });
    world.setIndex({ "python-dependencies": { numpy: "1.4" } });
    world.advance(WEEK);
    await world.sweep();
    world.advance(WEEK);
    await world.sweep();
    expect(repository.head(BRANCH)).toBe(commit);
    expect(repository.read("requirements.txt", BRANCH)).toBe("numpy==1.3\npandas==1.1\n");
    const comments = repository.comments(2).map((comment) => comment.body);
    expect(comments).toEqual([expect.stringContaining(`\`${commit.slice(0, 10)}\` by \`ada\`, is not mine`)]);
  });

  test("a person who rebases our commit has made it theirs", async () => {
    const base = repository.head();
    const tree = { "requirements.txt": "numpy==1.3\npandas==1.1\n" };
    const from = base ?? "";
    const message = `Update numpy\n\nRelock-Group: python-dependencies\nRelock-Base: ${from}`;
    const commit = repository.commit({ author: "ada", branch: BRANCH, from, force: true, files: tree, message });
    world.advance(WEEK);
    await world.sweep();
    expect(repository.head(BRANCH)).toBe(commit);
  });

  test("a pull request that a person closed is respected until something else is proposed", async () => {
    repository.setState(2, "ada", "closed");
    repository.deleteBranch(BRANCH, "ada");
    await world.quiet();
    world.advance(WEEK);
    await world.sweep();
    expect(openPulls()).toEqual([[3, "Update numpy"]]);
    repository.setState(3, "ada", "closed");
    repository.deleteBranch(BRANCH, "ada");
    await world.quiet();
    world.advance(WEEK);
    await world.sweep();
    expect(openPulls()).toEqual([]);
    expect(repository.branches()).toEqual(["main"]);
    world.setIndex({ "python-dependencies": { numpy: "1.5" } });
    world.advance(WEEK);
    await world.sweep();
    expect(openPulls()).toEqual([[4, "Update numpy"]]);
  });

  test("merged, the branch is used again for the next proposal", async () => {
    repository.mergePullRequest(4, "ada", "squash");
    await world.quiet();
    expect(openPulls()).toEqual([]);
    world.setIndex({ "python-dependencies": { numpy: "1.6" } });
    world.advance(WEEK);
    await world.sweep();
    expect(openPulls()).toEqual([[5, "Update numpy"]]);
    expect(repository.commitsOn(BRANCH)).toHaveLength(1);
  });

  test("a push just before the weekly sweep does not put off the week's run", async () => {
    world.advance(WEEK);
    repository.commit({ author: "ada", files: { "README.md": "Pushed when the run was due\n" } });
    await world.quiet();
    await world.sweep();
    const history = await world.service.context.state.history("lab/imprint");
    expect(history.slice(0, 2).map((one) => one.id.split(":")[0])).toEqual(["weekly", "push"]);
  });

  test("a configuration that cannot be read gets a failing check with line and reason, and nothing else happens", async () => {
    world.setIndex({ "python-dependencies": { numpy: "1.7" } });
    const base = repository.commit({ author: "ada", files: { ".github/relock.yml": "enabled: true\nlables: [a]\n" } });
    await world.quiet();
    const [check] = repository.checkRuns(base);
    expect(check?.conclusion).toBe("failure");
    expect(check?.summary).toContain("line 2");
    expect(check?.summary).toContain("labels");
    expect(check?.annotations).toEqual([expect.objectContaining({ path: ".github/relock.yml", start_line: 2 })]);
    expect(repository.read("requirements.txt", BRANCH)).toContain("numpy==1.6");
    const fixed = repository.commit({ author: "ada", files: { ".github/relock.yml": "labels: [a]\n" } });
    await world.quiet();
    expect(repository.checkRuns(fixed)).toEqual([]);
    expect(repository.read("requirements.txt", BRANCH)).toContain("numpy==1.7");
  });

  test("a configuration that is there and cannot be read is no silent default", async () => {
    const link = { mode: "120000" as const, content: "../settings.yml" };
    const base = repository.commit({ author: "ada", files: { ".github/relock.yml": link } });
    await world.quiet();
    const [check] = repository.checkRuns(base);
    expect(check?.conclusion).toBe("failure");
    expect(check?.summary).toContain("it is a link or a submodule");
    repository.commit({ author: "ada", files: { ".github/relock.yml": "labels: [a]\n" } });
    await world.quiet();
  });

  test("after a removal nothing is read any more", async () => {
    const installation = world.github.world.state.installations[0];
    if (installation === undefined) throw new Error("not installed");
    world.github.uninstall(installation, "ada");
    await world.quiet();
    const from = world.github.requests.length;
    world.advance(WEEK);
    await world.sweep();
    expect(world.github.requests.length).toBe(from);
  });
});
