/** The recorded releases of imprint as a context: PyPI and the find-links page of its CUDA wheels. */
import type { EngineContext } from "#engine/context.ts";
import { testContext } from "./engine.ts";
import type { TestRelease } from "./index-data.ts";
import { loadUnionIndex } from "./union-index.ts";

const PAGES = "https://storage.googleapis.com/jax-releases/";

/** What no lock of imprint has, and its requirements files ask for. */
const PIP: TestRelease = { name: "pip", version: "23.0.1" };

/** @param folder `imprint` of the real data */
export function imprintContext(folder: string): EngineContext {
  const { releases, findLinksPages } = loadUnionIndex(`${folder}/union-index.json`, null);
  const pages = Object.entries(findLinksPages).map(([page, list]) => [PAGES + page, list] as const);
  return testContext({ releases: [...releases.map(asPypiHasIt), PIP], pages: Object.fromEntries(pages) });
}

/** The record was made from Poetry's notation, which leaves out the `==` that metadata needs. */
export function asPypiHasIt(release: TestRelease): TestRelease {
  return { ...release, requiresDist: (release.requiresDist ?? []).map((text) => text.replace(/\((?=\d)/u, "(==")) };
}
