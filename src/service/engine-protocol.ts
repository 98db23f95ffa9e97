/** The messages between the service and a worker thread that runs the engine. */
import { parentPort } from "node:worker_threads";
import type { RepositorySnapshot } from "#formats/repository-snapshot.ts";
import type { Proposal } from "#planning/proposal.ts";
import type { ProgressEvent } from "#ports.ts";
import type { Engine, EngineRun, UpdateRequest } from "../engine.ts";

export type EngineCall =
  { readonly kind: "propose"; readonly request: UpdateRequest } | { readonly kind: "explain"; readonly name: string };

export interface EngineQuestion {
  readonly snapshot: RepositorySnapshot;
  readonly call: EngineCall;
  readonly run: Omit<EngineRun, "progress">;
}

export type EngineMessage =
  | { readonly kind: "progress"; readonly event: ProgressEvent }
  | { readonly kind: "proposal"; readonly proposal: Proposal }
  | { readonly kind: "explanation"; readonly text: string }
  | { readonly kind: "failure"; readonly message: string };

/** Answers questions in this worker thread with `engine`, one at a time. Called once, by the worker's own file. */
export function serveEngine(engine: Engine): void {
  const port = parentPort;
  if (port === null) throw new Error("this file runs in a worker thread");
  const tell = (message: EngineMessage): void => port.postMessage(message);
  port.on("message", (question: EngineQuestion) => {
    void answer(engine, question, tell).then(tell, (error: unknown) => {
      tell({ kind: "failure", message: error instanceof Error ? error.message : String(error) });
    });
  });
}

async function answer(
  engine: Engine,
  question: EngineQuestion,
  tell: (message: EngineMessage) => void,
): Promise<EngineMessage> {
  const run = {
    ...question.run,
    progress: (event: ProgressEvent): void => tell({ kind: "progress", event }),
  };
  if (question.call.kind === "explain") {
    const text = await engine.explain(question.snapshot, question.call.name, run);
    return { kind: "explanation", text };
  }
  const proposal = await engine.propose(question.snapshot, question.call.request, run);
  return { kind: "proposal", proposal };
}
