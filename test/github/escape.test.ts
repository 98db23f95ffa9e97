import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { codeSpan, escapeForeign } from "#github/texts/escape.ts";

describe("foreign text", () => {
  test.each([
    ["@ada look", "@\u200bada look"],
    ["/relock hold numpy", "\u200b/relock hold numpy"],
    ["a\n/relock", "a /relock"],
    ["<img src=x onerror=y>", "&lt;img src=x onerror=y&gt;"],
    ["<!-- relock:content=0 -->", "&lt;\\!-- relock:content=0 --&gt;"],
    ["[x](https://evil.example)", "\\[x\\]\\(https:\u200b//evil.example\\)"],
    ["see #12", "see \\#\u200b12"],
    ["a\u202eb\u200bc", "abc"],
  ])("%j becomes %j", (text, escaped) => {
    expect(escapeForeign(text)).toBe(escaped);
  });

  test("no text keeps a tag, a mention, a line break or a command at its start", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom("@", "<", "/", "\n", "`", "#", "1", "a") })),
        (text) => {
          const escaped = escapeForeign(text);
          expect(escaped).not.toMatch(/[<>\n\r]|@(?!\u200b)|^\//);
        },
      ),
    );
  });

  test("a code span cannot be left", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("`", "a", " ", "<", "@") }), (text) => {
        const span = codeSpan(text);
        const fence = /^`+/.exec(span)?.[0] ?? "";
        const inner = span.slice(fence.length, span.length - fence.length);
        const runs = [...inner.matchAll(/`+/g)].map((run) => run[0].length);
        // A run as long as the fence would end the span.
        expect(runs.includes(fence.length)).toBe(false);
        expect(span.endsWith(fence)).toBe(true);
      }),
    );
  });
});
