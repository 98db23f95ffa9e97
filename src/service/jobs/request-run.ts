/** Stores a request and makes sure that a run will see it. */
import type { ServiceContext } from "../context.ts";
import type { RunRequest } from "../state.ts";

/** Called twice with one request, it is stored once; the run is asked for either way. */
export async function requestRun(context: ServiceContext, request: RunRequest): Promise<void> {
  await context.state.addRequest(request, context.clock.now());
  context.onStep("request-stored");
  await queueRun(context, request.repository);
}

/** Asks for a run: one waits at most, and it will see every request stored before it starts. */
export async function queueRun(context: Pick<ServiceContext, "queue">, repository: string): Promise<void> {
  await context.queue.send("repository-run", { repository }, { key: repository, group: repository });
}

/** Asks for the publication of what was proposed. */
export async function queuePublication(
  context: ServiceContext,
  repository: string,
  installation: number,
): Promise<void> {
  const options = { key: repository, group: String(installation) };
  await context.queue.send("publish", { repository }, options);
}

/** Asks again for everything that is stored and not done: after a start, and at each sweep. */
export async function queueUnfinished(context: ServiceContext): Promise<void> {
  for (const { repository } of await context.state.repositoriesWith("pending")) {
    await queueRun(context, repository);
  }
  for (const unfinished of await context.state.repositoriesWith("proposed")) {
    await queuePublication(context, unfinished.repository, unfinished.installation);
  }
}
