/** The records that a process read last: platforms share `noarch`, and repositories share channels. */
import type { CondaRecord } from "#packaging/conda-record.ts";
import { createByteCache, type ByteCache } from "./byte-cache.ts";
import { createStoreReader, type StoreReader } from "./store-reader.ts";

export interface KnownRecords {
  readonly stores: StoreReader;
  /** By content, place and name; a name that all platforms have in common is one and the same list. */
  readonly records: ByteCache<readonly CondaRecord[]>;
  /** Gives one and the same string for equal texts: most requirements stand in thousands of records. */
  readonly shared: (text: string) => string;
}

/** Of the channels' text: the records themselves take as much again. */
const KEPT_BYTES = 48 * 1024 ** 2;

export function createKnownRecords(): KnownRecords {
  return { stores: createStoreReader(), records: createByteCache(KEPT_BYTES), shared: createSharing() };
}

/** More texts than the largest environments meet. */
const MOST_TEXTS = 200_000;

function createSharing(): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const first = known.get(text);
    if (first !== undefined) return first;
    // Those who have the texts keep them; only what is read from now on is another copy.
    if (known.size >= MOST_TEXTS) known.clear();
    known.set(text, text);
    return text;
  };
}
