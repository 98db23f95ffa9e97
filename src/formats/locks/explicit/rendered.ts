/** Rendered environments (`conda-linux-64.lock.yml`): what `conda-lock render --kind env` writes. */
import { parseCondaPackageFile, type CondaPackageFile } from "#packaging/conda-package-file.ts";
import type { Finding } from "../../finding.ts";
import type { CondaLock, CondaLockPackage } from "../conda-lock/model.ts";
import { readRenderedHeader, renderedHeader } from "./model.ts";
import { packagesOf, type RenderOptions } from "./write.ts";

export interface RenderedEnvironment {
  readonly header: readonly string[];
  readonly channels: readonly string[];
  readonly conda: readonly CondaPackageFile[];
  /** `name == version --hash=sha256:…` or `name @ url`, as written. */
  readonly pip: readonly string[];
  readonly lineEnding: "lf" | "crlf";
}

export type RenderedReading =
  | {
      readonly lock: RenderedEnvironment;
      readonly platform: string | null;
      readonly inputHash: string | null;
    }
  | { readonly finding: Finding };

/** What conda-lock renders of a lock, by alphabet. */
export function renderedEnvironmentFrom(
  lock: CondaLock,
  platform: string,
  options: RenderOptions = {},
): RenderedEnvironment {
  const { conda, pip } = packagesOf(lock, platform, options.categories);
  return {
    header: renderedHeader(platform, lock.metadata.contentHash.get(platform), options.header ?? null),
    channels: lock.metadata.channels.map(({ url }) => url),
    conda: byName(conda).map(({ name, version, url, build }) => ({
      name,
      version,
      build: parseCondaPackageFile(url)?.build ?? build ?? "",
    })),
    pip: byName(pip).map(pipText),
    lineEnding: "lf",
  };
}

function byName(packages: readonly CondaLockPackage[]): readonly CondaLockPackage[] {
  return [...packages].sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
}

function pipText({ name, version, hash, source }: CondaLockPackage): string {
  if (source !== null) return `${name} @ ${source.url}`;
  return `${name} == ${version}${hash.sha256 === null ? "" : ` --hash=sha256:${hash.sha256}`}`;
}

export function writeRenderedEnvironment(lock: RenderedEnvironment): string {
  const end = lock.lineEnding === "crlf" ? "\r\n" : "\n";
  const lines = [
    ...lock.header,
    "",
    "channels:",
    ...lock.channels.map((channel) => `  - ${channel}`),
    "dependencies:",
    ...lock.conda.map(({ name, version, build }) => `  - ${name}=${version}=${build}`),
    ...(lock.pip.length === 0 ? [] : ["  - pip:", ...lock.pip.map((line) => `      - ${line}`)]),
  ];
  return lines.map((line) => line + end).join("");
}

const SHAPES: readonly (readonly [section: "channels" | "conda" | "pip", shape: RegExp])[] = [
  ["pip", /^ {6}- (\S.*)$/],
  ["conda", /^ {2}- ([^\s=]+=[^\s=]+=[^\s=]+)$/],
  ["channels", /^ {2}- (\S+)$/],
];

/** Reads what conda-lock rendered; a finding where a line has another shape. */
export function readRenderedEnvironment(path: string, text: string): RenderedReading {
  const lines = text.split(/\r?\n/);
  const first = lines.findIndex((line) => line.trim() !== "" && !line.startsWith("#"));
  const header = lines.slice(0, Math.max(0, first)).filter((line) => line.startsWith("#"));
  const found: Record<"channels" | "conda" | "pip", string[]> = { channels: [], conda: [], pip: [] };
  let section = "";
  for (const [index, line] of lines.entries()) {
    if (index < first || line.trim() === "") continue;
    if (/^(?:channels|dependencies):$/.test(line) || line === "  - pip:") {
      section = line.startsWith("channels") ? "channels" : line.startsWith("dep") ? "conda" : "pip";
      continue;
    }
    const [, value] = SHAPES.find(([name]) => name === section)?.[1].exec(line) ?? [];
    if (value === undefined) {
      const message = "The line is not as conda-lock renders it: the file is kept as it is.";
      return {
        finding: { code: "not-understood", severity: "warning", file: path, line: index + 1, message, targets: [] },
      };
    }
    if (section === "channels" || section === "conda" || section === "pip") found[section].push(value);
  }
  const lock: RenderedEnvironment = {
    header,
    channels: found.channels,
    conda: found.conda.map((entry) => {
      const [name = "", version = "", build = ""] = entry.split("=");
      return { name, version, build };
    }),
    pip: found.pip,
    lineEnding: text.includes("\r\n") ? "crlf" : "lf",
  };
  return { lock, ...readRenderedHeader(header) };
}
