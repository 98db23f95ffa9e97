/** 17 dated dependency updates of a real repository, made again from the state before and the index of the day. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { readCheckout } from "#cli/read-checkout.ts";
import { lockProjects, type LockResult } from "#engine/lock-projects.ts";
import { findProjects } from "#formats/find-projects.ts";
import { readPoetryLock } from "#formats/locks/poetry-lock/read.ts";
import type { PoetryLock } from "#formats/locks/poetry-lock/model.ts";
import type { Proposal } from "#planning/proposal.ts";
import { proposeUpdates } from "#propose-updates.ts";
import { testContext } from "../support/engine.ts";
import { describeWithData, testData } from "../support/test-data.ts";
import { loadUnionIndex } from "../support/union-index.ts";

const CUDA_PAGE = "https://storage.googleapis.com/jax-releases/jax_cuda_releases.html";
const CUDA_FILE = "requirements-jax-cuda.txt";

interface Case {
  readonly n: number;
  readonly date: string;
  readonly by: string;
  readonly files: readonly string[];
}

/** All 17 take some minutes: the default run takes those that differ most, `RELOCK_TEST_FULL=1` takes all. */
const FULL = process.env["RELOCK_TEST_FULL"] === "1";
const SAMPLE = new Set([3, 8, 15, 17]);

/** Renovate's lock maintenance: the manifest stays, everything else takes its newest version. */
const LOCK_MAINTENANCE = [3, 4, 6, 11, 15, 16, 17];

function contextOf(replayed: Case) {
  const path = testData("imprint/union-index.json") ?? "";
  const index = loadUnionIndex(path, replayed.date);
  const pages = { [CUDA_PAGE]: index.findLinksPages["jax_cuda_releases.html"] ?? [] };
  return {
    ...testContext({ releases: index.releases, pages, now: Date.parse(replayed.date) }),
    excludeNewer: Date.parse(replayed.date),
  };
}

function readLock(path: string): PoetryLock {
  const reading = readPoetryLock(readFileSync(path, "utf8"));
  if (reading.kind === "unreadable") {
    throw new Error(`${path}:${reading.line}: ${reading.message}`);
  }
  return reading.lock;
}

const versionsOf = (lock: PoetryLock): string[] =>
  lock.packages.map((entry) => `${entry.name} ${entry.version}`).sort();

function textOf(edits: readonly { file: string; content: Uint8Array }[], file: string): string | null {
  const edit = edits.find((one) => one.file === file);
  return edit === undefined ? null : Buffer.from(edit.content).toString("utf8");
}

/** `name constraint` of every line of a manifest that looks like a requirement. */
function changedLines(before: string, after: string): string[] {
  const old = before.split("\n");
  return after.split("\n").filter((line, index) => line !== old[index]);
}

