import { describe, expect, test } from "@jest/globals";
import { readMarker, withMarker } from "#github/texts/marker.ts";

const hashOf = (body: string): string | undefined => readMarker(withMarker(body, "0123456789abcdef"))?.body;

describe("the marker of a body", () => {
  test("does not change with the age of a release or the day of the run", () => {
    const week = (age: string, day: string): string =>
      `| \`numpy\` | ${age} (2023-02-05) |\n\n**Reproduce**: \`relock update --exclude-newer ${day}T12:00:00.000Z\``;
    expect(hashOf(week("6 days ago", "2023-02-11"))).toBe(hashOf(week("2 months ago", "2023-04-11")));
    expect(hashOf(week("today", "2023-02-05"))).toBe(hashOf(week("1 day ago", "2023-02-06")));
  });

  test("changes with anything else that is said", () => {
    expect(hashOf("numpy 1.24.1")).not.toBe(hashOf("numpy 1.24.2"));
    expect(hashOf("released (2023-02-05)")).not.toBe(hashOf("released (2023-02-06)"));
    expect(hashOf("it broke 3 days ago")).not.toBe(hashOf("it broke 4 days ago"));
  });
});
