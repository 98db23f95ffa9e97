/** Checks a conda solution by its records alone, without anything of the solver. */
import {
  isCondaSpecProblem,
  matchSpecMatches,
  parseMatchSpec,
  type CondaMatchSpec,
} from "#packaging/conda-match-spec.ts";
import type { CondaRecord } from "#packaging/conda-record.ts";
import { parseCondaVersion, type CondaVersion } from "#packaging/conda-version.ts";
import type { VirtualPackage } from "#packaging/target.ts";
import type { MemoryChannel } from "./conda-memory.ts";

type Installed = Pick<CondaRecord, "name" | "version" | "build" | "buildNumber" | "channel" | "subdir"> &
  Partial<Pick<CondaRecord, "filename" | "url" | "md5" | "sha256">>;

export interface Breach {
  /**
   * `root`: what people ask for is not there. `depends`, `constrains`: what a record says does not hold. `twice`: a name occurs
   * twice. `idle`: nothing that people ask for leads to the package. `file`: it is not a file that the solve may choose.
   */
  readonly kind: "root" | "depends" | "constrains" | "twice" | "idle" | "file";
  readonly text: string;
}

export interface CheckedSolution {
  readonly specs: readonly string[];
  readonly packages: readonly CondaRecord[];
  readonly virtualPackages: readonly VirtualPackage[];
}

/** Reads each match spec and version once, for as many solutions as there are. */
export class SolutionChecker {
  private readonly specs = new Map<string, CondaMatchSpec | null>();
  private readonly versions = new Map<string, CondaVersion | null>();

  breaches({ specs, packages, virtualPackages }: CheckedSolution): readonly Breach[] {
    const virtual = virtualPackages.map((each) => ({ ...each, buildNumber: 0, channel: "", subdir: "" }));
    const installed = new Map<string, Installed>([...virtual, ...packages].map((each) => [each.name, each]));
    const twice = installed.size !== virtual.length + packages.length;
    return [
      ...(twice ? [{ kind: "twice" as const, text: "a name occurs twice" }] : []),
      ...this.unmet(specs, packages, installed),
      ...this.idle(specs, packages).map((name) => ({ kind: "idle" as const, text: `nothing asks for ${name}` })),
    ];
  }

  /** Names that nothing leads to from what people ask for. */
  idle(specs: readonly string[], packages: readonly CondaRecord[]): readonly string[] {
    const byName = new Map(packages.map((each) => [each.name, each]));
    const reached = this.reachable(specs, byName);
    return packages.flatMap(({ name }) => (reached.has(name) ? [] : [name]));
  }

  /** The packages that these specs lead to. */
  closure(specs: readonly string[], packages: readonly CondaRecord[]): readonly CondaRecord[] {
    const byName = new Map(packages.map((each) => [each.name, each]));
    const reached = this.reachable(specs, byName);
    return packages.filter(({ name }) => reached.has(name));
  }

  /** Whether something that is there, of the packages or of the machine, is not as the record wants it. */
  conflicts(record: CondaRecord, { packages, virtualPackages }: CheckedSolution): boolean {
    const virtual = virtualPackages.map((each) => ({ ...each, buildNumber: 0, channel: "", subdir: "" }));
    const installed = new Map<string, Installed>([...virtual, ...packages].map((each) => [each.name, each]));
    return [...record.depends, ...record.constrains].some((text) => {
      const name = this.nameOf(text);
      const found = installed.get(name);
      return found === undefined ? name.startsWith("__") && record.depends.includes(text) : !this.matches(text, found);
    });
  }

  nameOf(text: string): string {
    return this.spec(text)?.name ?? text;
  }

  matches(text: string, record: Installed): boolean {
    const spec = this.spec(text);
    const version = this.version(record.version);
    return spec !== null && version !== null && matchSpecMatches(spec, { ...record, version });
  }

