/** What the service remembers: repositories with their next run, and requests with what became of them. */
import type { UpdateRequest } from "../engine.ts";
import type { HoldChange } from "#github/texts/commit-message.ts";
import type { ExecuteSql } from "./database.ts";

/** A command that waits for the outcome of a request. */
export interface RequestOrigin {
  readonly issue: number;
  readonly comment: number;
  /** Which of the comment's commands it is. */
  readonly section: number;
}

/** Something to be done for a repository. */
export interface RunRequest {
  /** The same for the same cause: a second delivery does not make a second request. */
  readonly id: string;
  readonly repository: string;
  readonly installation: number;
  readonly request: UpdateRequest;
  /** `all`: new pull requests may be opened. `open`: only those that are open are brought up to date. */
  readonly scope: "all" | "open";
  readonly hold: HoldChange | null;
  readonly origin: RequestOrigin | null;
}

export type StoredRequest = RunRequest & {
  readonly state: "pending" | "proposed" | "done";
  /** JSON of what was proposed (service/stored-proposal.ts); null before. */
  readonly proposal: string | null;
};

export interface StoredRepository {
  readonly repository: string;
  readonly installation: number;
  /** Milliseconds since the epoch. */
  readonly nextRun: number;
}

export interface ServiceState {
  prepare(): Promise<void>;
  /** Adds the repository, or notes that it belongs to another installation now. True where it was not known. */
  addRepository(repository: StoredRepository): Promise<boolean>;
  setNextRun(repository: string, nextRun: number): Promise<void>;
  /** Moves a run that is still to come. One that is due at `now` stays: its sweep has not seen it yet. */
  moveNextRun(repository: string, nextRun: number, now: number): Promise<void>;
  removeRepository(repository: string): Promise<void>;
  removeInstallation(installation: number): Promise<void>;
  dueRepositories(now: number): Promise<readonly StoredRepository[]>;
  installationOf(repository: string): Promise<number | null>;
  addRequest(request: RunRequest, now: number): Promise<void>;
  requestsIn(repository: string, state: "pending" | "proposed"): Promise<readonly StoredRequest[]>;
  setProposed(id: string, proposal: string): Promise<void>;
  /** Ends a request; `outcome` is for the run history. */
  finish(id: string, outcome: object, now: number): Promise<void>;
  /** Repositories with requests in a state: what a killed process left. */
  repositoriesWith(
    state: "pending" | "proposed",
  ): Promise<readonly { readonly repository: string; readonly installation: number }[]>;
  /** The newest ended requests of a repository, with their outcomes. */
  history(repository: string): Promise<readonly { readonly id: string; readonly outcome: unknown }[]>;
}

const TABLES = `
  CREATE SCHEMA IF NOT EXISTS relock;
  CREATE TABLE IF NOT EXISTS relock.repositories (
    repository text PRIMARY KEY,
    installation bigint NOT NULL,
    next_run bigint NOT NULL
  );
  CREATE TABLE IF NOT EXISTS relock.requests (
    id text PRIMARY KEY,
    repository text NOT NULL,
    installation bigint NOT NULL,
    request text NOT NULL,
    state text NOT NULL,
    proposal text,
    outcome text,
    created bigint NOT NULL,
    finished bigint,
    sequence bigserial
  );
  CREATE INDEX IF NOT EXISTS requests_open ON relock.requests (repository, state) WHERE state <> 'done';
`;
/** The history of a repository goes back this far. */
const KEPT_MS = 120 * 24 * 3600 * 1000;

/** The state in the tables of schema `relock`, beside the queue's own. */
export function createServiceState(sql: ExecuteSql): ServiceState {
  return { prepare: () => prepare(sql), ...repositoryState(sql), ...requestState(sql) };
}

async function prepare(sql: ExecuteSql): Promise<void> {
  await sql(TABLES);
}

type RepositoryState = Pick<
  ServiceState,
  | "addRepository"
  | "setNextRun"
  | "moveNextRun"
  | "removeRepository"
  | "removeInstallation"
  | "dueRepositories"
  | "installationOf"
>;

