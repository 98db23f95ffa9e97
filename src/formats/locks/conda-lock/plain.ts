/** A lock as JSON can hold it. Maps become lists of entries, because JavaScript would reorder a key such as `310`. */
import type { CondaLock, CondaLockMetadata, CondaLockPackage } from "./model.ts";

type Entries<T> = readonly (readonly [key: string, value: T])[];
type Input = { readonly md5: string | null; readonly sha256: string | null };

export interface PlainCondaLock extends Omit<CondaLock, "metadata" | "packages"> {
  readonly metadata: Omit<CondaLockMetadata, "contentHash" | "inputs" | "custom"> & {
    readonly contentHash: Entries<string>;
    readonly inputs: Entries<Input> | null;
    readonly custom: Entries<string> | null;
  };
  readonly packages: readonly (Omit<CondaLockPackage, "dependencies"> & { readonly dependencies: Entries<string> })[];
}

/** The lock without Maps: it survives `JSON.parse(JSON.stringify(plain))`. */
export function condaLockToPlain(lock: CondaLock): PlainCondaLock {
  const { metadata, packages } = lock;
  return {
    ...lock,
    metadata: {
      ...metadata,
      contentHash: [...metadata.contentHash],
      inputs: metadata.inputs === null ? null : [...metadata.inputs],
      custom: metadata.custom === null ? null : [...metadata.custom],
    },
    packages: packages.map((entry) => ({ ...entry, dependencies: [...entry.dependencies] })),
  };
}

/** The lock that `condaLockToPlain` was given. */
export function condaLockFromPlain(plain: PlainCondaLock): CondaLock {
  const { metadata, packages } = plain;
  return {
    ...plain,
    metadata: {
      ...metadata,
      contentHash: new Map(metadata.contentHash),
      inputs: metadata.inputs === null ? null : new Map(metadata.inputs),
      custom: metadata.custom === null ? null : new Map(metadata.custom),
    },
    packages: packages.map((entry) => ({ ...entry, dependencies: new Map(entry.dependencies) })),
  };
}
