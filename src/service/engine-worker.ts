/** The worker thread of production: `workerData` is how the engine reaches indexes. */
import { workerData } from "node:worker_threads";
import { serveEngine } from "./engine-protocol.ts";
import { createWorkerEngine, type WorkerEngineSettings } from "./worker-engine.ts";

const settings: WorkerEngineSettings = workerData;
serveEngine(createWorkerEngine(settings));
