/** An index that exists in memory, described as packages and their versions; it answers a solve's questions at once. */
import type { IndexFile } from "#packaging/index-records.ts";
import { parseVersion } from "#packaging/pep440-version.ts";
import type { PypiQuestion, PypiReply } from "#solver/pypi/questions.ts";

export interface ScenarioVersion {
  readonly requires?: readonly string[];
  readonly requires_python?: string;
  /** The index does not repeat the Requires-Python of the metadata, as on find-links pages. */
  readonly unlisted_python?: boolean;
  readonly extras?: Readonly<Record<string, readonly string[]>>;
  readonly wheel?: boolean;
  readonly sdist?: boolean;
  readonly wheel_tags?: readonly string[];
  readonly yanked?: boolean;
  /** RFC 3339. */
  readonly uploaded?: string;
}

export type ScenarioPackages = Readonly<
  Record<string, { readonly versions: Readonly<Record<string, ScenarioVersion>> }>
>;

/** Answers any question of a solve from the scenario; what it does not know has no listing. */
export function answerFrom(packages: ScenarioPackages): (question: PypiQuestion) => PypiReply {
  return (question) => {
    const versions = packages[question.name]?.versions;
    if (question.kind === "listing") {
      if (versions === undefined) return { question, answer: { listings: [] } };
      const files = Object.entries(versions).flatMap(([version, record]) => filesOf(question.name, version, record));
      const indexUrl = "https://index.example/simple";
      return { question, answer: { listings: [{ name: question.name, indexUrl, files }] } };
    }
    const wanted = parseVersion(question.version)?.sortKey;
    const found = Object.entries(versions ?? {}).find(([version]) => parseVersion(version)?.sortKey === wanted);
    if (found === undefined) throw new Error(`no ${question.name} ${question.version} in the scenario`);
    const [version, record] = found;
    return {
      question,
      answer: {
        metadata: {
          name: question.name,
          version,
          summary: "",
          requiresPython: record.requires_python ?? null,
          requiresDist: [...(record.requires ?? []), ...extraRequirements(record)],
          providesExtras: Object.keys(record.extras ?? {}),
          origin: "sidecar",
        },
      },
    };
  };
}

function extraRequirements({ extras = {} }: ScenarioVersion): string[] {
  return Object.entries(extras).flatMap(([extra, requirements]) =>
    requirements.map((requirement) => {
      const [head = "", marker] = requirement.split(";");
      const condition = `extra == "${extra}"`;
      return `${head} ; ${marker === undefined ? condition : `(${marker.trim()}) and ${condition}`}`;
    }),
  );
}

function filesOf(name: string, version: string, record: ScenarioVersion): IndexFile[] {
  const stem = `${name.replaceAll("-", "_")}-${version}`;
  const tags = record.wheel === false ? [] : (record.wheel_tags ?? ["py3-none-any"]);
  const names = tags.map((tag) => `${stem}-${tag}.whl`);
  if (record.sdist !== false) names.push(`${stem}.tar.gz`);
  return names.map((filename) => ({
    filename,
    url: `https://index.example/files/${filename}`,
    hashes: { sha256: filename },
    requiresPython: record.unlisted_python === true ? null : (record.requires_python ?? null),
    yanked: record.yanked === true ? "" : false,
    uploadTime: record.uploaded ?? null,
    size: null,
    coreMetadata: true,
  }));
}
