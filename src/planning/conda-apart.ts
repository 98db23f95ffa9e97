/** What a unit leaves as it is in a conda environment: Python's minor, CUDA's major, kinds of builds, and nothing goes backwards. */
import { compareCondaVersions, parseCondaVersion } from "#packaging/conda-version.ts";
import type { CondaRecord } from "#packaging/conda-record.ts";
import { majorOfCondaVersion } from "./conda-movable.ts";
import { changedVariant, isCudaName } from "./conda-variants.ts";

/** A conda package that a target has now. */
export interface PackageInUse {
  readonly version: string;
  /** Null where it is not known. */
  readonly build: string | null;
}

export interface ApartRequest {
  /** Conda names of the unit. */
  readonly names: ReadonlySet<string>;
  /** What the target has now, by conda name. */
  readonly inUse: ReadonlyMap<string, PackageInUse>;
  /** Names that a manifest states: they never go back to an older version. */
  readonly direct: ReadonlySet<string>;
  /** Which minor versions of Python (`3.12`) other files of the set allow. */
  readonly allowsPython: (minor: string) => boolean;
}

/** @returns the end of a sentence that begins with the record, or null where it may be chosen */
export function staysApart(request: ApartRequest): (record: CondaRecord) => string | null {
  const movesCuda = [...request.names].some(isCudaName);
  return ({ name, version, build }) => {
    const used = request.inUse.get(name);
    if (used === undefined || (used.version === version && used.build === build)) {
      return null;
    }
    if (!isSameMajor(name, used.version, version)) {
      const own = ownUnit(request, movesCuda, { name, version });
      if (own !== null) {
        return own;
      }
    }
    if (request.names.has(name)) {
      return null;
    }
    if (request.direct.has(name) && isOlder(version, used.version)) {
      return `is older than ${used.version}, which is in use`;
    }
    const changed = used.build === null ? null : changedVariant(used.build, build, movesCuda);
    return changed === null ? null : `is built for ${changed.to} in place of ${changed.from}`;
  };
}

/** What everything else is built for moves in a unit of its own. */
function ownUnit(
  request: ApartRequest,
  movesCuda: boolean,
  { name, version }: { readonly name: string; readonly version: string },
): string | null {
  if (name === "python") {
    return request.names.has(name)
      ? pythonRefusal(request, majorOfCondaVersion(name, version))
      : "is another minor of Python, which has a pull request of its own";
  }
  return isCudaName(name) && !movesCuda ? "is another major of CUDA, which has a pull request of its own" : null;
}

function pythonRefusal({ allowsPython }: ApartRequest, minor: string): string | null {
  return allowsPython(minor) ? null : "is left out by other files of the repository";
}

function isSameMajor(name: string, one: string, other: string): boolean {
  return majorOfCondaVersion(name, one) === majorOfCondaVersion(name, other);
}

function isOlder(version: string, than: string): boolean {
  const [one, other] = [parseCondaVersion(version), parseCondaVersion(than)];
  return one !== null && other !== null && compareCondaVersions(one, other) < 0;
}
