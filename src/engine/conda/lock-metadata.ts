/** The blocks of metadata that a lock has besides what a solve says: kept, and brought up to date where that is known. */
import { createHash } from "node:crypto";
import type { CondaLockMetadata } from "#formats/locks/conda-lock/model.ts";
import { resolveInclude } from "#formats/manifests/resolve-include.ts";
import { encodeText } from "#formats/text/decode.ts";
import type { CondaWriteRequest } from "./conda-workspace.ts";
import type { OpenedProject } from "./open-conda-workspace.ts";

export interface MetadataPlace {
  /** Of the lock. */
  readonly path: string;
  readonly request: CondaWriteRequest | null;
}

/** The time and the hashes of inputs, where the lock has them. Who committed what is not known before the commit, and stays. */
export function refreshedMetadata(
  metadata: CondaLockMetadata,
  opened: OpenedProject,
  place: MetadataPlace,
): CondaLockMetadata {
  return {
    ...metadata,
    createdAt: metadata.createdAt === null ? null : timeLike(metadata.createdAt, opened.context.now),
    inputs: metadata.inputs === null ? null : hashedInputs(metadata.inputs, opened, place),
  };
}

/** conda-lock writes microseconds. */
function timeLike(old: string, now: number): string {
  const text = new Date(now).toISOString();
  return /\.\d{6}/u.test(old) ? text.replace("Z", "000Z") : text.replace(/\.\d+Z$/u, "Z");
}

type Inputs = NonNullable<CondaLockMetadata["inputs"]>;

function hashedInputs(inputs: Inputs, opened: OpenedProject, place: MetadataPlace): Inputs {
  const entries = [...inputs].map(([written, old]) => {
    const bytes = bytesOf(written, opened, place);
    const hash = (algorithm: "md5" | "sha256"): string | null =>
      bytes === null || old[algorithm] === null ? old[algorithm] : createHash(algorithm).update(bytes).digest("hex");
    return [written, { md5: hash("md5"), sha256: hash("sha256") }] as const;
  });
  return new Map(entries);
}

/** Null for a file that was not read. */
function bytesOf(written: string, { found }: OpenedProject, { path, request }: MetadataPlace): Uint8Array | null {
  const resolved = resolveInclude(path, written);
  const decoded = resolved.kind === "path" ? found.files.texts.get(resolved.path) : undefined;
  if (resolved.kind === "outside" || decoded === undefined) {
    return null;
  }
  return encodeText({ ...decoded, text: request?.texts.get(resolved.path) ?? decoded.text });
}
