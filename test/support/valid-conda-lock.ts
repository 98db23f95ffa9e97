/** What is wrong with a written conda-lock.yml, by its schema and by the hash of its manifests. */
import { Ajv } from "ajv";
import { parse } from "yaml";
import { mergeEnvironments } from "#formats/conda-environment-merge.ts";
import { condaLockFreshness } from "#formats/locks/conda-lock/freshness.ts";
import { readCondaLock } from "#formats/locks/conda-lock/read.ts";
import { writeCondaLock } from "#formats/locks/conda-lock/write.ts";
import { readEnvironmentYml } from "#formats/manifests/environment-yml/read.ts";
import { isPlatformName } from "#packaging/target.ts";
import { CONDA_LOCK_SCHEMA } from "./conda-lock-schema.ts";

const validate = new Ajv({ strict: false }).compile(CONDA_LOCK_SCHEMA);

/** @param environment text of the one environment.yml that the lock is made from */
export function condaLockFaults(lock: string, environment: string): readonly string[] {
  const faults = validate(parse(lock, { version: "1.1" }))
    ? []
    : (validate.errors ?? []).map((one) => JSON.stringify(one));
  const reading = readCondaLock("conda-lock.yml", lock);
  const read = readEnvironmentYml("environment.yml", environment);
  if ("finding" in reading) return [...faults, reading.finding.message];
  if (!("manifest" in read)) return [...faults, "its environment cannot be read"];
  if (writeCondaLock(reading.lock) !== lock) faults.push("it reads back differently");
  for (const platform of reading.lock.metadata.platforms.filter(isPlatformName)) {
    const merged = mergeEnvironments([read.manifest], platform);
    const fresh =
      "environment" in merged
        ? condaLockFreshness(reading.lock, { environment: merged.environment, override: null })
        : { kind: "unknown" as const, message: merged.reason };
    if (fresh.kind !== "fresh") faults.push(`${platform}: ${fresh.message}`);
  }
  return faults;
}
