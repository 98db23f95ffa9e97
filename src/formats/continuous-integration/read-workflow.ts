/** What a GitHub Actions workflow says about Pythons, platforms and tools. Nothing in it is ever run or expanded. */
import { isMap, isScalar, isSeq } from "yaml";
import { entriesOf, itemsOf, readYaml, startOf, stringOf, valueOf, type YamlText } from "../text/read-yaml.ts";

export interface WorkflowValue {
  readonly value: string;
  readonly file: string;
  readonly line: number;
}

/** A tool that a step installs: `version` null where any version will do. */
export interface WorkflowTool {
  readonly tool: string;
  readonly version: string | null;
  readonly file: string;
  readonly line: number;
}

/** An action that a step uses: `reference` is a tag, branch or commit. */
export interface WorkflowAction {
  readonly action: string;
  readonly reference: string;
  readonly file: string;
  readonly line: number;
}

export interface WorkflowFacts {
  /** As written: `3.10`, `3.x`, `pypy3.9`; expressions are left out. */
  readonly pythons: readonly WorkflowValue[];
  /** Labels of runners: `windows-latest`. */
  readonly runners: readonly WorkflowValue[];
  readonly tools: readonly WorkflowTool[];
  readonly actions: readonly WorkflowAction[];
}

/** The tools whose version decides what a lock looks like, or that checks depend on. */
const TOOLS = ["poetry", "uv", "pdm", "pipenv", "pip-tools", "conda-lock", "pixi", "pre-commit", "hatch"];

/** Actions that install a tool, and the input that says which version. */
const SETUP_ACTIONS: readonly (readonly [RegExp, string, string])[] = [
  [/^snok\/install-poetry@/, "poetry", "version"],
  [/^abatilo\/actions-poetry@/, "poetry", "poetry-version"],
  [/^astral-sh\/setup-uv@/, "uv", "version"],
  [/^prefix-dev\/setup-pixi@/, "pixi", "pixi-version"],
  [/^pdm-project\/setup-pdm@/, "pdm", "version"],
];

interface Collected {
  readonly file: string;
  readonly text: string;
  readonly yaml: YamlText;
  readonly pythons: WorkflowValue[];
  readonly runners: WorkflowValue[];
  readonly tools: WorkflowTool[];
  readonly actions: WorkflowAction[];
}

/** Reads a workflow; null where it is not valid YAML (GitHub itself will say so). */
export function readWorkflow(file: string, text: string): WorkflowFacts | null {
  const answer = readYaml(text);
  if (answer.kind === "unreadable") return null;
  const { yaml } = answer;
  const collected: Collected = { file, text, yaml, pythons: [], runners: [], tools: [], actions: [] };
  const jobs = valueOf(yaml, yaml.root, "jobs");
  if (isMap(jobs)) for (const { value } of entriesOf(jobs)) readJob(collected, yaml.follow(value));
  const { pythons, runners, tools, actions } = collected;
  return { pythons, runners, tools, actions };
}

function readJob(collected: Collected, job: unknown): void {
  const { yaml } = collected;
  addValues(collected, collected.runners, valueOf(yaml, job, "runs-on"));
  const matrix = valueOf(yaml, valueOf(yaml, job, "strategy"), "matrix");
  if (isMap(matrix)) {
    for (const { name, value } of entriesOf(matrix)) addMatrixValues(collected, name, yaml.follow(value));
    for (const entry of itemsOf(yaml, valueOf(yaml, matrix, "include"))) {
      if (!isMap(entry)) continue;
      for (const { name, value } of entriesOf(entry)) addMatrixValues(collected, name, yaml.follow(value));
    }
  }
  for (const step of itemsOf(yaml, valueOf(yaml, job, "steps"))) readStep(collected, step);
}

function addMatrixValues(collected: Collected, name: string, value: unknown): void {
  if (/^py(?:thon)?(?:[-_]?versions?)?$/i.test(name)) addValues(collected, collected.pythons, value);
  if (/^(?:os|platform|runs-on|runner|operating-system)s?$/i.test(name)) addValues(collected, collected.runners, value);
}

function readStep(collected: Collected, step: unknown): void {
  const { yaml } = collected;
  const uses = stringOf(valueOf(yaml, step, "uses")) ?? "";
  const inputs = valueOf(yaml, step, "with");
  const used = /^(?<action>[\w.-]+\/[\w./-]+)@(?<reference>\S+)$/.exec(uses)?.groups;
  if (used !== undefined) {
    const line = yaml.lineOf(startOf(valueOf(yaml, step, "uses")));
    const { action = "", reference = "" } = used;
    collected.actions.push({ action, reference, file: collected.file, line });
  }
  if (/^actions\/setup-python@|\/setup-(?:micromamba|miniconda|uv|pdm)@/.test(uses)) {
    addValues(collected, collected.pythons, valueOf(yaml, inputs, "python-version"));
  }
  const action = SETUP_ACTIONS.find(([pattern]) => pattern.test(uses));
  if (action !== undefined) {
    const [, tool, input] = action;
    const node = valueOf(yaml, inputs, input);
    const written = stringOf(node);
    const version = written === null || !/^v?\d/.test(written) ? null : written.replace(/^v/, "");
    const line = yaml.lineOf(startOf(node ?? valueOf(yaml, step, "uses")));
    collected.tools.push({ tool, version, file: collected.file, line });
  }
  readRun(collected, valueOf(yaml, step, "run"));
}

/** Finds `pipx install poetry==1.4.0` and its like in the text of a step as it stands in the file. */
function readRun(collected: Collected, run: unknown): void {
  if (!isScalar(run) || stringOf(run) === null) return;
  const [start, end] = run.range ?? [0, 0];
  const raw = collected.text.slice(start, end);
  const install = /\b(?:pipx|pip3?|uv pip|uv tool|mamba|micromamba|conda) install[ \t]+(?<words>[^\r\n;&|]*)/g;
  for (const match of raw.matchAll(install)) {
    const words = match.groups?.["words"] ?? "";
    for (const word of words.matchAll(
      /(?<![^\s'"])(?<name>[a-z][a-z-]*)(?:\[[^\]]*\])?(?:==?(?<version>[\w.*]+))?(?=[\s'"]|$)/g,
    )) {
      const tool = word.groups?.["name"] ?? "";
      if (!TOOLS.includes(tool)) continue;
      const offset = start + match.index + match[0].length - words.length + word.index;
      const version = word.groups?.["version"] ?? null;
      collected.tools.push({ tool, version, file: collected.file, line: collected.yaml.lineOf(offset) });
    }
  }
}

/** A scalar or a list of them; what is computed (`${{ … }}`) is left out. */
function addValues(collected: Collected, into: WorkflowValue[], node: unknown): void {
  const nodes = isSeq(node) ? itemsOf(collected.yaml, node) : [node];
  for (const each of nodes) {
    const written = stringOf(each);
    if (written === null || written.includes("${{")) continue;
    const line = collected.yaml.lineOf(startOf(each));
    // setup-python takes several versions as the lines of one text.
    for (const value of written.split(/[\r\n]+/).map((part) => part.trim())) {
      if (value !== "") into.push({ value, file: collected.file, line });
    }
  }
}
