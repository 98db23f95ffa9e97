import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "@jest/globals";
import { mergeEnvironments } from "#formats/conda-environment-merge.ts";
import { recogniseCondaFile } from "#formats/conda-locks/conda-file.ts";
import { findProjects } from "#formats/find-projects.ts";
import { editEnvironmentYml } from "#formats/manifests/environment-yml/edit.ts";
import { readEnvironmentYml } from "#formats/manifests/environment-yml/read.ts";
import type { Manifest } from "#formats/manifests/manifest.ts";
import { decodeText, encodeText, type DecodedText } from "#formats/text/decode.ts";
import { PLATFORMS } from "#packaging/target.ts";
import { snapshotOf } from "../../support/snapshot.ts";
import { describeWithData } from "../../support/test-data.ts";

const PATH = "environment.yml";

interface RealFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly decoded: DecodedText;
  readonly manifest: Manifest;
}

/** YAML files of the data folder that hold a list of dependencies, and what became of the others. */
function realFiles(folder: string): { readonly files: readonly RealFile[]; readonly refused: readonly string[] } {
  const files: RealFile[] = [];
  const refused: string[] = [];
  for (const part of ["manifests", "imprint", "scenarios", "explicit-locks"]) {
    for (const path of readdirSync(join(folder, part), { recursive: true, encoding: "utf8" }).sort()) {
      const full = join(folder, part, path);
      if (!/\.ya?ml$/.test(path) || /\.github\/(?:workflows|[^/]+$)/.test(path) || !statSync(full).isFile()) continue;
      const bytes = new Uint8Array(readFileSync(full));
      const decoding = decodeText(bytes);
      const name = relative(folder, full);
      if (decoding.kind !== "text") {
        refused.push(`${name}: ${decoding.unreadable.message}`);
        continue;
      }
      const { decoded } = decoding;
      if (!/^["']?dependencies["']?[ \t]*:/m.test(decoded.text) || recogniseCondaFile(path, decoded.text)) continue;
      const answer = readEnvironmentYml(PATH, decoded.text);
      if (answer.kind === "manifest") files.push({ name, bytes, decoded, manifest: answer.manifest });
      else
        refused.push(`${name}: ${answer.kind === "unreadable" ? answer.finding.message : "no list of dependencies"}`);
    }
  }
  return { files, refused };
}

/** The same constraint with other numbers: `>=1.2,<2` becomes `>=98.7,<2`. */
function otherConstraint(text: string): string | null {
  const version = /\d+(?:\.\d+)*/.exec(text)?.[0];
  return version === undefined ? null : text.replace(version, version === "98.7" ? "98.8" : "98.7");
}

function linesOf(bytes: Uint8Array): readonly string[] {
  return Buffer.from(bytes).toString("latin1").split("\n");
}

describeWithData("environment files of real repositories", ".", (folder) => {
  const { files, refused } = realFiles(folder);
  const entries = files.flatMap(({ manifest }) => manifest.requirements);
  const unread = files.flatMap(({ name, manifest }) =>
    manifest.findings
      .filter(({ code }) => code === "not-understood")
      .map(({ line, message }) => `${name}:${line} ${message}`),
  );

  test("are parsed, or refused with a reason", () => {
    process.stdout.write(
      `${files.length} environment files with ${entries.length} entries, ${refused.length} refused, ${unread.length} lines kept as they are\n`,
    );
    expect(files.length).toBeGreaterThanOrEqual(100);
    expect(refused.filter((each) => !each.endsWith("dependencies.yaml: no list of dependencies"))).toEqual([]);
    const reasons = new Set(unread.map((each) => each.replace(/^\S+ /, "").replace(/"[^"]*"|`[^`]*`/g, "…")));
    expect([...reasons].sort()).toEqual([
      "This line is left as it is: it holds a template placeholder.",
      "This line is left as it is: it is not a match spec: … in brackets is not KEY=VALUE.",
    ]);
  });

  test("none that the index of the manifests lists is passed over in silence", () => {
    const rows = readFileSync(join(folder, "manifests", "INDEX.tsv"), "utf8")
      .split("\n")
      .slice(1);
    const listed = rows.map((row) => row.split("\t")).filter(([, , , kind]) => kind === "environment.yml");
    const silent = listed.flatMap(([repository = "", , path = ""]) => {
      const name = `manifests/${repository.replace("/", "__")}/${path}`;
      if (files.some((file) => file.name === name)) return [];
      const bytes = new Uint8Array(readFileSync(join(folder, name)));
      const found = findProjects(snapshotOf({ [path]: bytes }), { targets: null, isIncluded: () => true });
      return found.findings.some(({ file }) => file === path) ? [] : [name];
    });
    expect(listed.length).toBeGreaterThan(50);
    expect(silent).toEqual([]);
  });

  test("change in one line with one edit, and keep encoding, line ends and the missing last one", () => {
    let edited = 0;
    for (const { name, bytes, decoded, manifest } of files) {
      expect([name, Buffer.compare(encodeText(decoded), bytes)]).toEqual([name, 0]);
      const before = linesOf(bytes);
      for (const requirement of manifest.requirements) {
        const constraint = otherConstraint(requirement.constraint?.text ?? "");
        if (constraint === null || requirement.hashes.length > 0) continue;
        const answer = editEnvironmentYml(decoded.text, manifest, [{ requirement, constraint, hashes: null }]);
        if (answer.kind !== "edited") throw new Error(`${name}:${requirement.line} ${answer.reason}`);
        const after = linesOf(encodeText({ ...decoded, text: answer.text }));
        const changed = after.flatMap((line, index) => (line === before[index] ? [] : [index + 1]));
        expect([name, requirement.name, changed]).toEqual([name, requirement.name, [requirement.line]]);
        expect(after).toHaveLength(before.length);
        edited += 1;
      }
    }
    process.stdout.write(`${edited} edits, one line each\n`);
    expect(edited).toBeGreaterThan(1_000);
    const forms = files.map(({ decoded: { encoding, lineEnding, text } }) => [
      encoding,
      lineEnding,
      text.endsWith("\n"),
    ]);
    expect(forms).toContainEqual(["utf-16le", expect.any(String), expect.any(Boolean)]);
    expect(forms).toContainEqual(["utf-8", "crlf", expect.any(Boolean)]);
    expect(forms).toContainEqual(["utf-8", "lf", false]);
  });

  test("merge on every platform, with every entry in place", () => {
    let merged = 0;
    const texts = new Set<string>();
    for (const { name, manifest } of files) {
      for (const platform of PLATFORMS) {
        const answer = mergeEnvironments([{ ...manifest, includes: [] }], platform, { tool: "conda" });
        if ("reason" in answer) throw new Error(`${name}: ${answer.reason}`);
        const { conda, pip, channels } = answer.environment;
        expect(channels).not.toContain("nodefaults");
        expect(conda.length + pip.length).toBeLessThanOrEqual(manifest.requirements.length);
        merged += conda.length + pip.length;
        for (const { text } of conda) texts.add(text);
      }
    }
    expect(merged).toBeGreaterThan(entries.length * 6);
    const again = readEnvironmentYml(
      PATH,
      `dependencies:\n${[...texts].map((text) => `- ${JSON.stringify(text)}\n`).join("")}`,
    );
    if (again.kind !== "manifest") throw new Error(JSON.stringify(again));
    expect(again.manifest.findings).toEqual([]);
    expect(again.manifest.requirements.map(({ entry }) => entry?.text)).toEqual([...texts]);
  });
});
