/** Check runs of the app on commits. */
import { ApiError, invalid } from "../api-error.ts";
import { renderCheckRunEvent } from "../render/issues.ts";
import type { CheckRun, Repository } from "../state.ts";
import type { ActorLogin, World } from "../world.ts";
import { announce } from "./events.ts";

type Json = Record<string, unknown>;

const TEXT_LIMIT = 65_535;
const ANNOTATIONS_PER_REQUEST = 50;

/** @throws ApiError 422 where the commit is not there */
export function createCheckRun(world: World, repository: Repository, body: Json): CheckRun {
  const headSha = String(body["head_sha"]);
  if (world.git(repository).commit(headSha) === null) throw new ApiError(422, `No commit found for SHA: ${headSha}`);
  const run: CheckRun = {
    id: world.nextId(),
    repository: repository.id,
    headSha,
    name: String(body["name"]),
    status: "queued",
    conclusion: null,
    externalId: "",
    detailsUrl: null,
    startedAt: world.now(),
    completedAt: null,
    title: null,
    summary: null,
    text: null,
    annotations: [],
    actions: [],
  };
  apply(world, run, body);
  world.state.checkRuns.push(run);
  tellCheckRun(world, repository, {
    run,
    action: run.status === "completed" ? "completed" : "created",
    actor: world.botLogin(),
  });
  return run;
}

export function updateCheckRun(world: World, repository: Repository, run: CheckRun, body: Json): void {
  const before = run.status;
  apply(world, run, body);
  if (run.status === "completed" && before !== "completed") {
    tellCheckRun(world, repository, { run, action: "completed", actor: world.botLogin() });
  }
}

const text = (value: unknown): string | null => (typeof value === "string" ? value : null);

function checkText(field: string, value: string | null): void {
  if (value !== null && value.length > TEXT_LIMIT) {
    const message = `${field} exceeds a maximum length of ${TEXT_LIMIT} characters`;
    throw invalid({ resource: "CheckRun", field, code: "custom", message });
  }
}

function applyOutput(run: CheckRun, output: Json): void {
  const annotations = (output["annotations"] ?? []) as Json[];
  if (annotations.length > ANNOTATIONS_PER_REQUEST) {
    throw invalid({
      resource: "CheckRun",
      field: "annotations",
      code: "custom",
      message: "exceeds a maximum quantity of 50",
    });
  }
  checkText("summary", text(output["summary"]));
  checkText("text", text(output["text"]));
  run.title = text(output["title"]) ?? run.title;
  run.summary = text(output["summary"]) ?? run.summary;
  run.text = text(output["text"]) ?? run.text;
  run.annotations.push(...annotations);
}

function apply(world: World, run: CheckRun, body: Json): void {
  if (body["output"] !== undefined) applyOutput(run, body["output"] as Json);
  run.name = text(body["name"]) ?? run.name;
  run.externalId = text(body["external_id"]) ?? run.externalId;
  run.detailsUrl = text(body["details_url"]) ?? run.detailsUrl;
  run.startedAt = text(body["started_at"]) ?? run.startedAt;
  const conclusion = text(body["conclusion"]);
  const status = text(body["status"]);
  if (status === "completed" && conclusion === null && run.conclusion === null) {
    throw invalid({ resource: "CheckRun", field: "conclusion", code: "missing_field" });
  }
  if (conclusion !== null) {
    run.conclusion = conclusion;
    run.status = "completed";
    run.completedAt = text(body["completed_at"]) ?? world.now();
  } else if (status !== null) {
    run.status = status;
    // A run that starts again is open again.
    if (status !== "completed") {
      run.conclusion = null;
      run.completedAt = null;
    }
  }
}

export interface CheckRunEvent {
  readonly run: CheckRun;
  readonly action: "created" | "completed" | "rerequested";
  readonly actor: ActorLogin;
}

export function tellCheckRun(world: World, repository: Repository, event: CheckRunEvent): void {
  announce(world, repository, {
    name: "check_run",
    action: event.action,
    actor: event.actor,
    payload: { check_run: renderCheckRunEvent(world, repository, event.run) },
  });
}
