/** Values of a process by key, up to so many bytes: those that were used last. */

export interface ByteCache<T> {
  get(key: string): T | undefined;
  /** What is larger than the whole cache is not kept. @param bytes what it takes of memory, about */
  set(key: string, value: T, bytes: number): void;
}

export function createByteCache<T>(mostBytes: number): ByteCache<T> {
  const entries = new Map<string, { readonly value: T; readonly bytes: number }>();
  let total = 0;
  const drop = (key: string): void => {
    total -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  };
  return {
    get: (key) => {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      // A Map lists its keys in the order in which they were set.
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set: (key, value, bytes) => {
      drop(key);
      if (bytes > mostBytes) return;
      entries.set(key, { value, bytes });
      total += bytes;
      for (const oldest of entries.keys()) {
        if (total <= mostBytes) break;
        drop(oldest);
      }
    },
  };
}
