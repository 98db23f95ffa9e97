/**
 * Solves one environment as one process and tells how long it took: `relock|rattler ORIGIN CACHE RUNS PLATFORM,… CHANNEL SPEC…`.
 * `first`, `all`: from the channels to the answers of every platform, at first and when the code is compiled. `solve`: only the solves, every record being known; rattler cannot be
 * asked for that alone, so it tells how long it takes to find one package without dependencies.
 */
import { createRequire } from "node:module";
import { answerCondaQuestions } from "../src/answer-conda-questions.ts";
import { startIndexSession } from "../src/indexes/index-session.ts";
import { defaultVirtualPackages, isPlatformName, type VirtualPackage } from "../src/packaging/target.ts";
import { CondaKnowledge, CondaTexts } from "../src/solver/conda/knowledge.ts";
import { DEFAULT_CONDA_OPTIONS, type CondaProblem } from "../src/solver/conda/problem.ts";
import { createCondaSolve } from "../src/solver/conda/solve-conda.ts";

const [tool = "", origin = "", cacheDirectory = "", runs = "1", platforms = "", channel = "", ...specs] =
  process.argv.slice(2);

interface Timed {
  readonly milliseconds: number;
  readonly processor: number;
}

async function timed(work: () => Promise<unknown>): Promise<Timed> {
  const before = process.cpuUsage();
  const began = performance.now();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { milliseconds: performance.now() - began, processor: (user + system) / 1000 };
}

/** The run of the median time. */
function median(all: readonly Timed[]): Timed {
  const sorted = all.toSorted((left, right) => left.processor - right.processor);
  return sorted[sorted.length >>> 1] ?? { milliseconds: 0, processor: 0 };
}

/** `linux-64-cuda` is linux-64 with CUDA. */
function virtualPackagesOf(target: string): readonly VirtualPackage[] {
  const platform = target.replace(/-cuda$/u, "");
  if (!isPlatformName(platform)) throw new Error(`${platform} is no platform`);
  return defaultVirtualPackages(platform, target === platform ? "cpu" : "cuda");
}

function problemOf(target: string): CondaProblem {
  return {
    specs: specs.map((text) => ({ text, origin: null })),
    platform: target.replace(/-cuda$/u, ""),
    virtualPackages: virtualPackagesOf(target),
    options: DEFAULT_CONDA_OPTIONS,
  };
}

/** Sessions one after the other, each as a run of the command has it: from the channels to the answers. */
async function relock() {
  let packages = 0;
  let knowledge = new Map<string, CondaKnowledge>();
  const session = async (): Promise<void> => {
    const opened = startIndexSession({
      cacheDirectory,
      indexUrl: null,
      channelAlias: origin,
      allowHosts: ["127.0.0.1"],
    });
    const texts = new CondaTexts();
    knowledge = new Map();
    packages = 0;
    for (const target of platforms.split(",")) {
      const problem = problemOf(target);
      const known = knowledge.get(problem.platform) ?? new CondaKnowledge(texts);
      knowledge.set(problem.platform, known);
      const channels = opened.openChannels({ channels: [channel], subdir: problem.platform });
      const options = { progress: () => undefined, now: () => 0 };
      const { outcome } = await answerCondaQuestions(createCondaSolve(problem, known), channels, options);
      if (outcome.kind !== "solved") throw new Error(`${target}: ${outcome.kind}`);
      packages += outcome.resolution.packages.length;
    }
    await opened.close();
  };
  const first = await timed(session);
  const again: Timed[] = [];
  const solves: Timed[] = [];
  for (let run = 0; run < Number(runs); run += 1) again.push(await timed(session));
  for (let run = 0; run < Number(runs); run += 1) {
    solves.push(
      await timed(async () => {
        for (const target of platforms.split(",")) {
          const problem = problemOf(target);
          createCondaSolve(problem, knowledge.get(problem.platform)).step(null);
        }
      }),
    );
  }
  return { packages, first, all: median(again), solve: median(solves) };
}

type SimpleSolve = (
  specs: string[],
  channels: string[],
  platforms: string[],
  locked: [],
) => Promise<readonly unknown[]>;

async function rattler() {
  const { simpleSolve } = createRequire(import.meta.url)("@conda-org/rattler") as { readonly simpleSolve: SimpleSolve };
  const [target = ""] = platforms.split(",");
  const virtual = virtualPackagesOf(target);
  const channels = [`${origin}/${channel}`, `${origin}/virtual`];
  let packages = 0;
  const solve = async (wanted: readonly string[]): Promise<void> => {
    const names = virtual.map(({ name }) => name);
    const found = await simpleSolve([...names, ...wanted], channels, [target, "noarch"], []);
    packages = found.length - names.length;
  };
  // Once to have its code compiled.
  await solve(["tzdata"]);
  const single: Timed[] = [];
  const all: Timed[] = [];
  for (let run = 0; run < Number(runs); run += 1) {
    single.push(await timed(() => solve(["tzdata"])));
    all.push(await timed(() => solve(specs)));
  }
  return { packages, all: median(all), single: median(single) };
}

process.stdout.write(JSON.stringify(tool === "relock" ? await relock() : await rattler()));
process.exit(0);
