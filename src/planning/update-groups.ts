/** Which pull request an update belongs to. Default: one for all moves within a major, majors apart, tools apart. */
import { normalizeName } from "#packaging/names.ts";

/** Programs that people install to work on the project, not libraries of it: they move by themselves. */
export const TOOL_NAMES: ReadonlySet<string> = new Set([
  "conda-lock",
  "hatch",
  "pdm",
  "pip",
  "pip-tools",
  "pipenv",
  "pixi",
  "poetry",
  "poetry-core",
  "uv",
]);

/** Packages that are released for one another: a major move of one is a major move of all. */
const COMPANIONS: readonly (readonly RegExp[])[] = [
  [/^jax$/u, /^jaxlib$/u, /^jax-cuda\d*-(?:plugin|pjrt)$/u],
  [/^torch$/u, /^pytorch(?:-cpu|-gpu)?$/u, /^torchvision$/u, /^torchaudio$/u, /^torchdata$/u, /^triton$/u],
  [/^tensorflow$/u, /^tensorflow-(?:cpu|gpu|macos)$/u, /^tf-keras$/u],
  [/^jupyter$/u, /^jupyter-console$/u],
];

/** Name of the group that a major move of this package belongs to: its own, or that of its companions. */
export function companionsOf(name: string, among: readonly string[]): readonly string[] {
  const set = COMPANIONS.find((patterns) => patterns.some((pattern) => pattern.test(name)));
  if (set === undefined) {
    return [name];
  }
  return among.filter((other) => set.some((pattern) => pattern.test(other))).sort();
}

/** `python-dependencies`, or `python-dependencies-tools-ci` for an environment set in `tools/ci`. */
export function defaultGroup(root: string): string {
  return withRoot("python-dependencies", root);
}

export function majorGroup(name: string, root: string): string {
  return withRoot(`major-${slug(name)}`, root);
}

export function toolGroup(name: string, root: string): string {
  return withRoot(`tool-${slug(name)}`, root);
}

export function pythonGroup(root: string): string {
  return withRoot("python", root);
}

export function cudaGroup(root: string): string {
  return withRoot("cuda", root);
}

function withRoot(group: string, root: string): string {
  return root === "" || root === "." ? group : `${group}-${slug(root)}`;
}

/** Kebab-case of git-safe characters: a branch is named by it. */
function slug(text: string): string {
  const clean = normalizeName(text.replace(/[^A-Za-z0-9]+/gu, "-")).replace(/^-+|-+$/gu, "");
  return clean === "" ? "project" : clean.slice(0, 60);
}
