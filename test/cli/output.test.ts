import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createProgress } from "#cli/progress.ts";
import { createStyle, printable } from "#cli/output.ts";

describe("text with foreign names in it", () => {
  test.each([
    ["a\u001B[2Jb", "a[2Jb"],
    ["a\u009B2Jb", "a2Jb"],
    ["a\rb", "ab"],
    ["a\u001B]0;title\u0007b", "a]0;titleb"],
    ["a\u001B[8mb", "a[8mb"],
    ["user\u202Egnp.exe", "usergnp.exe"],
    ["a\u{E0041}b", "ab"],
    ["a\n\tb", "a\n\tb"],
    ["a\n  ::add-path::/x", "a\n  :\u200B:add-path::/x"],
    ["##[error]x", "#\u200B#[error]x"],
    ["conda::numpy", "conda::numpy"],
  ])("%j is printed as %j", (text, printed) => {
    expect(printable(text)).toBe(printed);
  });

  test("keeps our own styles", () => {
    const style = createStyle(true, {});
    const text = Object.values(style)
      .map((wrap) => wrap("x"))
      .join(" ");
    expect(text).toContain("\u001B[");
    expect(printable(text, true)).toBe(text);
    expect(printable(text)).not.toContain("\u001B");
  });

  test("never has more than ends of lines and tabs that are not printed", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const rest = printable(text).replaceAll(/[\n\t\u200B]/gu, "");
        expect(rest).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }),
    );
  });

  test("is clean in progress too", () => {
    const written: string[] = [];
    const display = createProgress({ progress: false, quiet: false }, { write: (text) => written.push(text) }, {});
    display.report({ kind: "warning", message: "a\u001B[2Jb" });
    expect(written).toEqual(["warning: a[2Jb\n"]);
  });
});
