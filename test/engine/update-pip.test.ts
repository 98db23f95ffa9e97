import { describe, expect, test } from "@jest/globals";
import { findProjects } from "#formats/find-projects.ts";
import type { RepositorySnapshot } from "#formats/repository-snapshot.ts";
import { openPipWorkspace } from "#engine/pip-project.ts";
import { solveBaseline } from "#engine/raise-pins.ts";
import { updatePip, type PipUpdate } from "#engine/update-pip.ts";
import type { UpdateUnit } from "#planning/plan-units.ts";
import { OPEN_POLICY } from "#planning/filter-listing.ts";
import { testContext, textSnapshot } from "../support/engine.ts";
import type { TestRelease } from "../support/index-data.ts";

function release(
  name: string,
  version: string,
  requiresDist: string[] = [],
  files?: TestRelease["files"],
): TestRelease {
  return { name, version, requiresDist, ...(files === undefined ? {} : { files }) };
}

const CUDA_PAGE = "https://storage.example/jax_cuda_releases.html";

function cudaJaxlib(version: string): TestRelease {
  return release(
    "jaxlib",
    version,
    [],
    [{ filename: `jaxlib-${version}-cp310-cp310-manylinux2014_x86_64.whl`, sha256: "a".repeat(64) }],
  );
}

const JAX: readonly TestRelease[] = ["0.4.4", "0.4.5", "0.4.6", "0.4.8"].map((version) => {
  const jaxlib = { "0.4.4": "0.4.4", "0.4.5": "0.4.4", "0.4.6": "0.4.6", "0.4.8": "0.4.7" }[version] ?? "";
  return release("jax", version, [`jaxlib==${jaxlib}+cuda11.cudnn86 ; extra == "cuda"`]);
});

const CUDA_WHEELS = [cudaJaxlib("0.4.4+cuda11.cudnn86"), cudaJaxlib("0.4.6+cuda11.cudnn86")];

async function run(
  snapshot: RepositorySnapshot,
  releases: readonly TestRelease[],
  request: { unit: UpdateUnit; fixed?: ReadonlyMap<string, string> },
): Promise<PipUpdate> {
  const context = testContext({ releases, pages: { [CUDA_PAGE]: CUDA_WHEELS } });
  const found = findProjects(snapshot, { targets: null, isIncluded: () => true });
  const [project] = found.projects;
  if (project === undefined) {
    throw new Error("no project");
  }
  const workspace = openPipWorkspace(context, project, OPEN_POLICY);
  const baseline = await solveBaseline(
    workspace.targets.map((target) => target.id),
    (solve) => workspace.solve(solve),
  );
  return updatePip(workspace, { unit: request.unit, baseline, fixed: request.fixed ?? new Map() });
}

const unit = (...names: string[]): UpdateUnit => ({
  group: "python-dependencies",
  names: new Set(names),
  reach: "within-major",
  refresh: true,
});

const CUDA_FILE = textSnapshot({
  "requirements-jax-cuda.txt": `--find-links ${CUDA_PAGE}\njax[cuda]==0.4.4\n`,
  ".github/workflows/test.yml":
    'jobs:\n  a:\n    steps:\n      - uses: actions/setup-python@v4\n        with:\n          python-version: "3.10"\n',
});

describe("pins of pip files", () => {
  test("a CUDA pin moves to the newest version that its find-links page can serve", async () => {
    const update = await run(CUDA_FILE, JAX, { unit: unit("jax") });
    expect(update.edits.map((edit) => edit.constraint)).toEqual(["==0.4.6"]);
    expect(update.changes).toEqual([
      { name: "jax", from: "0.4.4", to: "0.4.6", direct: true, targets: ["linux-64-cuda"] },
    ]);
  });

  test("a pin follows the version that a lock beside it decides", async () => {
    const update = await run(CUDA_FILE, JAX, { unit: unit(), fixed: new Map([["jax", "0.4.5"]]) });
    expect(update.edits.map((edit) => edit.constraint)).toEqual(["==0.4.5"]);
  });

  test("a pin that cannot follow stays, and the missing build is named", async () => {
    const update = await run(CUDA_FILE, JAX, { unit: unit(), fixed: new Map([["jax", "0.4.8"]]) });
    expect(update.edits).toEqual([]);
    const refusal = update.refused.get("jax");
    expect(refusal).toMatchObject({ name: "jax", wanted: "0.4.8", targets: ["linux-64-cuda"] });
    expect(refusal?.holder).toContain("jaxlib==0.4.7+cuda11.cudnn86, which no index has");
    expect(refusal?.reason).toContain("jaxlib");
  });

  test("a pin with a comment that asks to keep it is kept with that comment as its reason", async () => {
    const file = textSnapshot({ "requirements.txt": "# latest grpcio breaks Ray\ngrpcio==1.42\nray==1.0\n" });
    const releases = [
      release("grpcio", "1.42"),
      release("grpcio", "1.50"),
      release("ray", "1.0"),
      release("ray", "1.1"),
    ];
    const update = await run(file, releases, { unit: unit("grpcio", "ray"), fixed: new Map([["grpcio", "1.50"]]) });
    expect(update.edits.map((edit) => `${edit.requirement.name}${edit.constraint}`)).toEqual(["ray==1.1"]);
    expect(update.held).toMatchObject([{ name: "grpcio", holder: "requirements.txt:2" }]);
    expect(update.held[0]?.reason).toContain("breaks Ray");
  });

  test("hashes of the new version take the place of the old ones", async () => {
    const old = "0".repeat(64);
    const file = textSnapshot({ "requirements.txt": `six==1.0 --hash=sha256:${old}\n` });
    const wheel = { filename: "six-1.1-py3-none-any.whl", sha256: "b".repeat(64) };
    const sdist = { filename: "six-1.1.tar.gz", sha256: "c".repeat(64) };
    const update = await run(file, [release("six", "1.0"), release("six", "1.1", [], [wheel, sdist])], {
      unit: unit("six"),
    });
    expect(update.edits[0]?.hashes).toEqual([`sha256:${"b".repeat(64)}`, `sha256:${"c".repeat(64)}`]);
  });
});
