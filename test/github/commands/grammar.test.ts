import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { hasCommand, parseCommands } from "#github/commands/grammar.ts";

describe("commands of a comment", () => {
  test.each<[string, unknown[]]>([
    ["/relock", [{ kind: "relock" }]],
    ["/relock   ", [{ kind: "relock" }]],
    ["Hello\r\n/relock\r\nBye", [{ kind: "relock" }]],
    ["/relock numpy", [{ kind: "packages", packages: [{ name: "numpy", version: null }] }]],
    [
      "/relock jax==0.4.8 typing_extensions",
      [
        {
          kind: "packages",
          packages: [
            { name: "jax", version: "0.4.8" },
            { name: "typing_extensions", version: null },
          ],
        },
      ],
    ],
    ["/relock torch==2.1.0+cu118", [{ kind: "packages", packages: [{ name: "torch", version: "2.1.0+cu118" }] }]],
    ["/relock rebase", [{ kind: "rebase" }]],
    ["/relock explain numpy", [{ kind: "explain", name: "numpy" }]],
    ["/relock hold numpy", [{ kind: "hold", name: "numpy", specifier: null }]],
    ["/relock hold numpy <2", [{ kind: "hold", name: "numpy", specifier: "<2" }]],
    ["/relock hold numpy<2", [{ kind: "hold", name: "numpy", specifier: "<2" }]],
    ["/relock hold numpy >= 1.2, < 2", [{ kind: "hold", name: "numpy", specifier: ">=1.2,<2" }]],
    ["/relock unhold numpy", [{ kind: "unhold", name: "numpy" }]],
    ["/relock help\n\n/relock", [{ kind: "help" }, { kind: "relock" }]],
  ])("%j", (comment, commands) => {
    const parsed = parseCommands(comment);
    expect(parsed.map((one) => (one.kind === "command" ? one.command : one))).toEqual(commands);
  });

  test.each([
    " /relock",
    "    /relock",
    "> /relock",
    "please /relock",
    "/relocked",
    "/Relock",
    "```\n/relock\n```",
    "~~~ sh\n/relock\n```\n/relock\n~~~",
    "````\n```\n/relock\n````",
    "<!--\n/relock\n-->",
    "",
  ])("%j holds none", (comment) => {
    expect(parseCommands(comment)).toEqual([]);
    expect(hasCommand(comment)).toBe(false);
  });

  test("a command behind a closed fence or a closed HTML comment counts", () => {
    expect(parseCommands("```\ncode\n```\n/relock\n<!-- a -->\n/relock help").map((one) => one.line)).toEqual([4, 6]);
  });

  test.each([
    ["/relock rebsae", "/relock rebase"],
    ["/relock halp", "/relock help"],
    ["/relock unhold", "/relock unhold NAME"],
    ["/relock explain a b", "/relock explain NAME"],
    ["/relock hold numpy lots", "/relock hold NAME <2"],
    ["/relock ../../etc/passwd", "/relock NAME==VERSION"],
    ["/relock $(reboot)", "/relock NAME==VERSION"],
    ["/relock numpy==1 ; rm", "/relock NAME==VERSION"],
    ["/relock numpy==1==2", "/relock NAME==VERSION"],
  ])("%s is not followed, and %s is suggested", (comment, suggestion) => {
    expect(parseCommands(comment)).toEqual([expect.objectContaining({ kind: "problem", line: 1, suggestion })]);
  });

  test("a package whose name is near a command can be named with its version", () => {
    expect(parseCommands("/relock helm==1.0")).toEqual([expect.objectContaining({ kind: "command" })]);
  });

  test("more than five commands are refused from the sixth on", () => {
    const parsed = parseCommands("/relock\n".repeat(20));
    expect(parsed.map((one) => one.kind)).toEqual([...Array<string>(5).fill("command"), "problem"]);
  });

  test("any text is read without a crash, and names never hold anything but name characters", () => {
    const line = fc.oneof(
      fc.string(),
      fc.string().map((text) => `/relock ${text}`),
      fc.constantFrom("```", "<!--", "-->"),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        for (const one of parseCommands(lines.join("\n"))) {
          if (one.kind !== "command") continue;
          const { command } = one;
          const names = command.kind === "packages" ? command.packages.map((each) => each.name) : [];
          if ("name" in command) names.push(command.name);
          for (const name of names) expect(name).toMatch(/^[A-Za-z0-9._-]+$/);
        }
      }),
    );
  });
});
