import { InvalidArgumentError } from "commander";
import { isValidName, normalizeName } from "#packaging/names.ts";
import { parseVersion } from "#packaging/pep440-version.ts";
import type { RequestedPackage } from "../engine.ts";

/** Collects `--package NAME[==VERSION]`. */
export function collectPackage(
  text: string,
  previous: readonly RequestedPackage[] | undefined,
): readonly RequestedPackage[] {
  const [name = "", version, ...rest] = text.split("==").map((part) => part.trim());
  if (!isValidName(name) || rest.length > 0 || (version !== undefined && parseVersion(version) === null)) {
    throw new InvalidArgumentError(`'${text}' is not NAME or NAME==VERSION, for example numpy==1.26.4`);
  }
  return [...(previous ?? []), { name: normalizeName(name), version: version ?? null }];
}
