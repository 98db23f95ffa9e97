/** The releases that pip entries for addresses stand for, on each target, and an index that has them. */
import type { CondaEnvironment } from "#formats/conda-environment.ts";
import type { Finding } from "#formats/finding.ts";
import type { ManifestRequirement } from "#formats/manifests/manifest.ts";
import { normalizeName } from "#packaging/names.ts";
import type { IndexFile, IndexProblem, ReleaseMetadata } from "#packaging/index-records.ts";
import { shownUrl } from "#packaging/safe-url.ts";
import { addressedPip, type AddressedPip, type LockedPip } from "#planning/addressed-pips.ts";
import type { PackageIndex } from "#ports.ts";
import type { SpecProblem } from "./conda-problem.ts";
import type { CondaTarget, CondaWorkspace } from "./conda-workspace.ts";
import { isLockFresh } from "./lock-hash.ts";
import type { OpenedProject } from "./open-conda-workspace.ts";

export interface AddressedRelease {
  readonly file: IndexFile;
  readonly metadata: ReleaseMetadata;
}

export interface AddressedReleases {
  /** Equal where the releases are the same. */
  readonly key: string;
  /** By normalised name. */
  readonly releases: ReadonlyMap<string, AddressedRelease>;
  /** Names of entries that take no part. */
  readonly leftOut: ReadonlySet<string>;
}

export const NO_ADDRESSES: AddressedReleases = { key: "", releases: new Map(), leftOut: new Set() };

/** An index that has one release of these projects, and what it had of all others. */
export function withReleases(index: PackageIndex, releases: ReadonlyMap<string, AddressedRelease>): PackageIndex {
  return {
    ...index,
    listing: async (request) => {
      const name = normalizeName(request.name);
      const own = releases.get(name);
      return own === undefined
        ? index.listing(request)
        : { listings: [{ name, indexUrl: own.file.url, files: [own.file] }] };
    },
    metadata: async (name, version, files) => {
      const own = releases.get(normalizeName(name));
      return own === undefined ? index.metadata(name, version, files) : { metadata: own.metadata };
    },
    fileHash: (file) => index.fileHash(file),
  };
}

/** What becomes of the pip entries for addresses of a project. */
export class AddressTable {
  readonly #project: OpenedProject;
  readonly #locked: CondaWorkspace["locked"];
  readonly #index: PackageIndex;

  /** @param index with nothing hidden: an address is no choice among releases */
  constructor(project: OpenedProject, locked: CondaWorkspace["locked"], index: PackageIndex) {
    this.#project = project;
    this.#locked = locked;
    this.#index = index;
  }

  /** @returns the place of an entry that cannot be locked, or what kept its file from being read */
  async releases(
    target: CondaTarget,
    environment: CondaEnvironment,
  ): Promise<AddressedReleases | SpecProblem | { readonly failed: IndexProblem }> {
    const releases = new Map<string, AddressedRelease>();
    const leftOut = new Set<string>();
    const keys = [target.id];
    for (const [requirement, answer] of this.#answers(target, environment)) {
      const { file, line, name } = requirement;
      if (answer.kind === "refused") {
        return { file, line, problem: `${name} cannot be locked: ${answer.reason}` };
      }
      if (answer.kind === "left-out") {
        leftOut.add(name);
        continue;
      }
      const { version, file: locked } = answer.release;
      const read = answer.kind === "kept" ? answer : await this.#index.metadata(name, version, [locked]);
      if ("problem" in read) {
        return isOutage(read.problem)
          ? { failed: read.problem }
          : { file, line, problem: `${name} cannot be locked: ${read.problem.message}` };
      }
      releases.set(name, { file: answer.release.file, metadata: read.metadata });
      keys.push(`${name} ${answer.release.file.url}`);
    }
    return { key: keys.join("\n"), releases, leftOut };
  }

  /** What is kept as it is, and what takes no part; each entry once. */
  findings(): readonly Finding[] {
    const found = new Map<string, Finding>();
    for (const target of this.#project.targets) {
      for (const [requirement, answer] of this.#answers(target, target.environment)) {
        const message = messageOf(requirement, answer);
        const { file, line } = requirement;
        if (message !== null) {
          const code = answer.kind === "kept" ? "kept-as-locked" : "not-solved";
          found.set(`${file}:${line}`, { code, severity: "info", file, line, message, targets: [] });
        }
      }
    }
    return [...found.values()];
  }

  #answers(
    target: CondaTarget,
    environment: CondaEnvironment,
  ): readonly (readonly [ManifestRequirement, AddressedPip])[] {
    return environment.pip.flatMap(({ requirement }) => {
      const locked = this.#lockedPip(target, requirement.name);
      const answer = addressedPip(requirement, { locked, isFresh: () => isLockFresh(this.#project, target) });
      return answer === null ? [] : [[requirement, this.#withoutLock(requirement, answer)] as const];
    });
  }

  /** Where there is no lock, what cannot be locked is nobody's fault: pip installs it, and what it needs is not seen. */
  #withoutLock({ origin }: ManifestRequirement, answer: AddressedPip): AddressedPip {
    if (this.#project.files !== null || answer.kind !== "refused" || origin.kind === "index") {
      return answer;
    }
    const reason = `it comes from ${shownUrl(origin.location)}, so it is kept as it is, and what it needs is not seen`;
    return { kind: "left-out", reason };
  }

  /** An explicit lock does not say what its packages depend on. */
  #lockedPip({ id }: CondaTarget, name: string): LockedPip | null {
    const packages = this.#project.unified === null ? [] : (this.#locked.get(id) ?? []);
    return packages.find((one) => one.manager === "pip" && normalizeName(one.name) === name) ?? null;
  }
}

function messageOf({ writtenName }: ManifestRequirement, answer: AddressedPip): string | null {
  switch (answer.kind) {
    case "kept": {
      const note = answer.note === null ? "" : `; ${answer.note}`;
      return `${writtenName} ${answer.release.version} stays as it is locked, with the dependencies that the lock records${note}.`;
    }
    case "left-out":
      return `${writtenName} takes no part in the solve: ${answer.reason}.`;
    case "file":
    case "refused":
      return null;
  }
}

function isOutage({ kind }: IndexProblem): boolean {
  return kind === "unreachable" || kind === "offline" || kind === "blocked-address";
}
