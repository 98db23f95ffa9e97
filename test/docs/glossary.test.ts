import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "@jest/globals";

const ROOT = resolve(import.meta.dirname, "../..");

test("every term of the glossary links to a symbol that is exported", () => {
  const glossary = readFileSync(join(ROOT, "docs/glossary.md"), "utf8");
  const links = [...glossary.matchAll(/^\| \[(?<term>[^\]]+)\]\(\.\.\/(?<file>src\/[^#]+)#(?<symbol>\w+)\)/gmu)];
  expect(links.length).toBeGreaterThan(30);
  const missing = links.filter(({ groups }) => {
    const source = readFileSync(join(ROOT, groups?.["file"] ?? ""), "utf8");
    return !new RegExp(
      `^export (?:interface|type|class|const|(?:async )?function) ${groups?.["symbol"]}\\b`,
      "mu",
    ).test(source);
  });
  expect(missing.map(({ groups }) => `${groups?.["term"]}: ${groups?.["file"]}#${groups?.["symbol"]}`)).toEqual([]);
});

test("every document that the README and the architecture page link to is there", () => {
  for (const page of ["README.md", "docs/architecture.md", "CONTRIBUTING.md"]) {
    const text = readFileSync(join(ROOT, page), "utf8");
    const links = [...text.matchAll(/\]\((?!https?:)(?<link>[^)#]+)\)/gu)].map(({ groups }) => groups?.["link"] ?? "");
    for (const link of links) {
      const path = join(ROOT, page, "..", link);
      expect({ page, link, there: exists(path) }).toEqual({ page, link, there: true });
    }
  }
});

function exists(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EISDIR";
  }
}
