/** A MatchSpec in its canonical spelling. CEP 29, appendix A. */
import type { CondaMatchSpec } from "./conda-match-spec.ts";
import { formatCondaVersionSpec } from "./conda-version-spec.ts";

/**
 * `conda-forge/linux-64::numpy=1.7[build=py3*]`: an exact or fuzzy version, and a plain build behind an exact one, stand
 * outside the brackets. The namespace is left out. Reading the text again gives an equal spec.
 */
export function formatMatchSpec(spec: CondaMatchSpec): string {
  const channel = formatChannel(spec);
  const version = formatVersionAndBuild(spec);
  const fields: (readonly [string, string])[] = [...channel.fields, ...version.fields];
  if (spec.buildNumber !== null && spec.buildNumber.length > 0) {
    fields.push(["build_number", spec.buildNumber.map((each) => each.operator + String(each.value)).join(",")]);
  }
  fields.push(...spec.fields);
  if (spec.when !== null) fields.push(["when", spec.when]);
  const brackets = fields.map(([key, value]) => `${key}=${quoted(value)}`);
  if (spec.extras.length > 0) brackets.push(`extras=${list(spec.extras)}`);
  if (spec.flags.length > 0) brackets.push(`flags=${list(spec.flags)}`);
  const text = channel.before + spec.name + version.behind;
  return brackets.length === 0 ? text : `${text}[${brackets.join(",")}]`;
}

type Fields = readonly (readonly [string, string])[];

/** What stands before the name, and what goes into the brackets. */
function formatChannel({ channel, channelPattern, subdir }: CondaMatchSpec): { before: string; fields: Fields } {
  const subdirField: Fields = subdir === null ? [] : [["subdir", subdir.text]];
  if (channel === null) return { before: "", fields: subdirField };
  if (channelPattern?.kind !== "exact") return { before: "", fields: [["channel", channel], ...subdirField] };
  return subdir?.kind === "exact"
    ? { before: `${channel}/${subdir.text}::`, fields: [] }
    : { before: `${channel}::`, fields: subdirField };
}

/** What stands behind the name, and what goes into the brackets. */
function formatVersionAndBuild({ version, build }: CondaMatchSpec): { behind: string; fields: Fields } {
  const buildField: Fields = build === null ? [] : [["build", build.text]];
  if (version?.kind === "compare" && version.operator === "==") {
    return build?.kind === "exact"
      ? { behind: `==${version.version.text}=${build.text.toLowerCase()}`, fields: [] }
      : { behind: `==${version.version.text}`, fields: buildField };
  }
  if (version?.kind === "starts-with" && !version.negated) {
    return { behind: `=${version.version.text}`, fields: buildField };
  }
  const versionField: Fields = version === null ? [] : [["version", formatCondaVersionSpec(version)]];
  return { behind: "", fields: [...versionField, ...buildField] };
}

function list(items: readonly string[]): string {
  return `[${items.map(quoted).join(",")}]`;
}

function quoted(value: string): string {
  return /^[A-Za-z0-9_.*+!/:-]+$/.test(value) ? value : `'${value.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
}
