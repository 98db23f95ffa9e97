/** Is a locked conda environment whole, by what its channels say today? Nothing is solved. */
import type { CondaEnvironment } from "#formats/conda-environment.ts";
import type { Finding } from "#formats/finding.ts";
import {
  isCondaSpecProblem,
  matchSpecMatches,
  parseMatchSpec,
  type CondaMatchSpec,
  type MatchCandidate,
} from "#packaging/conda-match-spec.ts";
import type { CondaRecord } from "#packaging/conda-record.ts";
import { parseCondaVersion } from "#packaging/conda-version.ts";
import type { VirtualPackage } from "#packaging/target.ts";
import type { InstalledPackage } from "./conda-lock-changes.ts";

/** A conda package of a lock, with what its channel says of the file today. */
export interface CheckedRecord extends InstalledPackage {
  readonly hash: { readonly md5: string | null; readonly sha256: string | null };
  /** Where it is locked. */
  readonly file: string;
  readonly line: number | null;
  /** Null where no channel has the file any more. */
  readonly record: CondaRecord | null;
}

export interface CheckedEnvironment {
  /** Id of the target. */
  readonly target: string;
  /** The lock that is spoken of. */
  readonly lockFile: string;
  readonly environment: CondaEnvironment;
  readonly virtualPackages: readonly VirtualPackage[];
  /** Names of those that are there for what depends on them: what only constrains them is not heard. */
  readonly offered: ReadonlySet<string>;
  readonly packages: readonly CheckedRecord[];
}

/** Everything that stands against installing the conda packages of a lock on one target, each with its place. */
export function checkLockedRecords(checked: CheckedEnvironment): readonly Finding[] {
  const check = new RecordCheck(checked);
  return [
    ...check.duplicates(),
    ...check.files(),
    ...check.roots(),
    ...check.dependencies(),
    ...check.constraints(),
    ...check.strangers(),
  ];
}

type Installed = MatchCandidate & Pick<CondaRecord, "name">;

class RecordCheck {
  readonly #checked: CheckedEnvironment;
  readonly #installed: ReadonlyMap<string, Installed>;
  readonly #specs = new Map<string, CondaMatchSpec | null>();

  constructor(checked: CheckedEnvironment) {
    this.#checked = checked;
    const virtual = checked.virtualPackages.map((one) => ({ ...one, buildNumber: 0, channel: "", subdir: "" }));
    const installed = checked.packages.map((one) => one.record ?? recordOf(one));
    const entries = [...virtual, ...installed].flatMap((one): readonly (readonly [string, Installed])[] => {
      const version = parseCondaVersion(one.version);
      return version === null ? [] : [[one.name, { ...one, version }]];
    });
    this.#installed = new Map(entries);
  }

