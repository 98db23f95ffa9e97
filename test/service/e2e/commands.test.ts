/** `/relock` in comments: who may, what it does, what is answered. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { FakeRepository } from "../../support/github/repository.ts";
import type { Comment } from "../../support/github/state.ts";
import { commandJob } from "#service/jobs/command.ts";
import { createLabRepository, startWorld, type RunningWorld } from "../../support/service/running-world.ts";

const BRANCH = "relock/python-dependencies";

describe("commands", () => {
  let world: RunningWorld;
  let repository: FakeRepository;
  beforeAll(async () => {
    world = await startWorld({ solveSeconds: 4 });
    repository = world.createRepository("imprint", { "requirements.txt": "numpy==1.0\npandas==1.0\n" });
    world.setIndex({ "python-dependencies": { numpy: "1.1", pandas: "1.1" } });
    world.github.install("lab", { actor: "ada" });
    await world.quiet();
  });
  afterAll(async () => {
    await world.close();
  });

  const answers = (issue: number): string[] =>
    repository
      .comments(issue)
      .filter((comment) => comment.author === "relock[bot]")
      .map((comment) => comment.body);
  const reactions = (comment: Comment): string[] => repository.reactions(comment).map((one) => one.content);
  const installationId = (): number => world.github.world.state.installations[0]?.id ?? 0;
  const say = async (issue: number, author: string, body: string): Promise<Comment> => {
    const comment = repository.comment(issue, author, body);
    await world.quiet();
    return comment;
  };

  test("someone without write access is refused without a word", async () => {
    const head = repository.head(BRANCH);
    world.setIndex({ "python-dependencies": { numpy: "1.2" } });
    const comment = await say(1, "eve", "/relock");
    expect(reactions(comment)).toEqual(["confused"]);
    expect(answers(1)).toEqual([]);
    expect(repository.head(BRANCH)).toBe(head);
  });

  test("where GitHub cannot say who somebody is, nobody is allowed", async () => {
    const fault = world.github.inject({
      match: "GET /repos/{owner}/{repo}/collaborators/{username}/permission",
      fault: { kind: "status", status: 403, message: "Resource not accessible by integration" },
    });
    const comment = await say(1, "ada", "/relock");
    fault.remove();
    expect(reactions(comment)).toEqual(["confused"]);
    expect(answers(1)).toEqual([]);
  });

  test("from someone with write access, the pull request is resolved again and one comment says so", async () => {
    const comment = await say(1, "ada", "Let's see.\n\n/relock");
    expect(reactions(comment)).toEqual(["eyes", "rocket"]);
    expect(answers(1)).toEqual([expect.stringContaining("#1 was updated.")]);
    expect(repository.read("requirements.txt", BRANCH)).toBe("numpy==1.2\npandas==1.0\n");
  });

  test("a command delivered twice is one command", async () => {
    const delivery = world.github.deliveries.filter((one) => one.event === "issue_comment").at(-1);
    const count = repository.comments(1).length;
    const from = world.github.requests.length;
    if (delivery !== undefined) world.github.redeliver(delivery);
    await world.quiet();
    expect(delivery).toBeDefined();
    expect(repository.comments(1)).toHaveLength(count);
    expect(world.github.requests.slice(from)).toEqual([]);
  });

  test("quoted and fenced commands, and commands of bots, are none", async () => {
    const count = repository.comments(1).length;
    await say(1, "ada", "> /relock\n\n```\n/relock\n```\n\nPlease do not write /relock here.");
    await say(1, "relock[bot]", "/relock");
    expect(repository.comments(1)).toHaveLength(count + 2);
  });

  test("an edited comment commands nothing", async () => {
    const comment = await say(1, "ada", "Nothing");
    const count = answers(1).length;
    repository.editComment(comment, "ada", "/relock");
    await world.quiet();
    expect(answers(1)).toHaveLength(count);
  });

  test("several commands are answered in one comment, and what is not understood gets a suggestion", async () => {
    await say(1, "ada", "/relock explain numpy\n/relock rebsae\n/relock help");
    const last = answers(1).at(-1);
    expect(last).toContain("`numpy` is at 1.0.");
    expect(last).toContain("Line 2 was not followed: this command is not known. Did you mean `/relock rebase`?");
    expect(last).toContain("| `/relock unhold NAME` |");
  });

  test("a hold is committed to our branch and carried until it is taken back", async () => {
    await say(1, "ada", "/relock hold pandas <2");
    expect(repository.read(".github/relock.yml", BRANCH)).toBe('hold:\n  pandas: "<2"\n');
    world.setIndex({ "python-dependencies": { numpy: "1.3", pandas: "3.0" } });
    await say(1, "ada", "/relock rebase");
    expect(repository.read("requirements.txt", BRANCH)).toBe("numpy==1.3\npandas==1.0\n");
    expect(repository.commitsOn(BRANCH)).toHaveLength(1);
    await say(1, "ada", "/relock unhold pandas");
    expect(repository.read("requirements.txt", BRANCH)).toBe("numpy==1.3\npandas==3.0\n");
    expect(repository.read(".github/relock.yml", BRANCH)).toBeNull();
  });

  test("a hold that cannot be taken back is said", async () => {
    await say(1, "ada", "/relock unhold scipy");
    expect(answers(1).at(-1)).toContain("scipy is not held");
  });

  test("an index that is out of reach closes and holds nothing, and that is said", async () => {
    const head = repository.head(BRANCH);
    world.setIndex({ unreachable: { "https://index.example/simple/numpy/": "timed out" } });
    await say(1, "ada", "/relock");
    expect(repository.pullRequests("open").map((pull) => pull.number)).toEqual([1]);
    expect(answers(1).at(-1)).toContain("#1 was left as it is: this run met errors.");
    expect(answers(1).at(-1)).toContain("index.example/simple/numpy/ could not be reached: timed out");
    const checks = (): unknown[] => repository.checkRuns(head ?? "").map((run) => [run.conclusion, run.title]);
    expect(checks()).toEqual([["neutral", "Left as it is: the last run met errors"]]);
    await say(1, "ada", "/relock hold pandas <2");
    expect(answers(1).at(-1)).toContain("an index could not be reached");
    const issue = repository.openIssue({ author: "ada", title: "Updates" });
    await say(issue.number, "ada", "/relock pandas");
    expect(answers(issue.number).at(-1)).toContain("There is nothing to propose from what could be read.");
    expect(repository.head(BRANCH)).toBe(head);
    world.setIndex({ "python-dependencies": { numpy: "1.3", pandas: "3.0" } });
    await say(1, "ada", "/relock");
    expect(checks()).toEqual([["success", "2 packages move"]]);
  });

  test("a comment that is deleted before its answer keeps nothing else waiting", async () => {
    world.setIndex({ "python-dependencies": { numpy: "1.4", pandas: "3.0" } });
    const comment = repository.comment(1, "ada", "/relock");
    const run = (): void => repository.deleteComment(comment, "ada");
    const fault = { kind: "call", when: "after", run } as const;
    const injected = world.github.inject({ match: "POST /repos/{owner}/{repo}/git/commits", times: 1, fault });
    await world.quiet();
    expect(injected.struck()).toBe(1);
    expect(await world.service.context.state.requestsIn("lab/imprint", "proposed")).toEqual([]);
    expect(repository.read("requirements.txt", BRANCH)).toBe("numpy==1.4\npandas==3.0\n");
    world.setIndex({ "python-dependencies": { numpy: "1.3", pandas: "3.0" } });
    await say(1, "ada", "/relock");
  });

  test("a group that GitHub refuses keeps no other from being published", async () => {
    const files = { "requirements.txt": "numpy==1.0\npandas==1.0\n" };
    world.setIndex({ "python-dependencies": { numpy: "1.4" }, "major-pandas": { pandas: "3.0" } });
    const other = createLabRepository(world.github, "other", { ...files });
    // A branch below the name of ours: Git cannot have both.
    other.commit({ author: "ada", branch: `${BRANCH}/x`, files: { "a.txt": "a\n" } });
    const pulls = (): string[] => other.pullRequests("open").map((pull) => pull.title);
    const deadline = Date.now() + 30_000;
    while (pulls().length === 0 && Date.now() < deadline) await sleep(50);
    expect(pulls()).toEqual(["Update pandas"]);
    other.deleteBranch(`${BRANCH}/x`, "ada");
    await world.quiet();
    expect(pulls().toSorted()).toEqual(["Update numpy", "Update pandas"]);
  });

  test("a command that fails for good is answered with the reason", async () => {
    const comment = await say(1, "ada", "/relock help");
    const event = {
      kind: "command-comment",
      repository: "lab/imprint",
      installation: installationId(),
      issue: 1,
      comment: comment.id,
      login: "ada",
      isBot: false,
      body: comment.body,
    };
    await commandJob(world.service.context).giveUp?.(event, new Error("GitHub answered 502"));
    expect(answers(1).at(-1)).toContain("That did not work: GitHub answered 502.");
    expect(reactions(comment)).toContain("confused");
    const count = answers(1).length;
    await commandJob(world.service.context).giveUp?.({ ...event, login: "eve", comment: 1 }, new Error("no"));
    expect(answers(1)).toHaveLength(count);
  });

  test("on an issue the weekly run starts, and packages can be named", async () => {
    const issue = repository.openIssue({ author: "ada", title: "Updates" });
    world.setIndex({ "python-dependencies": { numpy: "1.3", pandas: "3.0" }, "major-pandas": {} });
    await say(issue.number, "ada", "/relock");
    expect(answers(issue.number)).toEqual([expect.stringContaining("#1 is up to date already.")]);
    await say(issue.number, "ada", "/relock pandas==2.5");
    expect(repository.read("requirements.txt", BRANCH)).toBe("numpy==1.0\npandas==2.5\n");
    await say(issue.number, "ada", "/relock hold pandas");
    expect(answers(issue.number).at(-1)).toContain("works on a pull request that I opened");
  });

  test("a pull request of somebody else and a closed issue are left alone", async () => {
    repository.commit({ author: "ada", branch: "topic", files: { "a.txt": "a\n" } });
    const pull = repository.openPullRequest({ author: "ada", title: "Topic", head: "topic" });
    await say(pull.number, "ada", "/relock");
    expect(answers(pull.number)).toEqual([expect.stringContaining("this is not one")]);
    repository.setState(pull.number, "ada", "closed");
    await say(pull.number, "ada", "/relock");
    expect(answers(pull.number).at(-1)).toContain("This is closed");
  });

  test.each([
    ["crash.txt", "the engine ended with status 7"],
    ["fail.txt", "the engine failed: the solver met a bug"],
    ["hang.txt", "the engine took more than 4 s"],
  ])("an engine that misbehaves (%s) is a failure with a reason", async (file, reason) => {
    const head = repository.head(BRANCH);
    repository.commit({ author: "ada", files: { [file]: "" } });
    await world.quiet();
    await say(1, "ada", "/relock");
    expect(answers(1).at(-1)).toContain(reason);
    expect(repository.head(BRANCH)).toBe(head);
    repository.commit({ author: "ada", files: { [file]: null } });
    await world.quiet();
    await say(1, "ada", "/relock");
    expect(answers(1).at(-1)).toMatch(/#1 (was updated|is up to date already)\./);
    expect(repository.head(BRANCH)).not.toBe(head);
  });
});
