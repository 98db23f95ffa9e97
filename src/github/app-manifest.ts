/** The last step of GitHub's manifest flow: a code that GitHub sent back becomes an app. */
import { Octokit } from "@octokit/rest";

export interface MadeApp {
  readonly id: number;
  readonly privateKey: string;
  readonly webhookSecret: string;
  /** The app's page. */
  readonly page: string;
}

/** Exchanges the code, which works once and for an hour. Throws where GitHub refuses it. */
export async function convertManifestCode(apiUrl: string, code: string): Promise<MadeApp> {
  const quiet = (): void => undefined;
  const octokit = new Octokit({
    baseUrl: apiUrl,
    userAgent: "relock",
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
  const { data } = await octokit.apps.createFromManifest({ code });
  if (data.webhook_secret === null) throw new Error("GitHub made an app without a webhook secret");
  return { id: data.id, privateKey: data.pem, webhookSecret: data.webhook_secret, page: data.html_url };
}
