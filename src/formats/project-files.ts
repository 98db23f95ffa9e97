/** Which files of a repository are looked into, by their names. */

/** Folders that hold copies of other people's projects, or input of tests. */
const FOREIGN_FOLDERS = new Set([
  "node_modules",
  "bower_components",
  "site-packages",
  "vendor",
  "third_party",
  "__fixtures__",
  "fixtures",
  "testdata",
  ".venv",
  ".tox",
  ".nox",
]);

const EXACT_NAMES = new Set([
  "pyproject.toml",
  "poetry.lock",
  "uv.lock",
  "pdm.lock",
  "Pipfile",
  "Pipfile.lock",
  "pixi.toml",
  "pixi.lock",
  "anaconda-project.yml",
  ".pre-commit-config.yaml",
  ".pre-commit-config.yml",
  "Dockerfile",
  "Makefile",
  "packages.txt",
  "virtual-packages.yml",
  "virtual-packages.yaml",
]);

const CONDA_LOCK_NAME = /(?:^|[-_.])conda-lock(?:[-_.][^/]*)?\.ya?ml$/i;
const LOCK_YAML_NAME = /(?:^|[-_.])lock\.ya?ml$/i;
/** Lock files of other package managers with such a name. */
const FOREIGN_LOCK_NAME = /^(?:pnpm|package|yarn|pubspec|composer|npm-shrinkwrap)-lock\./i;
const PLATFORM_LOCK_NAME = /(?:linux|osx|win)-(?:64|aarch64|ppc64le|arm64)(?![a-z0-9])[^/]*\.(?:lock|txt)$/i;
const CONDA_LIST_NAME = /^(?:conda|mamba|env(?:ironment)?|explicit|spec)[^/]*\.(?:lock|txt)$/i;
const REQUIREMENTS_FOLDER = /(?:^|\/)(?:requirements?|reqs)(?:[-_.][^/]*)?\/[^/]+\.(?:txt|in)$/i;
const REQUIREMENTS_NAME = /(?:^|[-_.])(?:requirements?|reqs?|constraints?)(?:[-_.].*)?\.(?:txt|in|pip)$/i;
const ENVIRONMENT_NAME = /^(?:env.*|.*[-_.]env(?:ironment)?s?|conda.*|.*[-_]conda)\.ya?ml$/i;
const ENVIRONMENT_FOLDER =
  /(?:^|\/)(?:conda[-_]?)?(?:envs?|environments?|requirements?|conda)(?:[-_.][^/]*)?\/(?:[^/]+\/)?[^/]+\.ya?ml$/i;

/** Whether the file is one that scanning reads: a manifest, a lock, a workflow, our configuration. */
export function isReadFile(path: string): boolean {
  if (isForeign(path)) return false;
  const name = baseName(path);
  if (EXACT_NAMES.has(name) || /^Dockerfile|\.Dockerfile$/.test(name)) return true;
  if (isWorkflow(path) || /^\.github\/relock\.ya?ml$/.test(path) || isAction(path)) return true;
  return isRequirementsFile(path) || isEnvironmentFile(path) || isCondaFile(path);
}

/** Whether a file may hold pip requirements or constraints. */
export function isRequirementsFile(path: string): boolean {
  return !isForeign(path) && (REQUIREMENTS_NAME.test(baseName(path)) || REQUIREMENTS_FOLDER.test(path));
}

/** Whether a file may be an environment.yml; its content decides. */
export function isEnvironmentFile(path: string): boolean {
  if (isForeign(path) || isCondaLock(path) || path.startsWith(".github/workflows/")) return false;
  return ENVIRONMENT_NAME.test(baseName(path)) || ENVIRONMENT_FOLDER.test(path);
}

export function isWorkflow(path: string): boolean {
  return /^\.github\/workflows\/[^/]+\.ya?ml$/.test(path);
}

/** An action of the repository's own. */
export function isAction(path: string): boolean {
  return /^\.github\/actions\/(?:[^/]+\/)*action\.ya?ml$/.test(path);
}

/** Whether the file may say which conda files are locked and installed: a workflow, an action, a Dockerfile, a Makefile. */
export function isCommandFile(path: string): boolean {
  return isWorkflow(path) || isAction(path) || /^Dockerfile|\.Dockerfile$|^Makefile$/.test(baseName(path));
}

/** What conda-lock writes by itself: `conda-lock.yml`, `cuda-conda-lock.yml`. */
export function isCondaLock(path: string): boolean {
  return CONDA_LOCK_NAME.test(baseName(path)) && !/^env/i.test(baseName(path));
}

/** Whether a file may be a lock or a list of packages of conda's, in any form; its content decides. */
export function isCondaFile(path: string): boolean {
  const name = baseName(path);
  if (isForeign(path) || FOREIGN_LOCK_NAME.test(name)) return false;
  return [CONDA_LOCK_NAME, LOCK_YAML_NAME, PLATFORM_LOCK_NAME, CONDA_LIST_NAME].some((pattern) => pattern.test(name));
}

/** Whether a file lies in a folder of foreign or test projects. */
export function isForeign(path: string): boolean {
  return path.split("/").some((part) => FOREIGN_FOLDERS.has(part));
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Without a slash at the end; `""` is the root. */
export function directoryOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
}
