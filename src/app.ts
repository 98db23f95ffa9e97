/** The GitHub App: webhooks whose signature is proven are stored; everything else happens in jobs. */
import type { ApplicationFunction } from "probot";
import type { ServiceContext } from "#service/context.ts";
import { acceptWebhook } from "#service/jobs/webhook-intake.ts";

/** What Probot loads. A webhook that cannot be stored is answered with an error, and GitHub offers it again. */
export function relockApp(context: ServiceContext): ApplicationFunction {
  return (app) => {
    app.onAny(async ({ id, name, payload }) => {
      await acceptWebhook(context, { id, name, payload });
    });
  };
}
