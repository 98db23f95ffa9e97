/**
 * Makes `examples/recorded-channel.json`: facts about conda-forge's packages of one year, as lock files of that year showed
 * them, as far as the packages of `examples/tidepool-images` reach.
 *
 *     node scripts/record-channel.ts > examples/recorded-channel.json
 *
 * Reads `conda/conda-forge` and `mappings` of the data folder (`RELOCK_TEST_DATA`, else `../shared/data`).
 */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";

/** What the environments of the example ask for. */
const ROOTS = "python pip numpy scipy xarray pandas dask-core zarr fsspec jax jaxlib cuda-version".split(" ");
const SUBDIRS = ["linux-64", "linux-aarch64", "osx-64", "osx-arm64", "noarch"];
const PYTHONS = new Set(["3.10", "3.11", "3.12"]);
const FROM = Date.parse("2024-11-01T00:00:00Z");
const UNTIL = Date.parse("2025-09-01T00:00:00Z");
/** So many of each platform and Python from before the year: what is new asks for old things too. */
const BEFORE = 2;

/** Builds that nobody gets unless somebody asks for them, and what only they need. */
const OTHER_VARIANTS = /mkl|blis|netlib|nvpl|newaccelerate|pypy|rocm|nogil|debug|(?<!no)xft/u;
const LEFT_OUT = new Set(["mkl", "colorama", "win_inet_pton", "libnvpl-blas0", "libnvpl-lapack0", "rocm-smi"]);

const NOTE =
  "Facts about files of conda-forge, as lock files of 2024 and 2025 showed them: names, builds, requirements, hashes, sizes " +
  "and timestamps, with their names on PyPI. depends and constrains are numbers in specs. Made by scripts/record-channel.ts.";

interface RepodataRecord {
  readonly name: string;
  readonly version: string;
  readonly build: string;
  readonly build_number: number;
  readonly depends: readonly string[];
  readonly constrains?: readonly string[];
  readonly timestamp?: number;
  readonly md5?: string;
  readonly sha256?: string;
  readonly size?: number;
  readonly noarch?: string;
}

interface Repodata {
  readonly packages?: Readonly<Record<string, RepodataRecord>>;
  readonly "packages.conda"?: Readonly<Record<string, RepodataRecord>>;
}

interface FoundRecord {
  readonly subdir: string;
  readonly filename: string;
  readonly record: RepodataRecord;
  /** Milliseconds since 1970. */
  readonly time: number;
}

type RecordsByName = Map<string, readonly FoundRecord[]>;

const data = resolve(process.env["RELOCK_TEST_DATA"] ?? "../shared/data");
const folder = join(data, "conda/conda-forge");
process.stdout.write(print(withoutDead(reachable(readAll()))));

function readAll(): RecordsByName {
  const found = new Map<string, FoundRecord[]>();
  for (const subdir of SUBDIRS) {
    const { packages = {}, "packages.conda": conda = {} } = readJson(
      join(folder, subdir, "repodata.json.gz"),
    ) as Repodata;
    for (const [filename, record] of [...Object.entries(packages), ...Object.entries(conda)]) {
      // Records that a lock told of, rather than the channel, lack these.
      if (record.timestamp === undefined || record.sha256 === undefined || record.size === undefined) continue;
      const time = record.timestamp > 1e11 ? record.timestamp : record.timestamp * 1000;
      const sameName = found.get(record.name) ?? [];
      sameName.push({ subdir, filename, record, time });
      found.set(record.name, sameName);
    }
  }
  return found;
}

function readJson(path: string): unknown {
  return JSON.parse(gunzipSync(readFileSync(path)).toString("utf8"));
}

/** The PyPI projects of conda packages, as far as the published mapping knows any. */
function projectsOf(names: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const mapping = readJson(join(data, "mappings/v0_conda-forge_compressed_mapping.json.gz")) as Readonly<
    Record<string, readonly string[] | null>
  >;
  return Object.fromEntries(
    names.toSorted().flatMap((name) => {
      const projects = mapping[name] ?? null;
      return projects === null ? [] : [[name, projects] as const];
    }),
  );
}

