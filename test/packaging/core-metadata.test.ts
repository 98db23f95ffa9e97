import { describe, expect, test } from "@jest/globals";
import { parseCoreMetadata } from "#packaging/core-metadata.ts";

const HEAD = "Metadata-Version: 2.4\nName: Foo.Bar\nVersion: 1.0\n";

describe("core metadata", () => {
  test("gives the fields that a resolution needs", () => {
    const text = [
      "Metadata-Version: 2.4",
      "Name: Foo.Bar",
      "Version: 1.0-beta",
      "Summary: Ä tool: with a colon",
      "Requires-Python: >=3.8, <4",
      "Classifier: Programming Language :: Python",
      "Requires-Dist: numpy>=1.20",
      'Requires-Dist: pytest; extra == "Test_All"',
      "Provides-Extra: Test_All",
      "Dynamic: Requires-Dist",
      "dynamic: license",
      "",
      "Requires-Dist: of-the-description",
    ].join("\n");
    expect(parseCoreMetadata(text)).toEqual({
      metadataVersion: "2.4",
      name: "Foo.Bar",
      version: "1.0-beta",
      summary: "Ä tool: with a colon",
      requiresPython: ">=3.8, <4",
      requiresDist: ["numpy>=1.20", 'pytest; extra == "Test_All"'],
      providesExtras: ["Test_All"],
      dynamic: ["requires-dist", "license"],
    });
  });

  test.each(["1.0", "1.2", "2.0", "2.1", "2.2", "2.3", "2.4", "2.5", "2.9"])("reads metadata version %s", (version) => {
    expect(parseCoreMetadata(`Metadata-Version: ${version}\nName: a\nVersion: 1\n`)).toMatchObject({
      metadataVersion: version,
      requiresDist: [],
      requiresPython: null,
    });
  });

  test("joins folded lines and takes Windows line ends and a byte order mark", () => {
    const text = `\uFEFF${HEAD}Summary: one\n        |two\n\tthree\nRequires-Dist: a\n (>=1)\n\nbody`.replaceAll(
      "\n",
      "\r\n",
    );
    expect(parseCoreMetadata(text)).toMatchObject({ summary: "one two three", requiresDist: ["a (>=1)"] });
  });

  test("takes UNKNOWN and empty values as absent", () => {
    expect(parseCoreMetadata(`${HEAD}Summary: UNKNOWN\nRequires-Python: UNKNOWN\nRequires-Dist:\n`)).toMatchObject({
      summary: "",
      requiresPython: null,
      requiresDist: [],
    });
  });

  test("passes over lines that are no header", () => {
    expect(parseCoreMetadata(`From nobody\n${HEAD}no header here\nRequires-Dist: a\n`)).toMatchObject({
      requiresDist: ["a"],
    });
  });

  test.each([
    ["", "Metadata-Version", 1],
    ["Name: a\nVersion: 1\n", "Metadata-Version", 1],
    ["Metadata-Version: 2.1\nVersion: 1\n", "Name", 1],
    ["Metadata-Version: 2.1\nName: a\n", "Version", 1],
    ["Name: a\nMetadata-Version: 3.0\nVersion: 1\n", "3.0", 2],
    ["<!DOCTYPE html>\n<html></html>", "Metadata-Version", 1],
  ])("%j is refused", (text, word, line) => {
    expect(parseCoreMetadata(text)).toEqual({ problem: expect.stringContaining(word), line });
  });
});
