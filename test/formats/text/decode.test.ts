import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { decodeText, encodeText, lineAt, lineOf, lineStarts, type TextEncoding } from "#formats/text/decode.ts";
import { processorTime } from "../../support/processor-time.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("decodeText", () => {
  test.each([
    ["plain", bytes("a\nb\n"), { text: "a\nb\n", encoding: "utf-8", bom: false, lineEnding: "lf" }],
    ["UTF-8 mark", bytes("\uFEFFa\r\n"), { text: "a\r\n", encoding: "utf-8", bom: true, lineEnding: "crlf" }],
    [
      "UTF-16LE",
      Uint8Array.of(0xff, 0xfe, 0x61, 0, 0x0d, 0),
      { text: "a\r", encoding: "utf-16le", bom: true, lineEnding: "cr" },
    ],
    [
      "UTF-16BE",
      Uint8Array.of(0xfe, 0xff, 0, 0x61),
      { text: "a", encoding: "utf-16be", bom: true, lineEnding: "none" },
    ],
    ["mixed", bytes("a\nb\r\n"), { text: "a\nb\r\n", encoding: "utf-8", bom: false, lineEnding: "mixed" }],
    ["empty", bytes(""), { text: "", encoding: "utf-8", bom: false, lineEnding: "none" }],
  ])("reads %s", (_name, input, decoded) => {
    expect(decodeText(input)).toEqual({ kind: "text", decoded });
  });

  test.each([
    ["NUL bytes", bytes("a\nb\0"), "nul-bytes", 2],
    ["invalid UTF-8", Uint8Array.of(0x61, 0x0a, 0x0a, 0x62, 0xff, 0x0a), "invalid-encoding", 3],
    ["a character cut off at the end", Uint8Array.of(0x61, 0xc3), "invalid-encoding", 1],
    ["odd UTF-16", Uint8Array.of(0xff, 0xfe, 0x61), "invalid-encoding", null],
    ["a lone surrogate", Uint8Array.of(0xff, 0xfe, 0x00, 0xd8), "invalid-encoding", null],
    [
      "an LFS pointer",
      bytes("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"),
      "git-lfs-pointer",
      1,
    ],
    ["merge conflict", bytes("a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> x\n"), "merge-conflict", 2],
    ["merge conflict, CRLF", bytes("a\r\n<<<<<<<\r\nb\r\n=======\r\nc\r\n>>>>>>>\r\n"), "merge-conflict", 2],
  ])("refuses %s", (_name, input, reason, line) => {
    expect(decodeText(input)).toMatchObject({ kind: "unreadable", unreadable: { reason, line } });
  });

  test("refuses more bytes than the cap, by their number", () => {
    const answer = decodeText(bytes("12345"), 4);
    expect(answer).toMatchObject({ kind: "unreadable", unreadable: { reason: "too-large" } });
    expect(decodeText(bytes("1234"), 4).kind).toBe("text");
  });

  test("refuses 50 MB without reading it", () => {
    const start = processorTime();
    expect(decodeText(new Uint8Array(50 * 1024 * 1024)).kind).toBe("unreadable");
    expect(processorTime() - start).toBeLessThan(3_000);
  });
});

test("what is decoded is encoded to the same bytes", () => {
  const encodings = fc.constantFrom<TextEncoding>("utf-8", "utf-16le", "utf-16be");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), encodings, fc.boolean(), (content, encoding, mark) => {
      const bom = mark || encoding !== "utf-8";
      const text = content.replaceAll("\0", "").replaceAll("\uFEFF", "");
      const written = encodeText({ text, encoding, bom });
      const answer = decodeText(written);
      expect(answer).toMatchObject({ kind: "text", decoded: { text, encoding, bom } });
    }),
  );
});

test("arbitrary bytes are refused or come back unchanged", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (input) => {
      const answer = decodeText(input);
      if (answer.kind === "text") expect(encodeText(answer.decoded)).toEqual(input);
    }),
    { numRuns: 1000 },
  );
});

test("lines are counted the same way one by one and by their starts", () => {
  const lines = fc.string({ unit: fc.constantFrom("a", "\n", "\r", " ") });
  fc.assert(
    fc.property(lines, (text) => {
      const starts = lineStarts(text);
      for (let offset = 0; offset <= text.length; offset += 1) {
        expect(lineOf(starts, offset)).toBe(lineAt(text, offset));
      }
    }),
  );
  expect(lineAt("a\r\nb\rc\nd", 0)).toBe(1);
  expect(lineAt("a\r\nb\rc\nd", 3)).toBe(2);
  expect(lineAt("a\r\nb\rc\nd", 5)).toBe(3);
  expect(lineAt("a\r\nb\rc\nd", 7)).toBe(4);
});
