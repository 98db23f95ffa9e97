/** The PyPI corpus of the data folder as an index in memory, and the names of its conda corpus. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { createCondaPypiNames, readNameMapping, type CondaPypiNames } from "#packaging/conda-pypi-names.ts";
import type { IndexFile } from "#packaging/index-records.ts";
import { parseVersion } from "#packaging/pep440-version.ts";
import type { PypiQuestion, PypiReply } from "#solver/pypi/questions.ts";

interface CorpusRelease {
  readonly requires_python?: string;
  readonly requires_dist?: readonly string[];
  readonly meta_source: string;
  readonly files: readonly {
    readonly filename: string;
    readonly url?: string;
    readonly sha256?: string;
    readonly size?: number;
    readonly upload_time?: string;
  }[];
}

type CorpusProject = Readonly<Record<string, CorpusRelease>>;

/** Releases whose dependencies are recorded with their ranges. */
const WHOLE_METADATA: ReadonlySet<string> = new Set(["metadata", "poetry", "pdm", "condalock"]);

export interface PypiCorpus {
  readonly names: ReadonlySet<string>;
  readonly answer: (question: PypiQuestion) => PypiReply;
}

/** @param folder `pypi` of the data */
export function pypiCorpus(folder: string, more: Readonly<Record<string, CorpusProject>> = {}): PypiCorpus {
  const projects = new Map<string, CorpusProject>(Object.entries(more));
  for (const line of gunzipSync(readFileSync(join(folder, "packages.jsonl.gz")))
    .toString("utf8")
    .trim()
    .split("\n")) {
    const { name, versions } = JSON.parse(line) as { readonly name: string; readonly versions: CorpusProject };
    const whole = Object.entries(versions).filter(
      ([, { meta_source, files }]) => WHOLE_METADATA.has(meta_source) && files.length > 0,
    );
    if (whole.length > 0 && !projects.has(name)) projects.set(name, Object.fromEntries(whole));
  }
  return {
    names: new Set(projects.keys()),
    answer: (question) => answerFor(question, projects.get(question.name) ?? {}),
  };
}

function answerFor(question: PypiQuestion, project: CorpusProject): PypiReply {
  if (question.kind === "listing") {
    const files = Object.values(project).flatMap(filesOf);
    const listing = { name: question.name, indexUrl: "https://pypi.org/simple", files };
    return { question, answer: { listings: files.length === 0 ? [] : [listing] } };
  }
  const wanted = parseVersion(question.version)?.sortKey;
  const found = Object.entries(project).find(([version]) => parseVersion(version)?.sortKey === wanted);
  if (found === undefined) throw new Error(`the corpus has no ${question.name} ${question.version}`);
  const [version, release] = found;
  return {
    question,
    answer: {
      metadata: {
        name: question.name,
        version,
        summary: "",
        requiresPython: release.requires_python ?? null,
        requiresDist: release.requires_dist ?? [],
        providesExtras: [],
        origin: "sidecar",
      },
    },
  };
}

function filesOf({ files, requires_python }: CorpusRelease): IndexFile[] {
  return files.map(({ filename, url, sha256, size, upload_time }) => ({
    filename: decodeURIComponent(filename),
    url: url ?? `https://files.example/${filename}`,
    hashes: sha256 === undefined ? {} : { sha256 },
    requiresPython: requires_python ?? null,
    yanked: false,
    uploadTime: upload_time ?? null,
    size: size ?? null,
    coreMetadata: true,
  }));
}

/** The published mapping of conda-forge. @param folder `mappings` of the data */
export function condaForgeNames(folder: string): CondaPypiNames {
  const text = gunzipSync(readFileSync(join(folder, "v0_conda-forge_compressed_mapping.json.gz"))).toString("utf8");
  const mapping = readNameMapping(JSON.parse(text));
  return createCondaPypiNames([{ url: "https://conda.anaconda.org/conda-forge", condaForge: true, mapping }], mapping);
}
