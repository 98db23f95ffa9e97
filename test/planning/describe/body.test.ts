import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { describeBody } from "#planning/describe/body.ts";
import { readHiddenBlock } from "#planning/describe/hidden-block.ts";
import { codeSpan, escapeText } from "#planning/describe/markdown.ts";
import { bytesDelta, describeAge } from "#planning/describe/quantities.ts";
import type { PullRequestSummary } from "#planning/describe/summary.ts";
import { describeTitle } from "#planning/describe/title.ts";

const NOW = Date.parse("2023-04-10T00:00:00Z");

function summary(changes: Partial<PullRequestSummary> = {}): PullRequestSummary {
  return {
    group: "python-dependencies",
    focus: null,
    projects: ["."],
    constraints: [{ file: "pyproject.toml", line: 11, name: "numpy", before: "^1.24.1", after: "^1.24.2" }],
    changes: [
      { name: "numpy", from: "1.24.1", to: "1.24.2", direct: true, targets: ["linux-64", "osx-arm64"] },
      { name: "comm", from: null, to: "0.1.3", direct: false, targets: ["linux-64"] },
      { name: "six", from: "1.16.0", to: null, direct: false, targets: ["linux-64", "osx-arm64"] },
    ],
    releases: {
      "numpy 1.24.2": { uploadTime: "2023-02-05T18:43:00Z", yanked: false, sizes: { "linux-64": 17_300_000 } },
      "comm 0.1.3": { uploadTime: null, yanked: true, sizes: {} },
    },
    targets: [
      { target: "linux-64", python: "3.10", state: "solved", changed: 3, bytes: 1_234_567, note: "" },
      {
        target: "osx-arm64",
        python: "3.10",
        state: "not-installable-before",
        changed: 2,
        bytes: null,
        note: "jaxlib has no wheel",
      },
    ],
    coherence: [
      {
        fact: "jax",
        places: [{ file: "requirements-jax-cuda.txt", line: 2, before: "0.4.5", after: "0.4.6" }],
      },
    ],
    held: [
      {
        name: "platformdirs",
        wanted: "3.2.0",
        holder: "poetry 1.4.0",
        reason: "needs platformdirs >=2.5.2,<3.0.0",
        targets: ["linux-64"],
      },
    ],
    findings: [
      {
        code: "missing-files-for-target",
        severity: "warning",
        file: "poetry.lock",
        line: 4,
        message: "no wheel",
        targets: [],
      },
    ],
    reproduce: "relock update --exclude-newer 2023-04-10T00:00:00Z",
    now: NOW,
    undated: [],
    ...changes,
  };
}

describe("body", () => {
  test("tells what moved, where, how old it is, what was held, and how to reproduce it", () => {
    expect(describeBody(summary())).toMatchSnapshot();
  });

  test("the hidden block is read back and holds every change", () => {
    const block = readHiddenBlock(describeBody(summary()));
    expect(block).toMatchObject({ group: "python-dependencies", changes: summary().changes, held: summary().held });
  });

  test("a hundred thousand changes are cut to fit, and the hidden block stays whole", () => {
    const changes = Array.from({ length: 20_000 }, (_, index) => ({
      name: `package-number-${index}`,
      from: "1.0",
      to: "2.0",
      direct: index % 2 === 0,
      targets: ["linux-64"],
    }));
    const body = describeBody(summary({ changes }));
    expect(body.length).toBeLessThanOrEqual(58_000);
    expect(body).toContain("more, in the diff");
    expect(readHiddenBlock(body)).toMatchObject({ changes: 20_000 });
  });

  test("no foreign text comes alive: comments, html, mentions, references, links, commands, table cells", () => {
    const hostile = "x--><script>@octocat #1 https://evil.example [a](b) | `code` \n/relock hold\u202E";
    const body = describeBody(
      summary({
        changes: [{ name: hostile, from: hostile, to: hostile, direct: true, targets: [hostile] }],
        held: [{ name: hostile, wanted: hostile, holder: hostile, reason: hostile, targets: [hostile] }],
        constraints: [{ file: hostile, line: 1, name: hostile, before: hostile, after: hostile }],
        reproduce: hostile,
      }),
    );
    const visible = body.replace(/<!-- relock-proposal: [^\n]* -->/u, "").replace(/`[^`]*`/gu, "");
    expect(visible).not.toContain("<script");
    expect(visible).not.toMatch(/@octocat|[^\\\u200B]#1|https:\/\/evil/u);
    expect(body).not.toContain("\u202E");
    const hidden = body.slice(body.indexOf("<!-- relock-proposal"));
    expect(hidden.match(/-->/gu)).toHaveLength(1);
    expect(body.split("\n").some((line) => line.startsWith("/"))).toBe(false);
    expect(readHiddenBlock(body)).toMatchObject({ held: [{ holder: hostile }] });
  });
});

describe("escaping", () => {
  test("property: a code span never contains a backtick, a line break or a bare table bar", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const span = codeSpan(text);
        expect(span.slice(1, -1)).not.toMatch(/[`\n\r]|(?<!\\)\|/u);
      }),
    );
  });

  test("property: escaped prose has no raw html, mention or line break", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(escapeText(text)).not.toMatch(/[<>\n\r]|@[A-Za-z0-9]|^\/|(?<!\\)[[\]`|]/u);
      }),
    );
  });
});

describe("title", () => {
  test.each([
    [summary(), "Update numpy to 1.24.2"],
    [summary({ projects: ["tools/ci"] }), "Update numpy to 1.24.2 in tools/ci"],
    [
      summary({ changes: [{ name: "six", from: "1", to: "2", direct: false, targets: [] }] }),
      "Relock 1 transitive Python dependency",
    ],
    [
      summary({
        changes: ["a", "b", "c", "d"].map((name) => ({ name, from: "1", to: "2", direct: true, targets: [] })),
      }),
      "Update 4 Python dependencies (a 2, b 2, c 2, …)",
    ],
    [
      summary({
        changes: ["1", "2"].map((from) => ({ name: "jax", from, to: "3", direct: true, targets: [] })),
      }),
      "Update jax to 3",
    ],
    [summary({ changes: [{ name: "@me #3", from: "1", to: "2", direct: true, targets: [] }] }), "Update me 3 to 2"],
  ])("%#", (input, expected) => {
    expect(describeTitle(input)).toBe(expected);
  });
});

describe("quantities", () => {
  test.each([
    [0, "±0"],
    [999, "+999 B"],
    [-820_000, "−820 kB"],
    [12_345_678, "+12.3 MB"],
    [-3_000_000_000, "−3.0 GB"],
  ])("%d bytes is %s", (bytes, expected) => {
    expect(bytesDelta(bytes)).toBe(expected);
  });

  test.each([
    ["2023-04-09T23:00:00Z", "today (2023-04-09)"],
    ["2023-04-08T00:00:00Z", "2 days ago (2023-04-08)"],
    ["2022-10-10T00:00:00Z", "6 months ago (2022-10-10)"],
    ["2019-04-10T00:00:00Z", "4 years ago (2019-04-10)"],
    ["nonsense", "no date"],
  ])("%s is %s", (time, expected) => {
    expect(describeAge(time, NOW)).toBe(expected);
  });
});