describeWithData("replay of real updates", "imprint/replay", (folder) => {
  const table: string[] = [];
  const cases = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => ({
      directory: join(folder, entry.name),
      replayed: JSON.parse(readFileSync(join(folder, entry.name, "case.json"), "utf8")) as Case,
    }))
    .filter(({ replayed }) => FULL || SAMPLE.has(replayed.n));
  const note = (n: number, text: string): void => void table.push(`${String(n).padStart(2)}  ${text}`);

  afterAll(() => {
    process.stdout.write(`\n #  replay\n${table.sort().join("\n")}\n`);
  });

  async function lock(directory: string, replayed: Case): Promise<LockResult> {
    const snapshot = await readCheckout(join(directory, "before"), () => true);
    const found = findProjects(snapshot, { targets: null, isIncluded: () => true });
    return lockProjects(contextOf(replayed), found, { packages: [], upgrade: true });
  }

  async function update(directory: string, replayed: Case): Promise<Proposal> {
    const snapshot = await readCheckout(join(directory, "before"), () => true);
    return proposeUpdates(contextOf(replayed), snapshot, { request: { kind: "weekly" }, organisationDefaults: null });
  }

  const maintained = cases.filter(({ replayed }) => LOCK_MAINTENANCE.includes(replayed.n));
  test.each(maintained)(
    "$replayed.n: lock --upgrade gives the versions of the real lock",
    async ({ directory, replayed }) => {
      const result = await lock(directory, replayed);
      expect(result.failures).toEqual([]);
      const text = textOf(result.edits, "poetry.lock") ?? readFileSync(join(directory, "before/poetry.lock"), "utf8");
      const ours = readPoetryLock(text);
      const theirs = readLock(join(directory, "after/poetry.lock"));
      if (ours.kind === "unreadable") {
        throw new Error(ours.message);
      }
      expect(versionsOf(ours.lock)).toEqual(versionsOf(theirs));
      expect(ours.lock.contentHash).toBe(theirs.contentHash);
      note(
        replayed.n,
        `lock --upgrade: ${theirs.packages.length} of ${theirs.packages.length} versions, content-hash equal`,
      );
    },
  );

  const raised = cases.filter(({ replayed }) => [5, 8].includes(replayed.n));
  test.each(raised)(
    "$replayed.n: update raises the constraints that people raised",
    async ({ directory, replayed }) => {
      const before = readFileSync(join(directory, "before/pyproject.toml"), "utf8");
      const after = readFileSync(join(directory, "after/pyproject.toml"), "utf8");
      const proposal = await update(directory, replayed);
      const ours = proposal.pullRequests.flatMap((pull) =>
        changedLines(before, textOf(pull.edits, "pyproject.toml") ?? before),
      );
      const wanted = changedLines(before, after).filter(
        (line) => /"[\^~]?\d/u.test(line) && !line.startsWith("addopts"),
      );
      const same = wanted.filter((line) => ours.includes(line));
      const other = wanted.filter((line) => !ours.includes(line));
      // A difference is explained where the index of the day has a newer release than the person took, or none at all.
      const lockAfter = readLock(join(directory, "after/poetry.lock"));
      const unexplained = other.filter((line) => {
        const name = /^(?<name>[\w-]+) =/u.exec(line)?.groups?.["name"] ?? "";
        const own = ours.filter((candidate) => candidate.startsWith(`${name} =`)).join(" ");
        const locked = lockAfter.packages.find((entry) => entry.name === name)?.version ?? "-";
        return name !== "version" && !own.includes(locked.split("+")[0] ?? "-");
      });
      note(
        replayed.n,
        `update: ${same.length} of ${wanted.length} constraints to the same text, ${other.length - unexplained.length} to the version locked that day instead`,
      );
      note(replayed.n, `        other text: ${other.map((line) => line.trim()).join("; ") || "none"}`);
      expect({ replayed: replayed.n, unexplained }).toEqual({ replayed: replayed.n, unexplained: [] });
    },
  );

  const followed: readonly (readonly [number, string])[] = [
    [11, "0.4.5"],
    [13, "0.4.5"],
    [15, "0.4.6"],
  ];
  test.each(followed.filter(([n]) => FULL || SAMPLE.has(n)))(
    "%d: update moves the CUDA file to %s",
    async (n, version) => {
      const found = cases.find(({ replayed }) => replayed.n === n);
      const proposal = await update(found?.directory ?? "", found?.replayed as Case);
      const texts = proposal.pullRequests.map((pull) => textOf(pull.edits, CUDA_FILE)).filter((text) => text !== null);
      expect(texts).toHaveLength(1);
      expect(texts[0]).toContain(`jax[cuda]==${version}\n`);
      note(n, `update: ${CUDA_FILE} to jax[cuda]==${version}`);
    },
  );

  test("17: update holds the CUDA file and names the jaxlib that the index lacks", async () => {
    const found = cases.find(({ replayed }) => replayed.n === 17);
    const proposal = await update(found?.directory ?? "", found?.replayed as Case);
    expect(proposal.pullRequests.flatMap((pull) => pull.edits.map((edit) => edit.file))).not.toContain(CUDA_FILE);
    const held = proposal.held.find((one) => one.name === "jax");
    expect(held).toMatchObject({ name: "jax", wanted: "0.4.8" });
    expect(`${held?.holder} ${held?.reason}`).toContain("jaxlib==0.4.7+cuda11.cudnn86");
    note(17, `update: jax held: ${held?.holder}`);
    const downgraded = proposal.held.find((one) => one.name === "platformdirs");
    expect(downgraded?.holder).toBe("poetry 1.4.0");
  });

  test.each([9, 10, 11, 12, 13, 14, 15].filter((n) => FULL || SAMPLE.has(n)))(
    "%d: a lock without macOS wheels is flagged",
    async (n) => {
      const found = cases.find(({ replayed }) => replayed.n === n);
      const side = n === 9 ? "after" : "before";
      const snapshot = await readCheckout(join(found?.directory ?? "", side), () => true);
      const projects = findProjects(snapshot, { targets: null, isIncluded: () => true });
      const result = await lockProjects(contextOf(found?.replayed as Case), projects, { packages: [], upgrade: false });
      const flagged = result.findings.filter(
        (finding) => finding.file === "poetry.lock" && finding.message.startsWith("jaxlib"),
      );
      expect(flagged.flatMap((finding) => finding.targets).filter((target) => target.startsWith("osx"))).not.toEqual(
        [],
      );
      note(n, `the lock without macOS wheels of jaxlib is flagged (${side})`);
    },
  );

  const others = cases.filter(({ replayed }) => FULL && ![...LOCK_MAINTENANCE, 5, 8].includes(replayed.n));
  for (const { directory, replayed } of others) {
    test(`${replayed.n}: everything newest solves, too`, async () => {
      const result = await lock(directory, replayed);
      expect(result.failures).toEqual([]);
      const files = replayed.files.join(", ");
      note(replayed.n, `${files} by ${replayed.by}: lock --upgrade solves, ${result.locks[0]?.changes.length} changes`);
    });
  }
});