  private unmet(
    specs: readonly string[],
    packages: readonly CondaRecord[],
    installed: ReadonlyMap<string, Installed>,
  ): readonly Breach[] {
    const found: Breach[] = [];
    const expectMatch = (kind: Breach["kind"], text: string, holder: string): void => {
      const record = installed.get(this.nameOf(text));
      if (record === undefined ? kind !== "constrains" : !this.matches(text, record)) {
        found.push({ kind, text: `${holder}: ${text}${record === undefined ? "" : ` (${describe(record)})`}` });
      }
    };
    for (const text of specs) expectMatch("root", text, "asked for");
    for (const record of packages) {
      for (const text of record.depends) expectMatch("depends", text, describe(record));
      for (const text of record.constrains) expectMatch("constrains", text, `${describe(record)} constrains`);
    }
    return found;
  }

  private reachable(specs: readonly string[], byName: ReadonlyMap<string, CondaRecord>): ReadonlySet<string> {
    const reached = new Set<string>();
    const open = [...specs];
    for (let text = open.pop(); text !== undefined; text = open.pop()) {
      const name = this.nameOf(text);
      if (reached.has(name)) continue;
      reached.add(name);
      open.push(...(byName.get(name)?.depends ?? []));
    }
    return reached;
  }

  private spec(text: string): CondaMatchSpec | null {
    const known = this.specs.get(text);
    if (known !== undefined) return known;
    const read = parseMatchSpec(text);
    const spec = isCondaSpecProblem(read) ? null : read;
    this.specs.set(text, spec);
    return spec;
  }

  private version(text: string): CondaVersion | null {
    const known = this.versions.get(text);
    if (known !== undefined) return known;
    const version = parseCondaVersion(text);
    this.versions.set(text, version);
    return version;
  }
}

export interface FileRules {
  /** In order of priority. */
  readonly channels: readonly MemoryChannel[];
  readonly priority: "strict" | "flexible" | "disabled";
  /** Match specs that tie a package to a channel say so in brackets or before `::`. */
  readonly specs: readonly string[];
  /** Milliseconds; a record without a date is always old enough. */
  readonly cutoffMs: number | null;
}

/** Packages that are not a record of their channel as it is, that are too new, or that strict priority passes over. */
export function fileBreaches(
  packages: readonly CondaRecord[],
  { channels, priority, specs, cutoffMs }: FileRules,
): readonly Breach[] {
  const tied = new Set(specs.filter((text) => /::|channel=/u.test(text)).map((text) => nameOf(text)));
  const oldEnough = ({ timestampMs }: CondaRecord): boolean =>
    cutoffMs === null || timestampMs === null || timestampMs <= cutoffMs;
  return packages.flatMap((record): readonly Breach[] => {
    const holders = channels.filter(({ records }) => records.has(record.name));
    const own = holders.findIndex(({ records }) => records.get(record.name)?.includes(record) === true);
    const place = `${record.channel}/${record.subdir}/${record.filename}`;
    const problems = [
      ...(own < 0 ? ["is in no channel"] : []),
      ...(record.url === place ? [] : [`has the URL ${record.url}`]),
      ...(oldEnough(record) ? [] : ["is too new"]),
      ...(priority === "strict" &&
      own > 0 &&
      !tied.has(record.name) &&
      holders[0]?.records.get(record.name)?.some(oldEnough)
        ? ["is of a channel that another one comes before"]
        : []),
    ];
    return problems.map((problem) => ({ kind: "file", text: `${describe(record)} ${problem}` }));
  });
}

/** Everything that is wrong with a solution, in words; empty where nothing is. */
export function breachesOf(
  specs: readonly string[],
  packages: readonly CondaRecord[],
  virtualPackages: readonly VirtualPackage[],
): string[] {
  return new SolutionChecker().breaches({ specs, packages, virtualPackages }).map(({ text }) => text);
}

function nameOf(text: string): string {
  const spec = parseMatchSpec(text);
  return isCondaSpecProblem(spec) ? text : spec.name;
}

function describe({ name, version, build }: Installed): string {
  return `${name} ${version} ${build}`;
}
