/** A project: manifests with their lock, and what is known about where it runs. */
import type { Accelerator, PlatformName, VirtualPackage } from "#packaging/target.ts";
import type { CondaLockFiles } from "./conda-environment.ts";
import type { ConstraintStyle, Manifest } from "./manifests/manifest.ts";
import type { PyprojectFacts } from "./manifests/pyproject/facts.ts";
import type { ToolName } from "./tools.ts";

/** `pyproject`: a pyproject.toml that no locking tool claims. `pip-tools`: compiled requirements and their source. */
export type ProjectTool = ToolName | "pyproject" | "pip" | "pip-tools" | "conda" | "conda+pip";

export type LockFormat =
  "poetry.lock" | "uv.lock" | "pdm.lock" | "Pipfile.lock" | "pixi.lock" | "conda-lock" | "compiled-requirements";

export interface ProjectTarget {
  readonly platform: PlatformName;
  readonly accelerator: Accelerator;
  /** Why it is a target: `configured`, a file and line that names it, or the default. */
  readonly reason: string;
  /** What the project's virtual-packages.yml says of the platform; absent where the tool's defaults count. */
  readonly virtualPackages?: readonly VirtualPackage[];
}

/** A set of requirements that is installed together. */
export interface ProjectEnvironment {
  /** A dependency group (`main`, `dev`), the name in an environment.yml, or the path of a requirements file. */
  readonly name: string;
  /** Manifests that it is made of, included files among them. */
  readonly files: readonly string[];
}

export interface PythonRange {
  readonly text: string;
  readonly style: ConstraintStyle;
  readonly file: string;
  readonly line: number;
}

export interface Project {
  /** Stable in a repository: the path of its first manifest or lock. */
  readonly id: string;
  /** Directory; `""` is the root of the repository. */
  readonly root: string;
  readonly tool: ProjectTool;
  readonly manifests: readonly Manifest[];
  /** What pyproject.toml says besides requirements; null where the project has none. */
  readonly pyproject: PyprojectFacts | null;
  readonly lock: { readonly path: string; readonly format: LockFormat } | null;
  /** All files of a conda lock, `lock` the first of them; null where the project has none. */
  readonly condaLocks: CondaLockFiles | null;
  readonly environments: readonly ProjectEnvironment[];
  /** Why its files are reported and never edited; null where they may be. */
  readonly readOnlyReason: string | null;
  readonly targets: readonly ProjectTarget[];
  /** Of the project itself, else of the project that it stands beside; null where none says. */
  readonly pythonRange: PythonRange | null;
  /** Python versions that workflows name: `3.10`. */
  readonly pythons: readonly { readonly value: string; readonly file: string; readonly line: number }[];
  /** Projects with the same value state facts about the same thing: exact versions should agree. */
  readonly coherenceSet: string;
}

/** What configuration decides. */
export interface ProjectOptions {
  /** null: not configured. */
  readonly targets: readonly { readonly platform: PlatformName; readonly accelerator: Accelerator }[] | null;
  /** Whether a path is looked at (`paths` of the configuration). */
  readonly isIncluded: (path: string) => boolean;
}
