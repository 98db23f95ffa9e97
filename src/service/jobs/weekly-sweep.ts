/** Starts the weekly run of every repository whose time has come, and picks up what was left undone. */
import type { ServiceContext } from "../context.ts";
import type { JobHandler } from "../queue.ts";
import { DEFAULT_SCHEDULE, nextWeeklyRun } from "../schedule.ts";
import { queueUnfinished, requestRun } from "./request-run.ts";

/** Every few minutes. A sweep that is killed half-way is repeated: a run is named by the week it is for. */
export function weeklySweepJob(context: ServiceContext): JobHandler<"weekly-sweep"> {
  return {
    async run() {
      const now = context.clock.now();
      for (const due of await context.state.dueRepositories(now)) {
        await requestRun(context, {
          id: `weekly:${due.repository}:${String(due.nextRun)}`,
          repository: due.repository,
          installation: due.installation,
          request: { kind: "weekly" },
          scope: "all",
          hold: null,
          origin: null,
        });
        // The run itself puts in the schedule of the repository's configuration.
        const next = nextWeeklyRun(due.repository, DEFAULT_SCHEDULE, now);
        await context.state.setNextRun(due.repository, next);
      }
      await queueUnfinished(context);
    },
  };
}
