/** Real manifests with indexes rebuilt from their locks, for comparison with real Poetry. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "@iarna/toml";
import type { TestRelease } from "../support/index-data.ts";
import { loadUnionIndex } from "../support/union-index.ts";

export interface RecordedProject {
  readonly name: string;
  /** The manifest without its sources. */
  readonly manifest: string;
  readonly releases: readonly TestRelease[];
}

const data = resolve(process.env["RELOCK_TEST_DATA"] ?? "../shared/data");

/** Every different pyproject.toml of the recorded repository; releases of its find-links page are served beside the rest. */
export function imprintProjects(): readonly RecordedProject[] {
  const union = join(data, "imprint/union-index.json");
  const { releases, findLinksPages } = loadUnionIndex(union, null, "served");
  const served = [...releases, ...Object.values(findLinksPages).flat()];
  const found = new Map<string, RecordedProject>();
  for (const entry of readdirSync(join(data, "imprint/replay"))) {
    for (const side of ["before", "after"]) {
      const path = join(data, "imprint/replay", entry, side, "pyproject.toml");
      if (!existsSync(path)) continue;
      const text = readFileSync(path, "utf8");
      if (!found.has(text)) {
        found.set(text, { name: `imprint ${entry}/${side}`, manifest: withoutSources(text), releases: served });
      }
    }
  }
  return [...found.values()];
}

/** Takes the sources out, and the requirements' ties to them. */
function withoutSources(text: string): string {
  return text
    .replaceAll(/^\[\[tool\.poetry\.source\]\]\n(?:(?!\[).*\n)*/gm, "")
    .replaceAll(/,\s*source\s*=\s*"[^"]*"/g, "")
    .replaceAll(/^source\s*=.*\n/gm, "");
}

interface UvPackage {
  readonly name: string;
  readonly version?: string;
  readonly source: { readonly registry?: string };
  readonly dependencies?: readonly UvDependency[];
  readonly "optional-dependencies"?: Readonly<Record<string, readonly UvDependency[]>>;
  readonly wheels?: readonly { readonly url: string }[];
  readonly sdist?: { readonly url: string };
}

interface UvDependency {
  readonly name: string;
  readonly version?: string;
  readonly extra?: readonly string[];
  readonly marker?: string;
}

/** The `[project]` manifests of the recorded uv projects; an edge of uv.lock has no version range but where a name has forks. */
export function uvProjects(): readonly RecordedProject[] {
  const folder = join(data, "uv-locks");
  return readdirSync(folder).map((name) => {
    const lock = parse(readFileSync(join(folder, name, "uv.lock"), "utf8")) as unknown as {
      package: readonly UvPackage[];
    };
    const releases = lock.package.filter(({ source }) => source.registry !== undefined).map(uvRelease);
    const text = readFileSync(join(folder, name, "pyproject.toml"), "utf8");
    const packageMode = /^\[tool\.poetry\]/m.test(text) ? "" : "\n[tool.poetry]\npackage-mode = false\n";
    return { name: `uv ${name}`, manifest: `${text}\n${packageMode}`, releases };
  });
}

function uvRelease({ name, version = "0", dependencies = [], ...rest }: UvPackage): TestRelease {
  const extras = Object.entries(rest["optional-dependencies"] ?? {});
  const files = [...(rest.wheels ?? []), ...(rest.sdist === undefined ? [] : [rest.sdist])];
  return {
    name,
    version,
    summary: "",
    requiresPython: null,
    requiresDist: [
      ...dependencies.map((dependency) => uvRequirement(dependency, null)),
      ...extras.flatMap(([extra, list]) => list.map((dependency) => uvRequirement(dependency, extra))),
    ],
    extras: extras.map(([extra]) => extra),
    files: files.map(({ url }) => ({ filename: decodeURIComponent(url.split("/").pop() ?? "") })),
  };
}

function uvRequirement({ name, version, extra = [], marker }: UvDependency, ofExtra: string | null): string {
  const asked = extra.length === 0 ? "" : `[${extra.join(",")}]`;
  const conditions = [marker === undefined ? null : `(${marker})`, ofExtra === null ? null : `extra == "${ofExtra}"`];
  const written = conditions.filter((condition) => condition !== null).join(" and ");
  return `${name}${asked}${version === undefined ? "" : `==${version}`}${written === "" ? "" : ` ; ${written}`}`;
}
