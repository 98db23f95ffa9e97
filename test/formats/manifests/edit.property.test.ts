import { expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { editEnvironmentYml } from "#formats/manifests/environment-yml/edit.ts";
import { readEnvironmentYml } from "#formats/manifests/environment-yml/read.ts";
import { editRequirementsTxt } from "#formats/manifests/requirements-txt/edit.ts";
import { readRequirementsTxt } from "#formats/manifests/requirements-txt/read.ts";

const name = fc.stringMatching(/^[a-z][a-z0-9]{0,6}(?:[-_.][a-z0-9]{1,4})?$/);
const version = fc.stringMatching(/^(?:0|[1-9]\d?)(?:\.\d{1,2}){0,2}$/);
const clause = fc.tuple(fc.constantFrom("==", ">=", "<", "!=", "~=", "<="), version).map(([operator, text]) => {
  return `${operator}${operator === "~=" && !text.includes(".") ? `${text}.0` : text}`;
});
const constraint = fc.array(clause, { minLength: 1, maxLength: 3 }).map((clauses) => clauses.join(","));
const blank = fc.constantFrom("", " ", "  ");
const tail = fc.constantFrom("", "  # note", " ; os_name == 'nt'", " # pinned");
const line = fc.tuple(name, blank, constraint, tail).map((parts) => parts.join(""));
const lineEnd = fc.constantFrom("\n", "\r\n");
const noise = fc.constantFrom("", "# comment", "--pre", "!? broken", "-r other.txt", "numpy");

test("requirements: what is edited reads back as edited, and nothing else has changed", () => {
  const lines = fc.array(fc.oneof(line, noise), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(lines, lineEnd, constraint, fc.nat(), (written, end, wanted, pick) => {
      const text = written.join(end);
      const manifest = readRequirementsTxt("requirements.txt", text);
      const editable = manifest.requirements.filter((requirement) => requirement.constraint !== null);
      const requirement = editable[pick % Math.max(1, editable.length)];
      if (requirement === undefined || requirement.constraint === null) return;
      const answer = editRequirementsTxt(text, manifest, [{ requirement, constraint: wanted, hashes: null }]);
      const { start, end: finish } = requirement.constraint.span;
      expect(answer).toEqual({ kind: "edited", text: text.slice(0, start) + wanted + text.slice(finish) });
      if (answer.kind !== "edited") return;
      const again = readRequirementsTxt("requirements.txt", answer.text);
      const constraints = manifest.requirements.map((each) => (each === requirement ? wanted : each.constraint?.text));
      expect(again.requirements.map((each) => each.constraint?.text)).toEqual(constraints);
      expect(again.findings).toEqual(manifest.findings);
    }),
    { numRuns: 500 },
  );
});

test("environments: the same, for conda entries and for the pip section", () => {
  const entry = fc.tuple(name, constraint, fc.constantFrom("", "  # [linux]", " # why"), fc.constantFrom("", '"', "'"));
  const entries = fc.array(entry, { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(entries, entries, lineEnd, fc.tuple(constraint, fc.nat()), (conda, pip, end, [wanted, pick]) => {
      const items = (indent: string, list: typeof conda) =>
        list.map(([key, text, comment, quote]) => `${indent}- ${quote}${key}${text}${quote}${comment}`);
      const text = ["dependencies:", ...items("  ", conda), "  - pip:", ...items("    ", pip), ""].join(end);
      const reading = readEnvironmentYml("environment.yml", text);
      if (reading.kind !== "manifest") throw new Error("not read");
      const { manifest } = reading;
      expect(manifest.requirements).toHaveLength(conda.length + pip.length);
      const requirement = manifest.requirements[pick % manifest.requirements.length];
      if (requirement === undefined || requirement.constraint === null) throw new Error("no constraint");
      const { start, end: finish } = requirement.constraint.span;
      const answer = editEnvironmentYml(text, manifest, [{ requirement, constraint: wanted, hashes: null }]);
      expect(answer).toEqual({ kind: "edited", text: text.slice(0, start) + wanted + text.slice(finish) });
    }),
    { numRuns: 300 },
  );
});
