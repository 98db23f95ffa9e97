import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { lockDataFolder } from "#service/data-folder-lock.ts";

describe("the lock on the data folder", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "relock-lock-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test("names this process and goes with it", async () => {
    const answer = await lockDataFolder(folder);
    if (answer.kind !== "locked") throw new Error(answer.reason);
    expect(JSON.parse(readFileSync(join(folder, "relock.pid"), "utf8"))).toMatchObject({ pid: process.pid });
    await answer.lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("a living process keeps others out", async () => {
    writeFileSync(join(folder, "relock.pid"), JSON.stringify({ pid: 1, started: "" }));
    const answer = await lockDataFolder(folder);
    expect(answer).toEqual({ kind: "refused", reason: expect.stringContaining("in use by process 1") });
  });

  test("the same process cannot open it twice", async () => {
    expect((await lockDataFolder(folder)).kind).toBe("locked");
    expect((await lockDataFolder(folder)).kind).toBe(readdirSync("/").includes("proc") ? "refused" : "locked");
  });

  test.each([
    ["a dead process", JSON.stringify({ pid: spawnSync("true").pid, started: "" })],
    ["a process whose number was given again", JSON.stringify({ pid: process.pid, started: "12" })],
    ["a file cut short", "{"],
  ])("%s is taken over", async (_name, text) => {
    writeFileSync(join(folder, "relock.pid"), text);
    const answer = await lockDataFolder(folder);
    expect(answer.kind).toBe("locked");
    expect(readdirSync(folder)).toEqual(["relock.pid"]);
  });

  test("a lock that somebody else has taken meanwhile is not released", async () => {
    const answer = await lockDataFolder(folder);
    if (answer.kind !== "locked") throw new Error(answer.reason);
    const other = JSON.stringify({ pid: 1, started: "" });
    writeFileSync(join(folder, "relock.pid"), other);
    await answer.lock.release();
    expect(readFileSync(join(folder, "relock.pid"), "utf8")).toBe(other);
  });
});
