/** A proposal as it waits in the database between the run that made it and its publication. */
import type { FileEdit, Proposal, ProposedPullRequest } from "#planning/proposal.ts";
import type { HoldChange } from "#github/texts/commit-message.ts";

/** What a run found, for one request. */
export interface RunResult {
  /** What it was made for; null where nothing could be read. */
  readonly base: { readonly commit: string; readonly tree: string; readonly branch: string } | null;
  readonly pullRequests: readonly PlannedPullRequest[];
  readonly held: Proposal["held"];
  readonly findings: Proposal["findings"];
  readonly labels: readonly string[];
  /** Open pull requests of ours for which nothing is left to propose. */
  readonly obsolete: readonly { readonly number: number; readonly branch: string }[];
  /** Open pull requests of ours that are not proposed any more, after a run with errors: that proves nothing. */
  readonly kept: readonly { readonly number: number; readonly branch: string; readonly headSha: string }[];
  /** Why nothing was proposed: the configuration is invalid, the engine failed, the repository is archived. */
  readonly problem: string | null;
}

/** A proposed pull request, with what its branch needs. */
export type PlannedPullRequest = ProposedPullRequest & {
  /** What people asked to hold on this branch. */
  readonly holds: readonly HoldChange[];
  /** Git's mode of each edited file on the base. */
  readonly modes: Readonly<Record<string, string>>;
};

interface StoredEdit {
  readonly file: string;
  readonly base64: string;
}

/** JSON; contents in base64, because a lockfile is bytes. */
export function storeResult(result: RunResult): string {
  const pullRequests = result.pullRequests.map((pull) => ({
    ...pull,
    edits: pull.edits.map((edit): StoredEdit => {
      return { file: edit.file, base64: Buffer.from(edit.content).toString("base64") };
    }),
  }));
  return JSON.stringify({ ...result, pullRequests });
}

/** Reads what `storeResult` wrote. */
export function readResult(text: string): RunResult {
  const stored = JSON.parse(text) as Omit<RunResult, "pullRequests"> & {
    readonly pullRequests: readonly (Omit<PlannedPullRequest, "edits"> & {
      readonly edits: readonly StoredEdit[];
    })[];
  };
  const pullRequests = stored.pullRequests.map((pull) => ({
    ...pull,
    edits: pull.edits.map((edit): FileEdit => {
      return { file: edit.file, content: Buffer.from(edit.base64, "base64") };
    }),
  }));
  return { ...stored, pullRequests };
}
