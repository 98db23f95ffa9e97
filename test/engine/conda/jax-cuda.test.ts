/** jax by pip beside conda packages: with CUDA wheels of a find-links page on linux-64, for the processor on osx-arm64, in one lock. */
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { EngineContext } from "#engine/context.ts";
import { readCondaLock } from "#formats/locks/conda-lock/read.ts";
import type { CondaLockPackage } from "#formats/locks/conda-lock/model.ts";
import { proposeUpdates } from "#propose-updates.ts";
import { corpusChannel, type MemoryChannel } from "../../support/conda-memory.ts";
import { checkFiles, emptyLock, lockFiles, type ProjectFiles } from "../../support/conda-project.ts";
import { testContext, textSnapshot } from "../../support/engine.ts";
import { describeWithData } from "../../support/test-data.ts";
import { asPypiHasIt } from "../../support/imprint-index.ts";
import { loadUnionIndex } from "../../support/union-index.ts";
import { condaLockFaults } from "../../support/valid-conda-lock.ts";

const PAGE = "https://storage.googleapis.com/jax-releases/jax_cuda_releases.html";
const PLATFORMS = ["linux-64", "osx-arm64"];

const environment = (version: string): string =>
  [
    "name: gpu",
    "channels:",
    "  - conda-forge",
    "platforms: [linux-64, osx-arm64]",
    "dependencies:",
    "  - python=3.10",
    "  - numpy",
    "  - scipy",
    "  - pip",
    "  - pip:",
    `    - --find-links ${PAGE}`,
    `    - jax[cuda]==${version}  # [linux]`,
    `    - jax==${version}  # [osx]`,
    "",
  ].join("\n");

function packagesIn(files: ProjectFiles): readonly CondaLockPackage[] {
  const reading = readCondaLock("conda-lock.yml", files["conda-lock.yml"] ?? "");
  if ("finding" in reading) throw new Error(reading.finding.message);
  return reading.lock.packages;
}

const pipsOn = (files: ProjectFiles, platform: string): readonly string[] =>
  packagesIn(files)
    .filter((one) => one.manager === "pip" && one.platform === platform)
    .map(({ name, version }) => `${name} ${version}`);

describeWithData("jax with CUDA inside conda", ".", (data) => {
  const { releases, findLinksPages } = loadUnionIndex(join(data, "imprint/union-index.json"), null);
  const asked: string[] = [];
  const read = new Map<string, MemoryChannel>();
  const channel = (name: string, subdir: string): MemoryChannel => {
    const found = read.get(subdir) ?? corpusChannel(join(data, "conda"), name, subdir);
    read.set(subdir, found);
    return found;
  };

  function context(versions: readonly string[]): EngineContext {
    const known = releases.filter(({ name, version }) => name !== "jax" || versions.includes(version)).map(asPypiHasIt);
    const pages = { [PAGE]: findLinksPages["jax_cuda_releases.html"] ?? [] };
    const plain = testContext({ releases: known, pages, channel, now: Date.parse("2026-11-01") });
    return {
      ...plain,
      openIndex: (policy) => {
        const index = plain.openIndex(policy);
        return {
          ...index,
          fileHash: (file) => {
            asked.push(file.filename);
            return index.fileHash(file);
          },
        };
      },
    };
  }

  const first = { "environment.yml": environment("0.4.4"), "conda-lock.yml": emptyLock(PLATFORMS) };
  const early = ["0.4.4"];
  const late = ["0.4.4", "0.4.5", "0.4.6", "0.4.8"];

  test("relock lock: both platforms in one run, checked, and the same again", async () => {
    const { result, files } = await lockFiles(context(late), first);
    expect(result.failures).toEqual([]);
    expect(pipsOn(files, "linux-64")).toEqual(["jax 0.4.4", "jaxlib 0.4.4+cuda11.cudnn86", "opt-einsum 3.3.0"]);
    expect(pipsOn(files, "osx-arm64")).toEqual(["jax 0.4.4", "opt-einsum 3.3.0"]);
    const jaxlib = packagesIn(files).find(({ name }) => name === "jaxlib");
    // The page gives no hash, and a lock needs one: the file is streamed, once.
    expect(jaxlib?.hash.sha256).toMatch(/^[0-9a-f]{64}$/u);
    expect(jaxlib?.url).toMatch(/cp310-cp310-manylinux2014_x86_64\.whl$/u);
    expect(asked).toEqual(["jaxlib-0.4.4+cuda11.cudnn86-cp310-cp310-manylinux2014_x86_64.whl"]);
    expect(condaLockFaults(files["conda-lock.yml"] ?? "", first["environment.yml"])).toEqual([]);
    expect(await checkFiles(context(late), files)).toMatchObject({ ok: true, findings: [] });
    expect((await lockFiles(context(late), files)).result.edits).toEqual([]);
    expect(asked).toHaveLength(1);
  });

  test("relock update: one version for both, and the CUDA wheel that goes with it", async () => {
    const { files } = await lockFiles(context(early), first);
    const proposal = await proposeUpdates(context(late), textSnapshot(files), {
      request: { kind: "packages", packages: [{ name: "jax", version: null }] },
      organisationDefaults: null,
    });
    const [pull] = proposal.pullRequests;
    const texts = pull?.edits.map(({ file, content }) => [file, Buffer.from(content ?? "").toString("utf8")]) ?? [];
    const edited = { ...files, ...Object.fromEntries(texts) };
    // 0.4.8 has no CUDA wheel on the page.
    expect(edited["environment.yml"]).toBe(environment("0.4.6"));
    expect(pipsOn(edited, "linux-64")).toEqual(["jax 0.4.6", "jaxlib 0.4.6+cuda11.cudnn86", "opt-einsum 3.3.0"]);
    expect(pipsOn(edited, "osx-arm64")).toEqual(["jax 0.4.6", "opt-einsum 3.3.0"]);
    const conda = (own: ProjectFiles): readonly CondaLockPackage[] =>
      packagesIn(own).filter(({ manager }) => manager === "conda");
    expect(conda(edited)).toEqual(conda(files));
    expect(condaLockFaults(edited["conda-lock.yml"] ?? "", environment("0.4.6"))).toEqual([]);
    expect(await checkFiles(context(late), edited)).toMatchObject({ ok: true, findings: [] });
  });
});
