/** Versions of Python tools that a .pre-commit-config.yaml pins by `rev`. */
import { itemsOf, readYaml, startOf, stringOf, valueOf } from "../text/read-yaml.ts";

export interface HookPin {
  /** Normalised name of the PyPI package that the hook runs. */
  readonly name: string;
  /** The revision as a version: without a leading `v`. */
  readonly version: string;
  readonly file: string;
  readonly line: number;
}

/** Hook repositories whose tags are the versions of a PyPI package. */
const HOOK_REPOSITORIES: Readonly<Record<string, string>> = {
  "psf/black": "black",
  "psf/black-pre-commit-mirror": "black",
  "ambv/black": "black",
  "pycqa/flake8": "flake8",
  "pycqa/isort": "isort",
  "timothycrosley/isort": "isort",
  "pycqa/autoflake": "autoflake",
  "pycqa/bandit": "bandit",
  "pycqa/pydocstyle": "pydocstyle",
  "pycqa/docformatter": "docformatter",
  "pycqa/pylint": "pylint",
  "asottile/pyupgrade": "pyupgrade",
  "asottile/reorder_python_imports": "reorder-python-imports",
  "asottile/reorder-python-imports": "reorder-python-imports",
  "asottile/add-trailing-comma": "add-trailing-comma",
  "asottile/blacken-docs": "blacken-docs",
  "asottile/setup-cfg-fmt": "setup-cfg-fmt",
  "mwouts/jupytext": "jupytext",
  "nbqa-dev/nbqa": "nbqa",
  "kynan/nbstripout": "nbstripout",
  "astral-sh/ruff-pre-commit": "ruff",
  "charliermarsh/ruff-pre-commit": "ruff",
  "pre-commit/mirrors-mypy": "mypy",
  "pre-commit/mirrors-yapf": "yapf",
  "pre-commit/mirrors-autopep8": "autopep8",
  "pre-commit/mirrors-isort": "isort",
  "google/yapf": "yapf",
  "hhatto/autopep8": "autopep8",
  "codespell-project/codespell": "codespell",
  "adrienverge/yamllint": "yamllint",
  "python-poetry/poetry": "poetry",
  "astral-sh/uv-pre-commit": "uv",
  "pdm-project/pdm": "pdm",
  "commitizen-tools/commitizen": "commitizen",
  "executablebooks/mdformat": "mdformat",
  "numpy/numpydoc": "numpydoc",
  "jazzband/pip-tools": "pip-tools",
  "rstcheck/rstcheck": "rstcheck",
};

/** Reads the pins of known Python tools; empty where the file is not valid YAML. */
export function readPreCommit(file: string, text: string): readonly HookPin[] {
  const answer = readYaml(text);
  if (answer.kind === "unreadable") return [];
  const { yaml } = answer;
  return itemsOf(yaml, valueOf(yaml, yaml.root, "repos")).flatMap((entry) => {
    const address = stringOf(valueOf(yaml, entry, "repo")) ?? "";
    const repository = /(?:github|gitlab)\.com[/:](?<path>[^/]+\/[^/]+?)(?:\.git)?\/?$/i.exec(address)?.groups?.[
      "path"
    ];
    const name = HOOK_REPOSITORIES[repository?.toLowerCase() ?? ""];
    const node = valueOf(yaml, entry, "rev");
    const version = /^v?(?<version>\d[\w.+!-]*)$/.exec(stringOf(node) ?? "")?.groups?.["version"];
    if (name === undefined || version === undefined) return [];
    return [{ name, version, file, line: yaml.lineOf(startOf(node)) }];
  });
}
