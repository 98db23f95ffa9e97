/** What a channel or an index could not answer, as a finding about the project that needed it. */
import type { Finding } from "#formats/finding.ts";
import type { Project } from "#formats/project.ts";
import type { IndexProblem } from "#packaging/index-records.ts";
import type { CondaTarget } from "./conda-workspace.ts";
import { INDEX_UNREACHABLE } from "../check-pip.ts";

/** What cannot be reached says nothing of the project; what cannot be read is wrong by itself. */
export function channelProblem(project: Project, { kind, message }: IndexProblem): Finding {
  const isOutage = kind === "unreachable" || kind === "offline" || kind === "blocked-address";
  const file = project.lock?.path ?? project.id;
  return {
    code: isOutage ? INDEX_UNREACHABLE : "unreadable-channel",
    severity: "error",
    file,
    line: null,
    message: `Whether ${file} can be installed is not known, because a channel or an index could not be asked: ${message}`,
    targets: [],
  };
}

/** A clause as a sentence of its own. */
export function sentence(clause: string): string {
  const text = clause.charAt(0).toUpperCase() + clause.slice(1);
  return text.endsWith(".") ? text : `${text}.`;
}

/** Without what differs by the target alone, so that targets that fail in the same way are told together. */
export function ofThisTarget(text: string, { id, platform }: Pick<CondaTarget, "id" | "platform">): string {
  // `(conda-forge/linux-64)` behind a package is the folder of its channel.
  return text
    .replaceAll(`/${platform})`, ")")
    .replaceAll(`/${platform},`, ",")
    .replaceAll(`the target ${platform}`, "this target")
    .replaceAll(id, "this target")
    .replaceAll(platform, "this target");
}
