/** Sends signed webhooks to the app and keeps the log of deliveries. Nothing is sent twice unless somebody asks for it. */
import { createHmac, randomUUID } from "node:crypto";
import { installationOf } from "./actions/events.ts";
import type { Contract, Violation } from "./contract.ts";
import type { Delivery } from "./state.ts";
import type { World, WorldEvent } from "./world.ts";

export interface WebhookOptions {
  readonly world: World;
  readonly secret: string;
  readonly contract: Contract;
  readonly report: (violations: readonly Violation[]) => void;
}

/** GitHub waits this long for an answer. */
const ANSWER_WITHIN = 10_000;

export class Webhooks {
  /** Where the app listens, or null: every delivery fails as if nobody were there. */
  target: string | null = null;
  private readonly options: WebhookOptions;
  private readonly running = new Set<Promise<void>>();
  private held: Delivery[] | null = null;

  constructor(options: WebhookOptions) {
    this.options = options;
    options.world.onEvent((event) => this.record(event));
  }

  /** The header by which the receiver knows that the body is GitHub's. */
  sign(body: string): string {
    return `sha256=${createHmac("sha256", this.options.secret).update(body).digest("hex")}`;
  }

  private record(event: WorldEvent): void {
    const { world, contract, report } = this.options;
    // What the app gets is what JSON keeps, so that is what is checked.
    const body = JSON.stringify({
      ...event.payload,
      ...(event.repository === null ? {} : installationOf(event.installation)),
    });
    report(contract.webhook(event.name, event.action, JSON.parse(body)));
    const delivery: Delivery = {
      id: world.nextId(),
      guid: randomUUID(),
      event: event.name,
      action: event.action,
      installation: event.installation.id,
      repository: event.repository?.id ?? null,
      deliveredAt: world.now(),
      redelivery: false,
      duration: 0,
      status: "pending",
      statusCode: 0,
      body,
      responseBody: "",
    };
    world.state.deliveries.push(delivery);
    this.start(delivery);
  }

  /** Sends the same delivery once more, under the same `X-GitHub-Delivery`. */
  redeliver(earlier: Delivery): Delivery {
    const { world } = this.options;
    const again = {
      ...earlier,
      id: world.nextId(),
      deliveredAt: world.now(),
      redelivery: true,
      status: "pending",
      statusCode: 0,
    };
    world.state.deliveries.push(again);
    this.start(again);
    return again;
  }

  /** Keeps deliveries back until `resume`. */
  pause(): void {
    this.held ??= [];
  }

  /** Sends what was kept back, in the order given: events come in no order that can be relied on. */
  resume(order: (deliveries: readonly Delivery[]) => readonly Delivery[] = (deliveries) => deliveries): void {
    const held = this.held ?? [];
    this.held = null;
    for (const delivery of order(held)) this.start(delivery);
  }

  /** Waits until every delivery that was started has its answer. */
  async settled(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }

  private start(delivery: Delivery): void {
    if (this.held !== null) {
      this.held.push(delivery);
      return;
    }
    const sending: Promise<void> = this.send(delivery).finally(() => this.running.delete(sending));
    this.running.add(sending);
  }

  private async send(delivery: Delivery): Promise<void> {
    const started = performance.now();
    try {
      if (this.target === null) throw new Error("the app has no address");
      const response = await fetch(this.target, {
        method: "POST",
        headers: this.headers(delivery),
        body: delivery.body,
        signal: AbortSignal.timeout(ANSWER_WITHIN),
      });
      delivery.statusCode = response.status;
      delivery.responseBody = await response.text();
      delivery.status = response.ok ? "OK" : `Invalid HTTP Response: ${response.status}`;
    } catch (error) {
      delivery.statusCode = 0;
      delivery.status =
        error instanceof Error && error.name === "TimeoutError" ? "timed out" : "failed to connect to host";
    }
    delivery.duration = Math.round(performance.now() - started) / 1000;
  }

  headers(delivery: Delivery): Record<string, string> {
    return {
      accept: "*/*",
      "content-type": "application/json",
      "user-agent": "GitHub-Hookshot/fake",
      "x-github-delivery": delivery.guid,
      "x-github-event": delivery.event,
      "x-github-hook-id": String(this.options.world.app.id),
      "x-github-hook-installation-target-id": String(this.options.world.app.id),
      "x-github-hook-installation-target-type": "integration",
      "x-hub-signature-256": this.sign(delivery.body),
    };
  }
}
