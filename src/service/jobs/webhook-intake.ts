/** The first job of every delivery: turns an event into work for repositories. Asks GitHub nothing it need not. */
import type { ServiceContext } from "../context.ts";
import { toDomainEvent, type DomainEvent } from "../domain-event.ts";
import type { JobHandler } from "../queue.ts";
import { addRepositories } from "./installation-added.ts";
import { requestRun } from "./request-run.ts";

interface Delivery {
  readonly delivery: string;
  readonly event: DomainEvent;
}

/** Takes a webhook whose signature is proven: stored under its delivery id, or dropped as none of our business. */
export async function acceptWebhook(
  context: ServiceContext,
  delivery: { readonly id: string; readonly name: string; readonly payload: unknown },
): Promise<void> {
  const event = toDomainEvent(delivery.name, delivery.payload);
  if (event === null) return;
  const data: Delivery = { delivery: delivery.id, event };
  await context.queue.send("webhook", data, { id: delivery.id });
  context.onStep("webhook-stored");
}

/** Handles stored deliveries. */
export function webhookIntakeJob(context: ServiceContext): JobHandler<"webhook"> {
  return {
    async run(data) {
      const { delivery, event } = data as Delivery;
      context.log.info({ event: event.kind, delivery }, "webhook");
      await handleEvent(context, delivery, event);
      context.onStep("webhook-handled");
    },
  };
}

async function handleEvent(context: ServiceContext, delivery: string, event: DomainEvent): Promise<void> {
  switch (event.kind) {
    case "repositories-added":
      return addRepositories(context, delivery, event);
    case "repositories-removed":
      for (const repository of event.repositories) await context.state.removeRepository(repository);
      return;
    case "installation-removed":
      return context.state.removeInstallation(event.installation);
    case "default-branch-moved":
      return refresh(context, event, `push:${event.commit}`);
    case "pull-request-closed":
      return refresh(context, event, `closed:${delivery}`);
    case "check-rerun":
      return requestRun(context, {
        id: `rerun:${delivery}`,
        repository: event.repository,
        installation: event.installation,
        request: { kind: "relock", group: event.branch.replace(/^relock\//, "") },
        scope: "open",
        hold: null,
        origin: null,
      });
    case "command-comment":
      // Named by the comment: however often it is delivered, it is one command.
      return context.queue.send("command", event, {
        id: `command:${event.repository}:${String(event.comment)}`,
      });
  }
}

/** Brings the open pull requests up to date; opens none. */
function refresh(
  context: ServiceContext,
  event: { readonly repository: string; readonly installation: number },
  cause: string,
): Promise<void> {
  return requestRun(context, {
    id: `${cause}:${event.repository}`,
    repository: event.repository,
    installation: event.installation,
    request: { kind: "weekly" },
    scope: "open",
    hold: null,
    origin: null,
  });
}
