/** Turns one request into a result: asks the engine, carries holds on, and compares with the pull requests that are open. */
import { CONFIG_PATH } from "#config/config.ts";
import { INDEX_UNREACHABLE } from "#engine/check-pip.ts";
import { CHANNEL_UNREACHABLE, isWholeRun } from "#engine/watch-outages.ts";
import type { Finding } from "#formats/finding.ts";
import { readBranch } from "#github/branches.ts";
import { listOpenPullRequests, type PullRequestState } from "#github/pull-requests.ts";
import { readHolds, type HoldChange } from "#github/texts/commit-message.ts";
import { holdOnlyPullRequest } from "#github/texts/hold-text.ts";
import type { CommitSnapshot } from "#github/repository-snapshot.ts";
import type { Proposal, ProposedPullRequest } from "#planning/proposal.ts";
import type { EngineRun, UpdateRequest } from "../engine.ts";
import type { ServiceContext } from "./context.ts";
import { applyHolds } from "./carried-holds.ts";
import { configurationText, type OpenedRepository } from "./open-repository.ts";
import type { StoredRequest } from "./state.ts";
import type { PlannedPullRequest, RunResult } from "./stored-proposal.ts";

type Asked = Pick<StoredRequest, "request" | "scope" | "hold">;

/** An open pull request of ours and what its branch carries. */
interface OpenBranch {
  readonly pull: PullRequestState;
  readonly group: string;
  readonly holds: readonly HoldChange[];
  readonly ours: boolean;
}

/** The result for one request. Throws for what GitHub refused and for an engine that failed. */
export async function proposeFor(
  context: ServiceContext,
  repository: OpenedRepository,
  asked: Asked,
): Promise<RunResult> {
  const branches = await readOpenBranches(repository);
  if (asked.scope === "open" && branches.length === 0) return emptyResult(repository);
  const run = engineRun(context, repository);
  const proposal = await context.engine.propose(repository.snapshot, asked.request, run);
  const groups = groupsOf(asked, proposal, branches);
  const pullRequests: PlannedPullRequest[] = [];
  const findings = [...proposal.findings];
  for (const group of groups) {
    const found = proposal.pullRequests.find((pull) => pull.group === group);
    const carried = branches.find((branch) => branch.group === group)?.holds ?? [];
    const hold = holdFor(asked, group);
    const held =
      carried.length === 0 && hold === null
        ? { planned: found && { ...found, holds: [] }, findings: [] }
        : await proposeHeld(context, repository, { group, carried, hold, asked, run });
    if ("reason" in held) return { ...emptyResult(repository), problem: held.reason };
    const { planned } = held;
    findings.push(...held.findings.filter((finding) => !findings.some((one) => isSameFinding(one, finding))));
    if (planned !== undefined) pullRequests.push({ ...planned, modes: modesOf(planned, repository.snapshot) });
  }
  const left = leftOver(asked.request, { branches, planned: pullRequests });
  const isWhole = isWholeRun(findings);
  return {
    ...emptyResult(repository),
    pullRequests,
    held: proposal.held,
    findings,
    obsolete: isWhole ? left.map(({ number, branch }) => ({ number, branch })) : [],
    kept: isWhole ? [] : left,
  };
}

function isSameFinding(one: Finding, other: Finding): boolean {
  return one.code === other.code && one.file === other.file && one.line === other.line && one.message === other.message;
}

/** A result that proposes nothing. */
export function emptyResult(repository: OpenedRepository): RunResult {
  const { snapshot, defaultBranch, configuration } = repository;
  return {
    base: { commit: snapshot.commit, tree: snapshot.tree, branch: defaultBranch },
    pullRequests: [],
    held: [],
    findings: [],
    labels: configuration.labels,
    obsolete: [],
    kept: [],
    problem: null,
  };
}

/** What the engine is told about a run in this repository. */
export function engineRun(context: ServiceContext, repository: OpenedRepository): EngineRun {
  return {
    now: context.clock.now(),
    repository: repository.name,
    organisationDefaults: repository.organisationDefaults,
    progress: (event) => context.log.debug({ repository: repository.name, progress: event }, "engine"),
  };
}

