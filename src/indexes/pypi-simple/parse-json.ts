/** The JSON form of a project page: PEP 691, with 592, 658, 700, 708, 714 and 792. */
import { normalizeName } from "#packaging/names.ts";
import type { ListedFile } from "./listed-file.ts";

export type ParsedPage = { readonly listed: readonly ListedFile[] } | { readonly reason: string };

/** @returns the files, or why this is not the page of `name` */
export function parseProjectJson(text: string, name: string): ParsedPage {
  const page = parseObject(text);
  if (page === null) return { reason: "it is not JSON" };
  const apiVersion = asRecord(page["meta"])?.["api-version"];
  if (typeof apiVersion !== "string") return { reason: "it has no meta.api-version" };
  if (!/^1(\.|$)/.test(apiVersion)) return { reason: `its API version ${apiVersion.slice(0, 20)} is not 1.x` };
  const pageName = page["name"];
  if (typeof pageName !== "string" || normalizeName(pageName) !== name)
    return { reason: "it is another project's page" };
  if (!Array.isArray(page["files"])) return { reason: "it has no list of files" };
  if (isQuarantined(page["project-status"])) return { listed: [] };
  const entries: readonly unknown[] = page["files"];
  return { listed: entries.map(listedFile).filter((file) => file !== null) };
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    return asRecord(JSON.parse(text));
  } catch {
    // Not JSON, or nested more deeply than the parser goes.
    return null;
  }
}

/** PEP 792: a quarantined project offers nothing to install. */
function isQuarantined(status: unknown): boolean {
  return status === "quarantined" || asRecord(status)?.["status"] === "quarantined";
}

function listedFile(entry: unknown): ListedFile | null {
  const file = asRecord(entry);
  const { filename, url } = file ?? {};
  if (file === null || typeof filename !== "string" || typeof url !== "string") return null;
  const size = file["size"];
  return {
    filename,
    url,
    hashes: stringRecord(file["hashes"]),
    requiresPython: asText(file["requires-python"]),
    yanked: yankedOf(file["yanked"]),
    uploadTime: timeOf(file["upload-time"]),
    size: typeof size === "number" && Number.isSafeInteger(size) && size >= 0 ? size : null,
    coreMetadata: coreMetadataOf(file["core-metadata"] ?? file["dist-info-metadata"]),
  };
}

function yankedOf(value: unknown): false | string {
  if (typeof value === "string") return value;
  return value === true ? "" : false;
}

function timeOf(value: unknown): string | null {
  const text = asText(value);
  return text !== null && /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text)) ? text : null;
}

function coreMetadataOf(value: unknown): boolean | Record<string, string> {
  if (typeof value === "boolean") return value;
  return asRecord(value) === null ? false : stringRecord(value);
}

function asText(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function asRecord(value: unknown): Record<string, unknown> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

function stringRecord(value: unknown): Record<string, string> {
  const texts = Object.entries(asRecord(value) ?? {}).filter(
    (pair): pair is [string, string] => typeof pair[1] === "string",
  );
  return Object.fromEntries(texts);
}
