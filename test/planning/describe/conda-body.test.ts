/** What a pull request tells of conda environments beside what it tells of all others. */
import { describe, expect, test } from "@jest/globals";
import { describeBody } from "#planning/describe/body.ts";
import type { PullRequestSummary, TargetRow } from "#planning/describe/summary.ts";
import { describeTitle } from "#planning/describe/title.ts";
import type { PackageChange } from "#planning/proposal.ts";

function row(name: string, target: string): TargetRow {
  const assumes = target === "linux-64" ? ["__glibc=2.28", "__cuda=12.0"] : ["__osx=11.0"];
  return {
    target: `${name} ${target}`,
    python: "3.12.1",
    state: "solved",
    changed: 1,
    bytes: null,
    note: "",
    assumes,
    environment: { name, target },
  };
}

function change(name: string, targets: readonly string[], more: Partial<PackageChange> = {}): PackageChange {
  const plain = { name, from: "1.0", to: "1.1", direct: true, targets, ecosystem: "conda", reason: "new version" };
  return { ...plain, ecosystem: "conda", ...more };
}

const ALL = ["base linux-64", "base osx-64", "gpu linux-64"];

function summary(changes: readonly PackageChange[]): PullRequestSummary {
  return {
    group: "python-dependencies",
    focus: null,
    projects: ["."],
    constraints: [],
    changes,
    releases: { "conda numpy 1.1": { uploadTime: "2023-02-05T18:43:00Z", yanked: false, sizes: {} } },
    targets: [row("base", "linux-64"), row("base", "osx-64"), row("gpu", "linux-64")],
    coherence: [],
    held: [],
    findings: [],
    reproduce: "relock update --exclude-newer 2023-04-10T00:00:00.000Z",
    ownTool: ["conda-lock lock -f environment.yml --lockfile conda-lock.yml"],
    now: Date.parse("2023-04-10T00:00:00Z"),
    undated: [],
  };
}

describe("the body of a pull request for conda environments", () => {
  const body = describeBody(
    summary([
      change("numpy", ALL),
      change("scipy", ["base linux-64", "base osx-64"], { to: "1.0 h2_1", from: "1.0 h1_0", reason: "new build" }),
      change("zlib", ["base osx-64"], { direct: false, reason: "package removed from the channel" }),
      change("tzdata", ["gpu linux-64"], {
        direct: false,
        from: "2023c 0",
        to: "2023c 0",
        reason: "upstream metadata hotfix",
      }),
    ]),
  );

  test("tells for each package where it changes, and why", () => {
    expect(body).toContain("| `numpy` | `1.0` → `1.1` |  | 2 months ago (2023-02-05) | all | new version |");
    expect(body).toContain("| `scipy` | `1.0 h1_0` → `1.0 h2_1` |  |  | `base` | new build |");
    expect(body).toContain("| `zlib` | `1.0` → `1.1` | `base: osx-64` |  | package removed from the channel |");
    expect(body).toContain("| `tzdata` | `2023c 0` | `gpu` |  | upstream metadata hotfix |");
  });

  test("shows what was assumed of each target, and both ways to do it again", () => {
    expect(body).toContain("| `gpu linux-64` | 3.12.1 | ✅ solved | 1 |  | `__glibc=2.28` `__cuda=12.0` |  |");
    expect(body).toContain(
      "**Reproduce**: `relock update --exclude-newer 2023-04-10T00:00:00.000Z`; with the tool itself: `conda-lock lock -f environment.yml --lockfile conda-lock.yml`",
    );
  });

  test("stays within GitHub's limit, however many packages and targets there are", () => {
    const many = Array.from({ length: 3000 }, (_, index) => change(`package-${index}`, ALL.slice(0, 1 + (index % 3))));
    expect(describeBody(summary(many)).length).toBeLessThanOrEqual(58_000);
  });

  test("is titled by what conda installs, which is more than Python", () => {
    expect(describeTitle(summary([change("gdal", ALL), change("zlib", ALL)]))).toBe(
      "Update 2 dependencies (gdal 1.1, zlib 1.1)",
    );
  });
});
