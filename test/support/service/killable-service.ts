/**
 * The real service in a process of its own, which dies without a word at the step that it is told. Talks to the test over
 * the channel of `fork`: what to do comes in; where it listens, and when it has come to rest, goes out. It loads its code
 * before it is told anything, so that the next one is ready when this one dies.
 */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { startService } from "#service/run-service.ts";
import type { ServiceSettings } from "#service/settings.ts";
import { TEST_PACE, testWiring } from "./running-world.ts";

export interface KillableOptions {
  readonly settings: ServiceSettings;
  readonly indexFile: string;
  /** Step at which the process ends itself; null: never. */
  readonly killAt: string | null;
}

export type KillableMessage =
  | { readonly kind: "listening"; readonly url: string }
  | { readonly kind: "rest" }
  | { readonly kind: "refused"; readonly reason: string };

const [options] = (await once(process, "message")) as [KillableOptions];
const tell = (message: KillableMessage): void => void process.send?.(message);

const answer = await startService(
  options.settings,
  testWiring(options.indexFile, {
    clock: { now: () => Date.now() },
    // What a killed process had taken runs again at once.
    pace: { ...TEST_PACE, jobRetrySeconds: 0 },
    writeLog: (line) => process.stderr.write(line),
    onStep: (step) => {
      if (step === options.killAt) process.kill(process.pid, "SIGKILL");
    },
  }),
);
if (answer.kind === "refused") {
  tell({ kind: "refused", reason: answer.reason });
} else {
  const { service } = answer;
  process.once("SIGTERM", () => void service.stop().then(() => process.exit(0)));
  tell({ kind: "listening", url: service.url });
  for (;;) {
    if (await service.context.queue.isIdle().catch(() => false)) tell({ kind: "rest" });
    await sleep(50);
  }
}
