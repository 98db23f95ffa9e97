/** How many requests may be under way to one origin at once. */

export interface Slots {
  /** Runs `work` when a slot of `origin` is free; the others wait their turn, first come first served. */
  run<T>(origin: string, work: () => Promise<T>): Promise<T>;
}

export function createSlots(perOrigin: number): Slots {
  const busy = new Map<string, number>();
  const waiting = new Map<string, (() => void)[]>();

  async function acquire(origin: string): Promise<void> {
    const count = busy.get(origin) ?? 0;
    if (count < perOrigin) {
      busy.set(origin, count + 1);
      return;
    }
    const queue = waiting.get(origin) ?? [];
    waiting.set(origin, queue);
    // The one that leaves hands over its slot, so the count stays as it is.
    await new Promise<void>((admitted) => queue.push(admitted));
  }

  function release(origin: string): void {
    const next = waiting.get(origin)?.shift();
    if (next !== undefined) next();
    else busy.set(origin, (busy.get(origin) ?? 1) - 1);
  }

  return {
    run: async (origin, work) => {
      await acquire(origin);
      try {
        return await work();
      } finally {
        release(origin);
      }
    },
  };
}
