import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { testData } from "./test-data.ts";

/** Whether heavy tests run in full size. */
export const isFullTest = process.env["RELOCK_TEST_FULL"] === "1";

export interface CondaCorpusTexts {
  readonly records: number;
  /** Distinct, sorted. */
  readonly versions: readonly string[];
  /** The distinct `depends` and `constrains` of all records, sorted. */
  readonly specs: readonly string[];
}

interface RawRecord {
  readonly version: string;
  readonly depends?: readonly string[];
  readonly constrains?: readonly string[];
}

type Repodata = Readonly<Partial<Record<"packages" | "packages.conda", Readonly<Record<string, RawRecord>>>>>;

/** The texts in all channel indexes of the data folder. */
export function condaCorpusTexts(): CondaCorpusTexts {
  const versions = new Set<string>();
  const specs = new Set<string>();
  let records = 0;
  for (const file of repodataFiles()) {
    const data = JSON.parse(gunzipSync(readFileSync(file)).toString("utf8")) as Repodata;
    for (const record of [...Object.values(data.packages ?? {}), ...Object.values(data["packages.conda"] ?? {})]) {
      records += 1;
      versions.add(record.version);
      for (const spec of [...(record.depends ?? []), ...(record.constrains ?? [])]) specs.add(spec);
    }
  }
  return { records, versions: [...versions].sort(), specs: [...specs].sort() };
}

function repodataFiles(): string[] {
  return ["conda", "conda-snapshots"].flatMap((folder) => {
    const root = testData(folder);
    if (root === null) return [];
    return readdirSync(root, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith("repodata.json.gz"))
      .sort()
      .map((path) => join(root, path));
  });
}

/** Evenly spread items, the same in every run. */
export function sampleOf<Item>(items: readonly Item[], count: number): Item[] {
  const step = Math.max(1, items.length / count);
  return items.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
}
