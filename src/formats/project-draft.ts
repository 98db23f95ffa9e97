/** A project while it is being found, and what is looked through. */
import type { CondaLockFiles } from "./conda-environment.ts";
import type { Finding } from "./finding.ts";
import type { Manifest } from "./manifests/manifest.ts";
import type { Project, ProjectEnvironment, ProjectOptions, ProjectTool } from "./project.ts";
import type { PyprojectFile, RepositoryFiles } from "./read-files.ts";
import type { RepositorySnapshot } from "./repository-snapshot.ts";

/** A project before what follows from its neighbours is known. */
export interface Draft {
  readonly id: string;
  readonly root: string;
  readonly tool: ProjectTool;
  readonly manifests: readonly Manifest[];
  readonly pyproject: PyprojectFile | null;
  readonly lock: Project["lock"];
  readonly condaLocks: CondaLockFiles | null;
  readonly environments: readonly ProjectEnvironment[];
  readonly readOnlyReason: string | null;
}

export interface Search {
  readonly snapshot: RepositorySnapshot;
  readonly options: ProjectOptions;
  readonly files: RepositoryFiles;
  readonly paths: ReadonlySet<string>;
  /** Compiled requirements files by the file that they are made from. */
  readonly compiled: ReadonlyMap<string, string>;
  readonly cudaImages: readonly CudaImage[];
  readonly findings: Finding[];
}

export interface CudaImage {
  readonly file: string;
  readonly line: number;
}
