/**
 * What the service proposed last for each group, taken from its own tables when it was stored there: after the
 * publication nobody needs it any more, and the service forgets it.
 */
import type { HeldUpdate, Proposal, ProposedPullRequest } from "#planning/proposal.ts";
import type { ServiceState, StoredRequest } from "#service/state.ts";
import { readResult, type PlannedPullRequest, type RunResult } from "#service/stored-proposal.ts";

export interface ProposalRecord {
  /** From now on, proposals are read from there. */
  attach(state: ServiceState): void;
  /** To be called after each step of the service. */
  onStep(step: string): void;
  /** What stands proposed for a repository, once everything that was stored has been read. */
  proposalFor(repository: string): Promise<Proposal>;
  /** Why the last run proposed nothing; null where it met no problem. */
  problemOf(repository: string): Promise<string | null>;
}

export function createProposalRecord(): ProposalRecord {
  const standing = new Map<string, RunResult>();
  let state: ServiceState | null = null;
  let reading = Promise.resolve();
  const readAll = async (): Promise<void> => {
    for (const { repository } of (await state?.repositoriesWith("proposed")) ?? []) {
      for (const request of (await state?.requestsIn(repository, "proposed")) ?? []) {
        standing.set(repository, combine(standing.get(repository), request));
      }
    }
  };
  const resultFor = async (repository: string): Promise<RunResult | undefined> => {
    await reading;
    return standing.get(repository);
  };
  return {
    attach(attached) {
      state = attached;
    },
    onStep(step) {
      // The service goes on meanwhile, but its next question to the database is answered after ours.
      if (step === "proposal-stored") reading = reading.then(readAll);
    },
    async proposalFor(repository) {
      const result = await resultFor(repository);
      const { pullRequests = [], held = [], findings = [] } = result ?? {};
      return { pullRequests: pullRequests.map(withoutPlan), held, findings };
    },
    problemOf: async (repository) => (await resultFor(repository))?.problem ?? null,
  };
}

/** A run over everything replaces what stood; a run for one group replaces that group. */
function combine(before: RunResult | undefined, { request, proposal }: StoredRequest): RunResult {
  const result = readResult(proposal ?? "");
  if (before === undefined || request.kind !== "relock" || request.group === null) return result;
  const others = before.pullRequests.filter((pull) => pull.group !== request.group);
  return {
    ...result,
    pullRequests: [...result.pullRequests, ...others],
    held: [...result.held, ...stillHeld(before.held, result)],
  };
}

/** What an earlier run held, and the later one neither moved nor spoke of. */
function stillHeld(before: readonly HeldUpdate[], result: RunResult): readonly HeldUpdate[] {
  const changes = result.pullRequests.flatMap((pull) => pull.changes);
  const known = new Set([...result.held, ...changes].map((one) => one.name));
  return before.filter((one) => !known.has(one.name));
}

function withoutPlan(planned: PlannedPullRequest): ProposedPullRequest {
  const { group, branch, title, body, edits, changes } = planned;
  return { group, branch, title, body, edits, changes };
}