function repositoryState(sql: ExecuteSql): RepositoryState {
  return {
    async addRepository({ repository, installation, nextRun }) {
      const { rows } = await sql(
        `INSERT INTO relock.repositories (repository, installation, next_run) VALUES ($1, $2, $3)
         ON CONFLICT (repository) DO UPDATE SET installation = excluded.installation
         RETURNING (xmax = 0) AS added`,
        [repository, installation, nextRun],
      );
      return rows[0]?.["added"] === true;
    },
    async setNextRun(repository, nextRun) {
      await sql("UPDATE relock.repositories SET next_run = $2 WHERE repository = $1", [repository, nextRun]);
    },
    async moveNextRun(repository, nextRun, now) {
      await sql("UPDATE relock.repositories SET next_run = $2 WHERE repository = $1 AND next_run > $3", [
        repository,
        nextRun,
        now,
      ]);
    },
    async removeRepository(repository) {
      await sql("DELETE FROM relock.requests WHERE repository = $1 AND state <> 'done'", [repository]);
      await sql("DELETE FROM relock.repositories WHERE repository = $1", [repository]);
    },
    async removeInstallation(installation) {
      await sql("DELETE FROM relock.requests WHERE installation = $1 AND state <> 'done'", [installation]);
      await sql("DELETE FROM relock.repositories WHERE installation = $1", [installation]);
    },
    async dueRepositories(now) {
      const { rows } = await sql(
        "SELECT * FROM relock.repositories WHERE next_run <= $1 ORDER BY next_run, repository",
        [now],
      );
      return rows.map((row) => ({
        repository: String(row["repository"]),
        installation: Number(row["installation"]),
        nextRun: Number(row["next_run"]),
      }));
    },
    async installationOf(repository) {
      const { rows } = await sql("SELECT installation FROM relock.repositories WHERE repository = $1", [repository]);
      return rows[0] === undefined ? null : Number(rows[0]["installation"]);
    },
  };
}

type RequestState = Omit<ServiceState, keyof RepositoryState | "prepare">;

function requestState(sql: ExecuteSql): RequestState {
  return {
    async addRequest(request, now) {
      await sql(
        `INSERT INTO relock.requests (id, repository, installation, request, state, created)
         VALUES ($1, $2, $3, $4, 'pending', $5) ON CONFLICT (id) DO NOTHING`,
        [request.id, request.repository, request.installation, JSON.stringify(request), now],
      );
    },
    async requestsIn(repository, state) {
      const { rows } = await sql(
        "SELECT * FROM relock.requests WHERE repository = $1 AND state = $2 ORDER BY sequence",
        [repository, state],
      );
      return rows.map(toStoredRequest);
    },
    async setProposed(id, proposal) {
      await sql("UPDATE relock.requests SET state = 'proposed', proposal = $2 WHERE id = $1 AND state = 'pending'", [
        id,
        proposal,
      ]);
    },
    async finish(id, outcome, now) {
      await sql(
        `UPDATE relock.requests SET state = 'done', proposal = NULL, outcome = $2, finished = $3
         WHERE id = $1 AND state <> 'done'`,
        [id, JSON.stringify(outcome), now],
      );
      await sql("DELETE FROM relock.requests WHERE state = 'done' AND finished < $1", [now - KEPT_MS]);
    },
    async repositoriesWith(state) {
      const { rows } = await sql(
        "SELECT repository, max(installation) AS installation FROM relock.requests WHERE state = $1 GROUP BY repository",
        [state],
      );
      return rows.map((row) => ({
        repository: String(row["repository"]),
        installation: Number(row["installation"]),
      }));
    },
    async history(repository) {
      const { rows } = await sql(
        `SELECT id, outcome FROM relock.requests WHERE repository = $1 AND state = 'done'
         ORDER BY sequence DESC LIMIT 50`,
        [repository],
      );
      return rows.map((row) => ({
        id: String(row["id"]),
        outcome: JSON.parse(String(row["outcome"])) as unknown,
      }));
    },
  };
}

function toStoredRequest(row: Record<string, unknown>): StoredRequest {
  const request = JSON.parse(String(row["request"])) as RunRequest;
  const proposal = row["proposal"];
  return {
    ...request,
    state: row["state"] as StoredRequest["state"],
    proposal: typeof proposal === "string" ? proposal : null,
  };
}
