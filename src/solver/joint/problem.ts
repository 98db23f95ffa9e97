/** What a joint solve of conda match specs and PyPI requirements is given. */
import type { CondaPypiNames } from "#packaging/conda-pypi-names.ts";
import type { PlatformName } from "#packaging/target.ts";
import type { CondaProblem } from "../conda/problem.ts";
import type { PypiProblem } from "../pypi/problem.ts";

/** One target. The Python of its markers and wheel tags is the one that the conda side chooses. */
export interface JointProblem {
  /** Virtual packages in here decide the wheel tags too. */
  readonly conda: CondaProblem;
  readonly platform: PlatformName;
  readonly pypi: Omit<PypiProblem, "target">;
  /** Which PyPI projects the conda packages provide. */
  readonly names: CondaPypiNames;
}
