/** Real environment files with pip sections, locked for two platforms from the corpora. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { mergeEnvironments } from "#formats/conda-environment-merge.ts";
import { readEnvironmentYml } from "#formats/manifests/environment-yml/read.ts";
import { isCondaSpecProblem, parseMatchSpec } from "#packaging/conda-match-spec.ts";
import { isRequirementProblem, parseRequirement } from "#packaging/requirement.ts";
import { unsupported } from "#solver/conda/spec-table.ts";
import { checkFiles, emptyLock, environmentYml, lockFiles, type ProjectFiles } from "../../support/conda-project.ts";
import { corpora, type Corpora } from "../../support/corpus-context.ts";
import { describeWithData } from "../../support/test-data.ts";
import { condaLockFaults } from "../../support/valid-conda-lock.ts";

const PLATFORMS = ["linux-64", "osx-arm64"];

interface Sections {
  readonly path: string;
  readonly conda: readonly string[];
  readonly pypi: readonly string[];
}

/** Some of them; all with RELOCK_TEST_FULL=1. */
const IS_FULL = process.env["RELOCK_TEST_FULL"] === "1";
const SAMPLE = /2024_3|^Clay|environment_windows|^RosettaCommons|^pydata/u;

type Fate = "as written" | "by name" | "refused";

describeWithData("real pip sections", ".", (data) => {
  const world = corpora(data);
  const manifests = sectionsOf(join(data, "manifests"), world).filter(({ path }) => IS_FULL || SAMPLE.test(path));
  const fates: Fate[] = [];

  test.each(manifests)(
    "$path: locked for both platforms, checked, and the same again",
    async ({ conda, pypi }) => {
      const written = await lockedOrNull(filesOf(conda, pypi));
      // Where the corpora lack the versions that are pinned, the names alone still make a problem of its size.
      const files = written ?? (await lockedOrNull(filesOf(namesOf(conda), namesOf(pypi))));
      fates.push(files === null ? "refused" : written === null ? "by name" : "as written");
      if (files === null) return;
      const lock = files["conda-lock.yml"] ?? "";
      for (const platform of PLATFORMS) expect(lock).toContain(`\n  manager: pip\n  platform: ${platform}\n`);
      expect(condaLockFaults(lock, files["environment.yml"] ?? "")).toEqual([]);
      const report = await checkFiles(world.context, files);
      expect(report.findings.filter(({ severity }) => severity === "error")).toEqual([]);
      const again = await lockFiles(world.context, files);
      expect(again.result).toMatchObject({ failures: [], edits: [] });
    },
    60_000,
  );

  test("how many", () => {
    const count = (fate: Fate): number => fates.filter((one) => one === fate).length;
    const counts = [count("as written"), count("by name"), count("refused")];
    // Most of the refused ones ask for a TensorFlow that the corpora have no wheel of for osx-arm64.
    expect(counts).toEqual(IS_FULL ? [3, 7, 12] : [2, 3, 0]);
  });

  /** Null where there is no solution, which has to be told with its reason. */
  async function lockedOrNull(files: ProjectFiles): Promise<ProjectFiles | null> {
    const { result, files: written } = await lockFiles(world.context, files);
    for (const { kind, explanation } of result.failures) {
      expect([kind, explanation]).toEqual(["unsatisfiable", expect.stringMatching(/\S/u)]);
    }
    return result.failures.length === 0 && result.edits.length > 0 ? written : null;
  }
});

function filesOf(conda: readonly string[], pypi: readonly string[]): ProjectFiles {
  const quoted = (text: string): string => JSON.stringify(text);
  const section = `pip:\n${pypi.map((one) => `    - ${quoted(one)}\n`).join("")}`.trimEnd();
  return { "environment.yml": environmentYml([...conda.map(quoted), section]), "conda-lock.yml": emptyLock(PLATFORMS) };
}

const namesOf = (texts: readonly string[]): readonly string[] => [
  ...new Set(texts.map((text) => /^[\w.-]+/u.exec(text)?.[0] ?? text)),
];

/** What each environment file asks for, without what the corpora do not have; each list of requirements once. */
function sectionsOf(folder: string, { channel, pypi }: Corpora): readonly Sections[] {
  const channels = PLATFORMS.map((platform) => channel("conda-forge", platform));
  const found = new Map<string, Sections>();
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.ya?ml$/u.test(path))
    .sort();
  for (const path of paths) {
    const read = readEnvironmentYml(path, readFileSync(join(folder, path), "utf8"));
    const merged = "manifest" in read ? mergeEnvironments([read.manifest], "linux-64") : null;
    if (merged === null || !("environment" in merged)) continue;
    const conda = merged.environment.conda.flatMap(({ text }) => {
      const spec = parseMatchSpec(text);
      const isUsable = !isCondaSpecProblem(spec) && unsupported(spec) === null && spec.channelPattern === null;
      return isUsable && channels.every(({ records }) => records.has(spec.name)) ? [text] : [];
    });
    const pips = merged.environment.pip.flatMap(({ text }) => {
      const requirement = parseRequirement(text);
      const isThere =
        !isRequirementProblem(requirement) && requirement.url === null && pypi.names.has(requirement.name);
      return isThere ? [text] : [];
    });
    if (pips.length > 0) found.set(JSON.stringify([conda, pips]), { path, conda, pypi: pips });
  }
  return [...found.values()];
}
