/** What policy says of conda records. */
import { describe, expect, test } from "@jest/globals";
import { DEFAULT_CONFIG, type Config } from "#config/config.ts";
import { recordRule } from "#engine/conda/conda-problem.ts";
import { REFUSE_NOTHING, type Refusals } from "#engine/conda/conda-workspace.ts";
import { plainRecordPolicy, updateRecordPolicy, type RecordPolicy } from "#engine/conda/record-policy.ts";
import type { CondaRecord } from "#packaging/conda-record.ts";
import { memoryChannel, type WrittenRecord } from "../../support/conda-memory.ts";

const NOW = Date.parse("2026-01-31T00:00:00Z");
const DAY = 24 * 60 * 60 * 1000;
const TIME = { now: NOW, excludeNewer: null, undated: "keep" } as const;

function record(written: WrittenRecord): CondaRecord {
  const [found] = memoryChannel("c", [written]).records.get(written.name) ?? [];
  if (found === undefined) throw new Error("no record");
  return found;
}

function verdict(policy: RecordPolicy, written: WrittenRecord, refuses: Refusals["conda"] = REFUSE_NOTHING.conda) {
  const young: string[] = [];
  const rule = recordRule(policy, refuses, ({ version }) => young.push(version));
  const reason = rule?.(record(written)) ?? null;
  return reason === null ? "free" : reason.kind === "refused" ? reason.reason : `${reason.kind} ${young.join(",")}`;
}

function policyOf(config: Partial<Config>, inUse: readonly string[] = [], time: object = {}): RecordPolicy {
  return updateRecordPolicy({ ...DEFAULT_CONFIG, ...config }, { ...TIME, ...time }, new Set(inUse));
}

describe("the policy of relock lock", () => {
  test("asks nothing where no date is given, so that no rule is made", () => {
    expect(recordRule(plainRecordPolicy(TIME), REFUSE_NOTHING.conda, () => undefined)).toBeUndefined();
  });

  test.each([
    ["later", NOW + 1, "keep", "date 1.0"],
    ["then", NOW, "keep", "free"],
    ["undated", null, "keep", "free"],
    ["undated", null, "drop", "date "],
  ] as const)("%s records under a date, undated ones %s", (_, timestampMs, undated, expected) => {
    const policy = plainRecordPolicy({ now: NOW, excludeNewer: NOW, undated });
    expect(verdict(policy, { name: "a", version: "1.0", timestampMs })).toBe(expected);
  });
});

describe("the policy of relock update", () => {
  const fresh = { name: "a", version: "2.0", timestampMs: NOW - 3 * DAY };

  test("lets a record age, with a period of its own for some names", () => {
    expect(verdict(policyOf({}), fresh)).toBe("date 2.0");
    expect(verdict(policyOf({}), { ...fresh, timestampMs: NOW - 8 * DAY })).toBe("free");
    const cooldown = { days: 7, packages: [{ pattern: "a*", days: 1 }], isConfigured: true };
    expect(verdict(policyOf({ cooldown }), fresh)).toBe("free");
    expect(verdict(policyOf({}, [], { excludeNewer: NOW }), fresh)).toBe("free");
  });

  test("never hides what is in use, but what a request refuses is refused", () => {
    const policy = policyOf({ hold: [{ name: "a", specifier: null, file: "f", line: 1 }] }, ["linux-64/a-2.0-0.conda"]);
    expect(verdict(policy, fresh)).toBe("free");
    expect(verdict(policy, { ...fresh, build: "1" })).toBe("is held where it is (f:1)");
    expect(verdict(policy, fresh, () => "is not wanted")).toBe("is not wanted");
  });

  test.each([
    ["2025b", "is held to >=2024a,<2025a (f:9)"],
    ["2024b", "free"],
    ["1!0.1", "is held to >=2024a,<2025a (f:9)"],
  ])("a hold by conda's order of versions: %s", (version, expected) => {
    const hold = [{ name: "tzdata", specifier: ">=2024a,<2025a", file: "f", line: 9 }];
    expect(verdict(policyOf({ hold }), { name: "tzdata", version, timestampMs: 0 })).toBe(expected);
  });

  test("ignored versions, by pattern, also of names that PyPI would not have", () => {
    const ignore = [{ pattern: "*libblas", versions: ">=4" }];
    const policy = policyOf({ ignore });
    expect(verdict(policy, { name: "_libblas", version: "4.0", timestampMs: 0 })).toBe(
      "is ignored by the configuration (*libblas >=4)",
    );
    expect(verdict(policy, { name: "_libblas", version: "3.9", timestampMs: 0 })).toBe("free");
  });
});