async function readOpenBranches(repository: OpenedRepository): Promise<readonly OpenBranch[]> {
  const open: OpenBranch[] = [];
  for (const pull of await listOpenPullRequests(repository.client)) {
    const state = await readBranch(repository.client, pull.branch, repository.bot);
    const holds = state.kind === "ours" ? readHolds(state.message) : [];
    const group = pull.branch.replace(/^relock\//, "");
    open.push({ pull, group, holds, ours: state.kind === "ours" });
  }
  return open;
}

/** The groups to publish: those proposed, those whose branch carries holds, and the one that was asked for. */
function groupsOf(asked: Asked, proposal: Proposal, branches: readonly OpenBranch[]): readonly string[] {
  const proposed = proposal.pullRequests.map((pull) => pull.group);
  const { request } = asked;
  if (request.kind === "relock" && request.group !== null) return [request.group];
  if (request.kind === "packages") return proposed;
  const carrying = branches.filter((branch) => branch.holds.length > 0).map((branch) => branch.group);
  const all = [...new Set([...proposed, ...carrying])];
  const open = new Set(branches.map((branch) => branch.group));
  return asked.scope === "open" ? all.filter((group) => open.has(group)) : all;
}

/** The hold that was asked for, where it is for this group. */
function holdFor({ hold, request }: Asked, group: string): HoldChange | null {
  return request.kind === "relock" && request.group === group ? hold : null;
}

interface HeldGroup {
  readonly group: string;
  readonly carried: readonly HoldChange[];
  readonly hold: HoldChange | null;
  readonly asked: Asked;
  readonly run: EngineRun;
}

interface HeldProposal {
  /** Undefined where nothing is left to propose, or nobody can say. */
  readonly planned: Omit<PlannedPullRequest, "modes"> | undefined;
  readonly findings: readonly Finding[];
}

/** Proposes a group as if its holds stood in the configuration already, which the same pull request then changes. */
async function proposeHeld(
  context: ServiceContext,
  repository: OpenedRepository,
  held: HeldGroup,
): Promise<HeldProposal | { readonly reason: string }> {
  const { snapshot } = repository;
  const before = configurationText(snapshot);
  const applied = applyHolds(before, held.carried, held.hold);
  if (applied.kind === "refused") return { reason: applied.reason.replace(/\.$/, "") };
  const { changes, text } = applied;
  const request: UpdateRequest =
    held.asked.request.kind === "packages" ? held.asked.request : { kind: "relock", group: held.group };
  const content = text === null || text === before ? null : new TextEncoder().encode(text);
  const changed = content === null ? snapshot : withConfiguration(snapshot, content);
  const proposal = await context.engine.propose(changed, request, held.run);
  const found = proposal.pullRequests.find((pull) => pull.group === held.group);
  const { findings } = proposal;
  if (content === null) return { planned: found && { ...found, holds: changes }, findings };
  const outage = findings.find(({ code }) => code === INDEX_UNREACHABLE || code === CHANNEL_UNREACHABLE);
  if (found === undefined && outage !== undefined) {
    // The holds alone would take the place of updates that nobody could look for.
    return held.hold === null
      ? { planned: undefined, findings }
      : { reason: `an index could not be reached: ${outage.message.replace(/\.$/, "")}` };
  }
  const base = found ?? holdOnlyPullRequest(held.group, changes);
  const edits = [...base.edits, { file: CONFIG_PATH, content }];
  return { planned: { ...base, holds: changes, edits }, findings };
}

function withConfiguration(snapshot: CommitSnapshot, content: Uint8Array): CommitSnapshot {
  const file = { path: CONFIG_PATH, mode: "100644" as const, size: content.length, content };
  return { ...snapshot, files: new Map([...snapshot.files, [CONFIG_PATH, file]]) };
}

function modesOf(
  planned: Pick<ProposedPullRequest, "edits">,
  snapshot: CommitSnapshot,
): Readonly<Record<string, string>> {
  const modes = planned.edits.map((edit) => [edit.file, snapshot.files.get(edit.file)?.mode] as const);
  return Object.fromEntries(modes.filter((entry): entry is [string, "100644"] => entry[1] !== undefined));
}

/**
 * Open pull requests whose group is not proposed any more. After a run over everything that met no error, what they
 * proposed is in the base, or not wanted any more.
 */
function leftOver(
  request: UpdateRequest,
  found: { readonly branches: readonly OpenBranch[]; readonly planned: readonly PlannedPullRequest[] },
): RunResult["kept"] {
  if (request.kind === "packages") return [];
  const planned = new Set(found.planned.map((pull) => pull.group));
  return found.branches
    .filter((branch) => request.kind === "weekly" || request.group === null || request.group === branch.group)
    .filter((branch) => branch.ours && !planned.has(branch.group))
    .map(({ pull }) => ({ number: pull.number, branch: pull.branch, headSha: pull.headSha }));
}