  duplicates(): readonly Finding[] {
    const first = new Map<string, CheckedRecord>();
    return this.#checked.packages.flatMap((one) => {
      const known = first.get(one.name);
      if (known === undefined) {
        first.set(one.name, one);
        return [];
      }
      const message = `${one.name} is locked twice for ${one.url.split("/").at(-2)}: ${shown(known)} and ${shown(one)}. Lock again.`;
      return [this.#finding("locked-twice", one, message)];
    });
  }

  /** Each file is still offered, with the same content. */
  files(): readonly Finding[] {
    return this.#checked.packages.flatMap((one) => {
      if (one.record === null) {
        const message = `${shown(one)} is not offered by its channel any more. Lock again, for example with \`relock lock\`.`;
        return [this.#finding("removed-from-channel", one, message)];
      }
      const wrong = (["md5", "sha256"] as const).find((kind) => differs(one.hash[kind], one.record?.[kind] ?? null));
      if (wrong === undefined) {
        return [];
      }
      const message = `The ${wrong} of ${shown(one)} is not the one that its channel gives. Find out which of them is wrong before you install it.`;
      return [this.#finding("hash-mismatch", one, message)];
    });
  }

  /** What the manifests ask for. */
  roots(): readonly Finding[] {
    const { environment, lockFile, target } = this.#checked;
    return environment.conda.flatMap(({ requirement, text }) => {
      const unmet = this.#unmet(text);
      if (unmet === null) {
        return [];
      }
      const { file, line } = requirement;
      const message = `${lockFile} does not have what ${file} asks for: ${text}, ${unmet}. Lock again, for example with \`relock lock\`.`;
      return [{ code: "lock-out-of-date", severity: "error", file, line, message, targets: [target] }];
    });
  }

  dependencies(): readonly Finding[] {
    return this.#checked.packages.flatMap((one) =>
      (one.record?.depends ?? []).flatMap((text) => {
        const unmet = this.#unmet(text);
        if (unmet === null) {
          return [];
        }
        const message = `${shown(one)} depends on ${text}, ${unmet}.`;
        return [this.#finding("unmet-dependency", one, message)];
      }),
    );
  }

  constraints(): readonly Finding[] {
    return this.#checked.packages.flatMap((one) =>
      (one.record?.constrains ?? []).flatMap((text) => {
        const spec = this.#spec(text);
        const isHeard = spec !== null && (!this.#checked.offered.has(spec.name) || this.#isNeeded(spec.name));
        const other = isHeard ? this.#installed.get(spec.name) : undefined;
        if (spec === null || other === undefined || matchSpecMatches(spec, other)) {
          return [];
        }
        const message = `${shown(one)} allows ${text} alone, but ${describe(other)} is there.`;
        return [this.#finding("violated-constraint", one, message)];
      }),
    );
  }

  /** Whether a package depends on the name. */
  #isNeeded(name: string): boolean {
    return this.#checked.packages.some(({ record }) => record?.depends.some((text) => this.#spec(text)?.name === name));
  }

  /** Packages that nothing asks for. */
  strangers(): readonly Finding[] {
    const records = new Map(this.#checked.packages.map((one) => [one.name, one]));
    const { conda, impliedPip, pip } = this.#checked.environment;
    const reached = new Set<string>();
    const todo = conda.map(({ requirement }) => requirement.name);
    if (impliedPip !== null || pip.length > 0) {
      todo.push("pip", "python");
    }
    for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
      const one = records.get(name);
      if (one === undefined || reached.has(name)) {
        continue;
      }
      reached.add(name);
      if (one.record === null) {
        // What it needs is not known any more: nothing can be said of the rest.
        return [];
      }
      todo.push(...one.record.depends.flatMap((text) => this.#spec(text)?.name ?? []));
    }
    return [...records.values()]
      .filter(({ name }) => !reached.has(name))
      .map((one) => {
        const message = `Nothing that the manifests ask for needs ${shown(one)}. Lock again to leave it out.`;
        return { ...this.#finding("not-needed", one, message), severity: "warning" as const };
      });
  }

  /** Null where it is there; else the end of a sentence. */
  #unmet(text: string): string | null {
    const spec = this.#spec(text);
    if (spec === null) {
      return "which is no match spec that can be read";
    }
    const installed = this.#installed.get(spec.name);
    if (installed === undefined) {
      return spec.name.startsWith("__")
        ? `which ${this.#checked.target} is not assumed to have`
        : "and the lock has no such package";
    }
    // Where a lock was made, its channel may have had another name.
    const wanted = installed.channel === "" ? { ...spec, channelPattern: null, subdir: null } : spec;
    return matchSpecMatches(wanted, installed) ? null : `but ${describe(installed)} is there`;
  }

  #spec(text: string): CondaMatchSpec | null {
    const known = this.#specs.get(text);
    if (known !== undefined) {
      return known;
    }
    const parsed = parseMatchSpec(text);
    const spec = isCondaSpecProblem(parsed) ? null : parsed;
    this.#specs.set(text, spec);
    return spec;
  }

  #finding(code: string, { file, line }: CheckedRecord, message: string): Finding {
    return { code, severity: "error", file, line, message, targets: [this.#checked.target] };
  }
}

function recordOf({ name, version, build }: CheckedRecord) {
  return { name, version, build: build ?? "", buildNumber: 0, channel: "", subdir: "" };
}

function differs(locked: string | null, offered: string | null): boolean {
  return locked !== null && offered !== null && locked.toLowerCase() !== offered;
}

function shown({ name, version, build }: InstalledPackage): string {
  return [name, version, build].filter((part) => part !== null).join(" ");
}

function describe({ name, version, build }: Installed): string {
  return `${name} ${version.text}${build === "" ? "" : ` ${build}`}`;
}
