import { createCheckRun, updateCheckRun } from "../actions/checks.ts";
import { editIssue } from "../actions/issues.ts";
import { changeBase, openPull, setPullState } from "../actions/pulls.ts";
import { ApiError, notAccessible, notFound } from "../api-error.ts";
import { renderCommit, renderFileChanges } from "../render/commits.ts";
import { renderCheckRun, renderFullPull, renderPull } from "../render/issues.ts";
import type { CheckRun, Issue, PullRequest } from "../state.ts";
import {
  created,
  ok,
  onRepository,
  optionalText,
  page,
  parameter,
  text,
  type Answer,
  type RepositoryCall,
  type Routes,
} from "./route.ts";

type Json = Record<string, unknown>;

function pullOf(call: RepositoryCall): { issue: Issue; pull: PullRequest } {
  const issue = call.world.issue(call.repository, Number(parameter(call, "pull_number")));
  if (issue.pull === null) throw notFound();
  return { issue, pull: issue.pull };
}

/** `head` is `owner:branch`; without the owner GitHub ignores it. */
function listPulls(call: RepositoryCall): Json[] {
  const { world, repository, query } = call;
  const state = query.get("state") ?? "open";
  const head = query.get("head");
  const base = query.get("base");
  const pulls = world.state.issues
    .filter((one) => one.repository === repository.id && one.pull !== null)
    .filter((one) => state === "all" || one.state === state)
    .filter(
      (one) =>
        head === null ||
        !head.includes(":") ||
        `${repository.owner}:${one.pull?.head}`.toLowerCase() === head.toLowerCase(),
    )
    .filter((one) => base === null || one.pull?.base === base)
    .sort((left, right) => right.number - left.number);
  if (query.get("direction") === "asc") pulls.reverse();
  return pulls.map((one) => renderPull(world, repository, one));
}

function createPull(call: RepositoryCall): Answer {
  const issue = openPull(call.world, call.repository, {
    title: text(call, "title"),
    body: optionalText(call, "body") ?? null,
    head: text(call, "head"),
    base: text(call, "base"),
    draft: call.body["draft"] === true,
    actor: call.actor,
  });
  return created(renderFullPull(call.world, call.repository, issue));
}

function updatePull(call: RepositoryCall): Answer {
  const { world, repository, actor } = call;
  const { issue } = pullOf(call);
  const title = optionalText(call, "title");
  const body = optionalText(call, "body");
  editIssue(world, repository, issue, {
    ...(title === undefined ? {} : { title }),
    ...(body === undefined ? {} : { body }),
    actor,
  });
  const base = optionalText(call, "base");
  if (base !== undefined) changeBase(world, repository, issue, { base, actor });
  const state = call.body["state"];
  if (state === "open" || state === "closed") setPullState(world, repository, issue, { state, actor });
  return ok(renderFullPull(world, repository, issue));
}

function pullFiles(call: RepositoryCall): Json[] {
  const { pull } = pullOf(call);
  const from = call.world.git(call.repository).mergeBase(pull.baseSha, pull.headSha);
  return renderFileChanges(call.world, call.repository, from, pull.headSha);
}

function pullCommits(call: RepositoryCall): Json[] {
  const { pull } = pullOf(call);
  const git = call.world.git(call.repository);
  return git
    .commits(git.log(`${pull.baseSha}..${pull.headSha}`).reverse())
    .map((commit) => renderCommit(call.world, call.repository, commit));
}

function checkRunOf(call: RepositoryCall): CheckRun {
  const id = parameter(call, "check_run_id");
  const found = call.world.state.checkRuns.find(
    (one) => one.repository === call.repository.id && String(one.id) === id,
  );
  if (found === undefined) throw notFound();
  return found;
}

function createCheck(call: RepositoryCall): Answer {
  if (call.caller.kind !== "installation") throw new ApiError(403, "You must authenticate via a GitHub App.");
  return created(renderCheckRun(call.world, call.repository, createCheckRun(call.world, call.repository, call.body)));
}

function updateCheck(call: RepositoryCall): Answer {
  if (call.caller.kind !== "installation") throw notAccessible();
  const run = checkRunOf(call);
  updateCheckRun(call.world, call.repository, run, call.body);
  return ok(renderCheckRun(call.world, call.repository, run));
}

/** The latest of each name, unless all are asked for. */
function listChecks(call: RepositoryCall): Json[] {
  const { world, repository, query } = call;
  const sha = world.git(repository).resolve(parameter(call, "ref"));
  if (sha === null) throw new ApiError(422, `No commit found for SHA: ${parameter(call, "ref")}`);
  const name = query.get("check_name");
  const status = query.get("status");
  const runs = world.state.checkRuns
    .filter((one) => one.repository === repository.id && one.headSha === sha)
    .filter((one) => (name === null || one.name === name) && (status === null || one.status === status))
    .toReversed();
  const latest = runs.filter((one, at) => runs.findIndex((other) => other.name === one.name) === at);
  return (query.get("filter") === "all" ? runs : latest).map((one) => renderCheckRun(world, repository, one));
}

export const pullRoutes: Routes = {
  "GET /repos/{owner}/{repo}/pulls": onRepository([["pull_requests", "read"]], (call) => page(listPulls(call))),
  "POST /repos/{owner}/{repo}/pulls": onRepository([["pull_requests", "write"]], createPull),
  "GET /repos/{owner}/{repo}/pulls/{pull_number}": onRepository([["pull_requests", "read"]], (call) =>
    ok(renderFullPull(call.world, call.repository, pullOf(call).issue)),
  ),
  "PATCH /repos/{owner}/{repo}/pulls/{pull_number}": onRepository([["pull_requests", "write"]], updatePull),
  "GET /repos/{owner}/{repo}/pulls/{pull_number}/files": onRepository([["pull_requests", "read"]], (call) =>
    page(pullFiles(call)),
  ),
  "GET /repos/{owner}/{repo}/pulls/{pull_number}/commits": onRepository([["pull_requests", "read"]], (call) =>
    page(pullCommits(call)),
  ),
  "POST /repos/{owner}/{repo}/check-runs": onRepository([["checks", "write"]], createCheck),
  "GET /repos/{owner}/{repo}/check-runs/{check_run_id}": onRepository([["checks", "read"]], (call) =>
    ok(renderCheckRun(call.world, call.repository, checkRunOf(call))),
  ),
  "PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}": onRepository([["checks", "write"]], updateCheck),
  "GET /repos/{owner}/{repo}/commits/{ref}/check-runs": onRepository([["checks", "read"]], (call) =>
    page(listChecks(call), "check_runs"),
  ),
};
