/** A new repository gets its first run at once, and its place in the week. */
import type { ServiceContext } from "../context.ts";
import { DEFAULT_SCHEDULE, nextWeeklyRun } from "../schedule.ts";
import { requestRun } from "./request-run.ts";

/** Adds the repositories of an installation. `repositories` null: all that it may see. */
export async function addRepositories(
  context: ServiceContext,
  delivery: string,
  event: { readonly installation: number; readonly repositories: readonly string[] | null },
): Promise<void> {
  const { installation } = event;
  const repositories = event.repositories ?? (await context.github.installedRepositories(installation));
  for (const repository of repositories) {
    const nextRun = nextWeeklyRun(repository, DEFAULT_SCHEDULE, context.clock.now());
    await context.state.addRepository({ repository, installation, nextRun });
    await requestRun(context, {
      id: `installed:${delivery}:${repository}`,
      repository,
      installation,
      request: { kind: "weekly" },
      scope: "all",
      hold: null,
      origin: null,
    });
  }
}
