/** The worker thread of production: `workerData` is how the engine reaches indexes. */
import { workerData } from "node:worker_threads";
import { createEngine, type EngineSettings } from "./create-engine.ts";
import { serveEngine } from "./engine-protocol.ts";

const settings: EngineSettings = workerData;
serveEngine(createEngine(settings));