/** The records of all names that a kept record of a root needs, directly or not. */
function reachable(all: RecordsByName): RecordsByName {
  const kept = new Map<string, readonly FoundRecord[]>();
  const open = [...ROOTS];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (kept.has(name) || LEFT_OUT.has(name)) continue;
    const records = ofItsTime(all.get(name) ?? []);
    if (records.length === 0) continue;
    kept.set(name, records);
    open.push(...records.flatMap(({ record }) => record.depends.map(nameOf)));
  }
  return kept;
}

/** What came out in the year, and the newest ones of before for each platform and Python. */
function ofItsTime(records: readonly FoundRecord[]): readonly FoundRecord[] {
  const groups = new Map<string, FoundRecord[]>();
  for (const found of records) {
    const python = pythonOf(found.record);
    if (found.time > UNTIL || OTHER_VARIANTS.test(found.record.build)) continue;
    if (python !== null && !PYTHONS.has(python)) continue;
    const key = `${found.subdir} ${python ?? ""}`;
    groups.set(key, [...(groups.get(key) ?? []), found]);
  }
  return Array.from(groups.values(), (group) => {
    const newest = group.toSorted((a, b) => b.time - a.time);
    return newest.slice(0, newest.filter(({ time }) => time >= FROM).length + BEFORE);
  }).flat();
}

/** The Python that a record is built for, as `3.10`; null where any will do. */
function pythonOf({ name, version, depends }: RepodataRecord): string | null {
  const text =
    name === "python" || name === "python_abi" ? version : depends.find((one) => /^python_abi \d/u.test(one));
  return /\d+\.\d+/u.exec(text ?? "")?.[0] ?? null;
}

/** Without those that need a name which is not here: no solver could take them. */
function withoutDead(kept: RecordsByName): RecordsByName {
  const alive = ({ record }: FoundRecord): boolean =>
    record.depends.map(nameOf).every((name) => name.startsWith("__") || (kept.get(name)?.length ?? 0) > 0);
  for (let changed = true; changed;) {
    changed = false;
    for (const [name, records] of kept) {
      const left = records.filter(alive);
      changed ||= left.length < records.length;
      kept.set(name, left);
    }
  }
  return kept;
}

function nameOf(spec: string): string {
  return /^[^\s=<>!~]*/u.exec(spec)?.[0] ?? "";
}

/** JSON with one record a line. */
function print(kept: RecordsByName): string {
  const all = Array.from(kept.values()).flat();
  const specs = [...new Set(all.flatMap(({ record }) => [...record.depends, ...(record.constrains ?? [])]))].sort();
  const numbers = new Map(specs.map((spec, at) => [spec, at]));
  const numbersOf = (list: readonly string[] = []): (number | undefined)[] => list.map((spec) => numbers.get(spec));
  const row = ({ filename, record, time }: FoundRecord): unknown[] => [
    filename,
    record.build_number,
    numbersOf(record.depends),
    numbersOf(record.constrains),
    record.md5,
    record.sha256,
    record.size,
    time,
    ...(record.noarch === undefined ? [] : [record.noarch]),
  ];
  const folders = SUBDIRS.map((subdir) => {
    const own = all.filter((found) => found.subdir === subdir).sort((a, b) => (a.filename < b.filename ? -1 : 1));
    return `  "${subdir}": [\n${own.map((found) => `   ${JSON.stringify(row(found))}`).join(",\n")}\n  ]`;
  });
  const columns = ["file", "build number", "depends", "constrains", "md5", "sha256", "size", "timestamp", "noarch"];
  const head = Object.entries({
    note: NOTE,
    channel: "conda-forge",
    projects: projectsOf([...kept.keys()]),
    columns,
    specs,
  });
  const lines = head.map(([key, value]) => ` "${key}": ${JSON.stringify(value)},`);
  return `{\n${lines.join("\n")}\n "records": {\n${folders.join(",\n")}\n }\n}\n`;
}
