import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import toml from "@iarna/toml";
import { expect, test } from "@jest/globals";
import { editPyproject } from "#formats/manifests/pyproject/edit.ts";
import { readPyproject } from "#formats/manifests/pyproject/read.ts";
import { describeWithData, testData } from "../../../support/test-data.ts";

type Table = Record<string, unknown>;

function tableAt(value: unknown, ...path: string[]): Table {
  let current = value;
  for (const key of path) current = (current as Table | undefined)?.[key];
  return typeof current === "object" && current !== null && !Array.isArray(current) ? (current as Table) : {};
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

const plainName = (text: string): string => text.toLowerCase().replaceAll(/[-_.]+/g, "-");

/** What a person would list as requirements, by another TOML reader and without our code. */
function requirementsByHand(values: unknown): string[] {
  const found: string[] = [];
  const poetry = (table: Table, group: string): void => {
    for (const [name, value] of Object.entries(table)) {
      if (name === "python") continue;
      for (const item of Array.isArray(value) ? value : [value]) {
        const version = typeof item === "string" ? item : ((item as Table)["version"] ?? null);
        found.push(`${group}: ${plainName(name)} ${JSON.stringify(version)}`);
      }
    }
  };
  const standard = (list: unknown, group: string): void => {
    for (const text of listOf(list)) {
      if (typeof text !== "string") continue;
      const [, name = "", rest = ""] = /^\s*([\w.-]+)\s*(?:\[[^\]]*\])?\s*(.*)$/s.exec(text) ?? [];
      const constraint = rest.startsWith("@") ? "" : (rest.split(";")[0] ?? "").trim().replace(/^\((.*)\)$/, "$1");
      found.push(`${group}: ${plainName(name)} ${JSON.stringify(constraint === "" ? null : constraint)}`);
    }
  };
  standard(tableAt(values, "project")["dependencies"], "main");
  for (const [name, list] of Object.entries(tableAt(values, "project", "optional-dependencies"))) {
    standard(list, `extra:${plainName(name)}`);
  }
  for (const [name, list] of Object.entries(tableAt(values, "dependency-groups"))) standard(list, plainName(name));
  poetry(tableAt(values, "tool", "poetry", "dependencies"), "main");
  poetry(tableAt(values, "tool", "poetry", "dev-dependencies"), "dev");
  for (const [name, group] of Object.entries(tableAt(values, "tool", "poetry", "group"))) {
    poetry(tableAt(group, "dependencies"), plainName(name));
  }
  standard(tableAt(values, "build-system")["requires"], "build");
  return found.sort();
}

for (const place of ["imprint", "manifests", "uv-locks", "scenarios"]) {
  describeWithData(`every pyproject.toml of ${place}`, place, (folder) => {
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
      path.endsWith("pyproject.toml"),
    );

    test("no requirement is lost", () => {
      expect(files.length).toBeGreaterThan(10);
      for (const path of files) {
        const text = readFileSync(join(folder, path), "utf8");
        const reading = readPyproject(path, text);
        if (reading.kind !== "pyproject") throw new Error(reading.finding.message);
        const read = reading.manifest.requirements.map(
          ({ group, name, constraint }) => `${group}: ${name} ${JSON.stringify(constraint?.text ?? null)}`,
        );
        expect([path, read.sort()]).toEqual([path, requirementsByHand(toml.parse(text))]);
        const warnings = reading.manifest.findings.filter(({ severity }) => severity !== "info");
        expect([path, warnings]).toEqual([path, []]);
      }
    });

    test("every constraint stands where its span says, and its edit changes one line", () => {
      let edits = 0;
      for (const path of files) {
        const text = readFileSync(join(folder, path), "utf8");
        const reading = readPyproject(path, text);
        if (reading.kind !== "pyproject") continue;
        const { manifest } = reading;
        const editable = manifest.requirements.filter(({ constraint }) => constraint !== null);
        for (const { constraint } of editable) {
          if (constraint === null) continue;
          expect(text.slice(constraint.span.start, constraint.span.end)).toBe(constraint.text);
          expect(text.slice(0, constraint.span.start).split("\n")).toHaveLength(constraint.span.line);
        }
        // One edit in a file is enough for the shape; the spans above cover the others.
        const requirement = editable[Math.floor(editable.length / 2)];
        if (requirement === undefined) continue;
        const answer = editPyproject(text, manifest, [{ requirement, constraint: "==98.7.6", hashes: null }]);
        if (answer.kind !== "edited") throw new Error(`${path}: ${answer.reason}`);
        const after = answer.text.split("\n");
        const changed = text.split("\n").filter((line, index) => line !== after[index]);
        expect(changed).toHaveLength(1);
        edits += 1;
      }
      expect(edits).toBeGreaterThan(10);
    });
  });
}

test("all 131 files are covered", () => {
  const root = testData(".");
  if (root === null) return;
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith("pyproject.toml"),
  );
  expect(files.filter((path) => /^(imprint|manifests|uv-locks|scenarios)\//.test(path))).toHaveLength(files.length);
});
