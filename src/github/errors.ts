/** What GitHub refused, in types that a job can act on. */

/** GitHub asks us to wait. The job that met it is put off until then; nothing waits inside a job. */
export class RateLimited extends Error {
  override readonly name = "RateLimited";
  /** Milliseconds since the epoch. */
  readonly until: number;

  constructor(until: number, cause: unknown) {
    super(`GitHub asks to wait until ${new Date(until).toISOString()}`, { cause });
    this.until = until;
  }
}

/** The HTTP status of an Octokit error; null for anything else. */
export function statusOf(error: unknown): number | null {
  if (typeof error !== "object" || error === null || !("status" in error)) return null;
  return typeof error.status === "number" ? error.status : null;
}

/** The text of an Octokit error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The answer, or null where GitHub says that there is no such thing (404, or 409 of an empty repository). */
export async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (statusOf(error) === 404 || statusOf(error) === 409) return null;
    throw error;
  }
}

/** Whether GitHub has refused for good: asked again, it would say the same (401 and 409 may pass). */
export function isRefusal(error: unknown): boolean {
  return [400, 403, 404, 410, 422, 451].includes(statusOf(error) ?? 0) && !(error instanceof RateLimited);
}
