/** GitHub does not deliver a failed webhook again by itself: once an hour we ask for those that failed. */
import { orNull } from "#github/errors.ts";
import type { ServiceContext } from "../context.ts";
import type { JobHandler } from "../queue.ts";

const MOST_PAGES = 5;
const MOST_ATTEMPTS = 5;
/** GitHub keeps deliveries for three days. */
const WINDOW_MS = 3 * 24 * 3600 * 1000;

interface HookDelivery {
  readonly id: number;
  readonly guid: string;
  readonly delivered_at: string;
  readonly status_code: number;
}

/** Asks for a new delivery of everything that never arrived. What arrived twice is recognised by its id. */
export function redeliverySweepJob(context: ServiceContext): JobHandler<"redelivery-sweep"> {
  return {
    async run() {
      const octokit = await context.github.asApp();
      const failed = missedDeliveries(await listDeliveries(context), Date.now());
      for (const delivery of failed) {
        await orNull(octokit.rest.apps.redeliverWebhookDelivery({ delivery_id: delivery }));
      }
      if (failed.length > 0) context.log.info({ count: failed.length }, "asked for webhooks again");
    },
  };
}

async function listDeliveries(context: ServiceContext): Promise<readonly HookDelivery[]> {
  const octokit = await context.github.asApp();
  const found: HookDelivery[] = [];
  let page = 0;
  for await (const { data } of octokit.paginate.iterator(octokit.rest.apps.listWebhookDeliveries, {
    per_page: 100,
  })) {
    found.push(...data);
    page += 1;
    if (page >= MOST_PAGES) break;
  }
  return found;
}

/** The newest attempt of each delivery that failed every time, tried fewer than five times. */
export function missedDeliveries(deliveries: readonly HookDelivery[], now: number): readonly number[] {
  const attempts = new Map<string, HookDelivery[]>();
  for (const delivery of deliveries) {
    if (now - Date.parse(delivery.delivered_at) > WINDOW_MS) continue;
    attempts.set(delivery.guid, [...(attempts.get(delivery.guid) ?? []), delivery]);
  }
  return [...attempts.values()]
    .filter((tries) => tries.length < MOST_ATTEMPTS)
    .filter((tries) => tries.every((one) => one.status_code < 200 || one.status_code >= 300))
    .map((tries) => Math.max(...tries.map((one) => one.id)));
}
