import { InvalidArgumentError } from "commander";
import { parseCondaVersion } from "#packaging/conda-version.ts";
import { isValidName, normalizeName } from "#packaging/names.ts";
import { parseVersion } from "#packaging/pep440-version.ts";
import type { RequestedPackage } from "../engine.ts";

/** Collects `--package NAME[==VERSION]`. */
export function collectPackage(
  text: string,
  previous: readonly RequestedPackage[] | undefined,
): readonly RequestedPackage[] {
  const [name = "", version, ...rest] = text.split("==").map((part) => part.trim());
  const isName = isValidName(name) || isCondaName(name);
  const isVersion = version === undefined || parseVersion(version) !== null || parseCondaVersion(version) !== null;
  if (!isName || !isVersion || rest.length > 0) {
    throw new InvalidArgumentError(`'${text}' is not NAME or NAME==VERSION, for example numpy==1.26.4`);
  }
  return [...(previous ?? []), { name: normalizeName(name), version: version ?? null }];
}

/** CEP 26: unlike a project of PyPI, a conda package may begin with an underscore. */
function isCondaName(name: string): boolean {
  return /^_?[a-z0-9][a-z0-9._-]*$/iu.test(name);
}
