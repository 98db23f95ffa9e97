/** Random small channels and environments: what holds of every weekly run. */
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { readEnvironmentYml } from "#formats/manifests/environment-yml/read.ts";
import { readCondaLock } from "#formats/locks/conda-lock/read.ts";
import type { RepositorySnapshot } from "#formats/repository-snapshot.ts";
import { isCondaSpecProblem, parseMatchSpec } from "#packaging/conda-match-spec.ts";
import { condaSpecMatches } from "#packaging/conda-version-spec.ts";
import { compareCondaVersions, parseCondaVersion } from "#packaging/conda-version.ts";
import { conda, emptyLock, lockedConda, merged, proposeConda, type WrittenConda } from "../../support/small-conda.ts";

const NAMES = ["a", "b", "c", "d"];
const VERSIONS = ["1.0", "1.1", "1.2", "2.0", "2.1"];
const PLATFORMS = ["linux-64", "osx-arm64"];
/** `RELOCK_TEST_FULL=1` tries more. */
const RUNS = process.env["RELOCK_TEST_FULL"] === "1" ? 500 : 40;
const PYTHONS = ["3.10", "3.11"];

const dependency = fc
  .tuple(fc.constantFrom(...NAMES), fc.constantFrom("", ">=1.1", "<2", ">=1.0,<2.1", ">=2"))
  .map(([name, range]) => `${name} ${range}`.trim());

const record = fc
  .record({
    name: fc.constantFrom(...NAMES),
    version: fc.constantFrom(...VERSIONS),
    python: fc.constantFrom(null, ...PYTHONS),
    depends: fc.array(dependency, { maxLength: 2 }),
    platforms: fc.constantFrom([], PLATFORMS, ["linux-64"]),
    isLater: fc.boolean(),
  })
  .map(({ name, version, python, depends, platforms, isLater }) => {
    const own = depends.filter((text) => text.split(" ")[0] !== name);
    const minor = Number(python?.split(".")[1] ?? 0);
    const needs = python === null ? own : [...own, `python >=${python},<3.${minor + 1}.0a0`];
    const build = python === null ? "0" : `py3${minor}_0`;
    return { isLater, written: conda(`${name} ${version} ${build}`, needs, { platforms }) };
  });

const spec = fc
  .tuple(fc.constantFrom(...NAMES), fc.constantFrom("", "=1.0", "=1", "==1.1", " >=1.0,<2", " >=1.0", "~=1.0"))
  .map((parts) => parts.join(""));

const world = fc.record({
  records: fc.array(record, { minLength: 8, maxLength: 24 }),
  specs: fc.uniqueArray(spec, { minLength: 1, maxLength: 3, selector: (text) => text.charAt(0) }),
});

function distinct(records: readonly WrittenConda[]): readonly WrittenConda[] {
  return [...new Map(records.map((one) => [`${one.name} ${one.version} ${one.build}`, one])).values()];
}

function lockIn(snapshot: RepositorySnapshot) {
  const text = Buffer.from(snapshot.files.get("conda-lock.yml")?.content ?? []).toString("utf8");
  const reading = readCondaLock("conda-lock.yml", text);
  if ("finding" in reading) throw new Error(reading.finding.message);
  return reading.lock.packages;
}

function statedSpecs(snapshot: RepositorySnapshot): readonly string[] {
  const text = Buffer.from(snapshot.files.get("environment.yml")?.content ?? []).toString("utf8");
  const answer = readEnvironmentYml("environment.yml", text);
  if (answer.kind !== "manifest") throw new Error(text);
  return answer.manifest.requirements.map(({ entry }) => entry?.text ?? "");
}

function isOlder(version: string, than: string): boolean {
  const [one, other] = [parseCondaVersion(version), parseCondaVersion(than)];
  return one !== null && other !== null && compareCondaVersions(one, other) < 0;
}

test("what is proposed fits the files, moves nothing backwards, keeps Python's minor, and is proposed once", async () => {
  let solvable = 0;
  let moved = 0;
  await fc.assert(
    fc.asyncProperty(world, async ({ records, specs }) => {
      const pythons = PYTHONS.map((minor) => conda(`python ${minor}.1 0`, [], { platforms: PLATFORMS }));
      // What anything asks for is there in some old version.
      const base = NAMES.flatMap((name) => ["1.0", "1.1"].map((version) => conda(`${name} ${version} 0`)));
      const all = distinct([...pythons, ...records.map(({ written }) => written), ...base]);
      const later = new Set(records.filter(({ isLater }) => isLater).map(({ written }) => written));
      const first = all.filter((one) => !later.has(one));
      const entries = ["python=3.10", ...specs].map((text) => `  - ${text}\n`).join("");
      const files = {
        "environment.yml": `channels: [conda-forge]\ndependencies:\n${entries}platforms: [${PLATFORMS.join(", ")}]\n`,
        "conda-lock.yml": emptyLock(PLATFORMS, ["environment.yml"]),
      };
      const snapshot = await lockedConda(files, { conda: first }).catch(() => null);
      if (snapshot === null) return;
      solvable += 1;
      const proposal = await proposeConda(snapshot, { conda: all });
      for (const { group } of proposal.pullRequests) {
        moved += 1;
        const after = merged(snapshot, proposal, group);
        const [before, now] = [lockIn(snapshot), lockIn(after)];
        const stated = statedSpecs(after);
        checkStated(stated, now);
        if (group === "python-dependencies") {
          const older = before.filter(({ name, version, platform }) =>
            now.some((one) => one.name === name && one.platform === platform && isOlder(one.version, version)),
          );
          expect(older.filter(({ name }) => stated.some((text) => text.startsWith(name)))).toEqual([]);
          expect(now.filter(({ name }) => name === "python").map(({ version }) => version)).toEqual([
            "3.10.1",
            "3.10.1",
          ]);
          const again = await proposeConda(after, { conda: all });
          expect(again.pullRequests.map((pull) => pull.group)).not.toContain(group);
        }
      }
    }),
    { numRuns: RUNS },
  );
  expect([solvable > RUNS / 4, moved > RUNS / 8]).toEqual([true, true]);
}, 600_000);

/** Every entry of the environment is in the lock of every platform, as it asks. */
function checkStated(stated: readonly string[], locked: ReturnType<typeof lockIn>): void {
  for (const text of stated) {
    const parsed = parseMatchSpec(text);
    if (isCondaSpecProblem(parsed)) throw new Error(parsed.problem);
    for (const platform of PLATFORMS) {
      const entry = locked.find((one) => one.name === parsed.name && one.platform === platform);
      const version = parseCondaVersion(entry?.version ?? "");
      const fits = version !== null && (parsed.version === null || condaSpecMatches(parsed.version, version));
      expect([text, platform, entry?.version, fits]).toEqual([text, platform, entry?.version, true]);
    }
  }
}
