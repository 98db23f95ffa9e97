import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { nextWeeklyRun } from "#service/schedule.ts";

const DAY = 24 * 3600 * 1000;
const ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Chatham", "America/Santiago"];

function local(moment: number, timeZone: string): { weekday: string; hour: number } {
  const format = new Intl.DateTimeFormat("en-US", { timeZone, weekday: "short", hour: "numeric", hourCycle: "h23" });
  const parts = format.formatToParts(moment);
  const get = (type: string): string => parts.find((part) => part.type === type)?.value ?? "";
  return { weekday: get("weekday"), hour: Number(get("hour")) };
}

describe("the weekly run", () => {
  test("is on the day asked for, before six, within eight days, in any zone and across daylight saving", () => {
    const moment = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2027, 0, 1) });
    fc.assert(
      fc.property(fc.string(), moment, fc.constantFrom(...ZONES), (repository, after, timezone) => {
        const next = nextWeeklyRun(repository, { days: [1], timezone }, after);
        expect(next).toBeGreaterThan(after);
        expect(next - after).toBeLessThanOrEqual(8 * DAY);
        const { weekday, hour } = local(next, timezone);
        expect(weekday).toBe("Mon");
        // The night in which clocks change may shift it by that hour.
        expect(hour).toBeLessThan(7);
      }),
    );
  });

  test("does not step over the short day on which clocks go forward", () => {
    // In Berlin, 30 March 2025 begins an hour after this, and lasts 23 hours.
    const evening = Date.UTC(2025, 2, 29, 22);
    const next = nextWeeklyRun("lab/imprint", { days: [0], timezone: "Europe/Berlin" }, evening);
    expect(next - evening).toBeLessThan(DAY);
    const late = Date.UTC(2025, 2, 29, 22, 30);
    expect(nextWeeklyRun("lab/imprint", { days: [0], timezone: "Europe/Berlin" }, late)).toBe(next);
  });

  test("is the same minute of every week", () => {
    const first = nextWeeklyRun("lab/imprint", { days: [1], timezone: "UTC" }, 0);
    expect(nextWeeklyRun("lab/imprint", { days: [1], timezone: "UTC" }, first)).toBe(first + 7 * DAY);
  });

  test("is spread over the night and over the days", () => {
    const repositories = Array.from({ length: 400 }, (_, index) => `lab/r${String(index)}`);
    const runs = repositories.map((name) => nextWeeklyRun(name, { days: [1, 3], timezone: "UTC" }, 0));
    const perHour = new Map<number, number>();
    for (const run of runs) {
      const hour = Math.floor(run / 3_600_000);
      perHour.set(hour, (perHour.get(hour) ?? 0) + 1);
    }
    expect(perHour.size).toBe(12);
    expect(Math.max(...perHour.values())).toBeLessThan(60);
  });
});
