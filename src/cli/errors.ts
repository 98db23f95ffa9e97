/** Exit statuses of contract.md. */
export const EXIT = { done: 0, refused: 1, usage: 2, unreachable: 3 } as const;

/** Wrong usage or unreadable input: exit status 2. The message is one sentence that says what to do. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** An index or GitHub could not be reached: exit status 3. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}
