/** Small worlds for joint solves: a channel with four Pythons, and what a test adds. */
import { CondaKnowledge } from "#solver/conda/knowledge.ts";
import { PypiKnowledge } from "#solver/pypi/knowledge.ts";
import { memoryChannel, type WrittenRecord } from "./conda-memory.ts";
import { jointProblem, jointSummary, solveJoint, type JointRequest } from "./joint-solve.ts";
import { answerFrom, type ScenarioPackages } from "./scenario-index.ts";

export const PYTHONS: readonly WrittenRecord[] = ["3.10.14", "3.11.9", "3.12.4", "3.13.0"].map((version) => ({
  name: "python",
  version,
  build: "h_0_cpython",
}));

export interface World {
  readonly records?: readonly WrittenRecord[];
  readonly packages?: ScenarioPackages;
}

/** Solves for a target without virtual packages. */
export function solveWorld(request: JointRequest, { records = [], packages = {} }: World) {
  const channels = [memoryChannel("conda-forge", [...PYTHONS, ...records])];
  const knowledge = { conda: new CondaKnowledge(), pypi: new PypiKnowledge() };
  const problem = jointProblem({ virtualPackages: [], ...request });
  const { outcome } = solveJoint(problem, { channels, pypi: answerFrom(packages) }, knowledge);
  const effort = outcome.kind === "solved" ? outcome.resolution.effort : "effort" in outcome ? outcome.effort : null;
  return { outcome, summary: jointSummary(outcome), effort };
}

/** A project with one release. */
export function one(
  name: string,
  version: string,
  release: ScenarioPackages[string]["versions"][string] = {},
): ScenarioPackages {
  return { [name]: { versions: { [version]: release } } };
}

export const NUMPY: readonly WrittenRecord[] = [
  { name: "numpy", version: "1.26.4", depends: ["python >=3.10"] },
  { name: "numpy", version: "2.1.0", depends: ["python >=3.10"] },
];
