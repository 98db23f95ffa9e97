/** What the parts of the pyproject reader share: the file, its comments, and what was not understood. */
import type { Finding } from "../../finding.ts";
import type { TomlNode, TomlString } from "../../text/toml-tree.ts";
import { holdReason } from "../hold-comment.ts";
import type { ManifestRequirement, Span } from "../manifest.ts";

/** State of one reading; findings are added as they are met. */
export interface PyprojectReader {
  readonly path: string;
  readonly lines: readonly string[];
  /** Text of the comment of a line. */
  readonly comments: ReadonlyMap<number, string>;
  readonly findings: Finding[];
}

export function report(reader: PyprojectReader, line: number, message: string): void {
  reader.findings.push({
    code: "not-understood",
    severity: "warning",
    file: reader.path,
    line,
    message,
    targets: [],
  });
}

/** A person's comment on the line or above it that asks to keep it. */
export function holdAt(reader: PyprojectReader, line: number): string | null {
  const above = [reader.lines[line - 2] ?? "", reader.lines[line - 3] ?? ""];
  return holdReason(reader.comments.get(line) ?? null, above);
}

export function spanOf(node: TomlString): Span {
  return { start: node.start, end: node.end, line: node.line };
}

export function textOf(node: TomlNode | undefined): string | null {
  return node?.kind === "string" ? node.value : null;
}

export function flagOf(node: TomlNode | undefined): boolean | null {
  return node?.kind === "boolean" ? node.text === "true" : null;
}

export function textsOf(node: TomlNode | undefined): readonly string[] {
  return node?.kind === "list" ? node.items.flatMap((item) => (item.kind === "string" ? [item.value] : [])) : [];
}

/** A requirement with nothing said beyond its name. */
export function bareRequirement(
  reader: PyprojectReader,
  place: Pick<ManifestRequirement, "line" | "name" | "writtenName" | "group">,
): ManifestRequirement {
  return {
    file: reader.path,
    ...place,
    ecosystem: "pypi",
    extras: [],
    constraint: null,
    marker: null,
    python: null,
    platform: null,
    optional: false,
    source: null,
    origin: { kind: "index" },
    hashes: [],
    holdReason: holdAt(reader, place.line),
  };
}
