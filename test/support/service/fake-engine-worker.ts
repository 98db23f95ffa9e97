/** The worker thread of tests: the fake engine behind the real messages. `workerData` is the path of its index. */
import { workerData } from "node:worker_threads";
import { serveEngine } from "#service/engine-protocol.ts";
import { createFakeEngine } from "./fake-engine.ts";

serveEngine(createFakeEngine(workerData as string));
