import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { EVENT_NAMES, toDomainEvent } from "#service/domain-event.ts";

const where = { installation: { id: 5 }, repository: { full_name: "lab/imprint", default_branch: "main" } };
const found = { installation: 5, repository: "lab/imprint" };
const comment = (body: string, login = "ada", action = "created"): object => ({
  ...where,
  action,
  issue: { number: 3, state: "open" },
  comment: { id: 9, body, user: { login, type: login.endsWith("[bot]") ? "Bot" : "User" } },
});

describe("webhooks as events", () => {
  test.each<[string, object, object | null]>([
    [
      "installation",
      { action: "created", installation: { id: 5 }, repositories: [{ full_name: "lab/imprint" }] },
      { kind: "repositories-added", installation: 5, repositories: ["lab/imprint"] },
    ],
    [
      "installation",
      { action: "unsuspend", installation: { id: 5 } },
      { kind: "repositories-added", installation: 5, repositories: null },
    ],
    ["installation", { action: "deleted", installation: { id: 5 } }, { kind: "installation-removed", installation: 5 }],
    ["installation", { action: "suspend", installation: { id: 5 } }, { kind: "installation-removed", installation: 5 }],
    [
      "installation_repositories",
      { installation: { id: 5 }, repositories_added: [], repositories_removed: [{ full_name: "lab/imprint" }] },
      { kind: "repositories-removed", repositories: ["lab/imprint"] },
    ],
    [
      "push",
      { ...where, ref: "refs/heads/main", after: "abc" },
      { kind: "default-branch-moved", commit: "abc", ...found },
    ],
    ["push", { ...where, ref: "refs/heads/topic", after: "abc" }, null],
    ["push", { ...where, ref: "refs/tags/main", after: "abc" }, null],
    ["push", { ...where, ref: "refs/heads/main", after: "0", deleted: true }, null],
    [
      "pull_request",
      { ...where, action: "closed", pull_request: { number: 1, head: { ref: "relock/a" } } },
      { kind: "pull-request-closed", number: 1, ...found },
    ],
    ["pull_request", { ...where, action: "closed", pull_request: { number: 1, head: { ref: "topic" } } }, null],
    ["pull_request", { ...where, action: "opened", pull_request: { number: 1, head: { ref: "relock/a" } } }, null],
    ["issue_comment", comment("Thanks"), null],
    ["issue_comment", comment("/relock", "ada", "edited"), null],
    [
      "check_run",
      { ...where, action: "rerequested", check_run: { id: 7, check_suite: { head_branch: "relock/a" } } },
      { kind: "check-rerun", branch: "relock/a", check: 7, ...found },
    ],
    [
      "check_run",
      { ...where, action: "completed", check_run: { id: 7, check_suite: { head_branch: "relock/a" } } },
      null,
    ],
    ["star", { ...where, action: "created" }, null],
  ])("%s %j", (name, payload, event) => {
    expect(toDomainEvent(name, payload)).toEqual(event);
  });

  test("a command keeps who said it, and whether that is a bot", () => {
    expect(toDomainEvent("issue_comment", comment("/relock"))).toMatchObject({
      login: "ada",
      isBot: false,
      comment: 9,
    });
    expect(toDomainEvent("issue_comment", comment("/relock", "other[bot]"))).toMatchObject({ isBot: true });
  });

  test("any payload is an event or nothing", () => {
    fc.assert(
      fc.property(fc.constantFrom(...EVENT_NAMES), fc.jsonValue(), (name, payload) => {
        expect(() => toDomainEvent(name, payload)).not.toThrow();
      }),
    );
  });
});
