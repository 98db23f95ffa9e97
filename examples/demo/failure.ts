/** Why the demo cannot go on, in one sentence for people. */
export class DemoFailure extends Error {
  override readonly name = "DemoFailure";
}

/** Somebody asked the demo to end. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}
