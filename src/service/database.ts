/** Opens the database that holds the queue and the state: embedded, or the PostgreSQL of DATABASE_URL. */
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { PgBoss, fromPglite } from "pg-boss";
import { lockDataFolder } from "./data-folder-lock.ts";

export type DatabaseLocation =
  { readonly kind: "embedded"; readonly folder: string } | { readonly kind: "postgres"; readonly url: string };

export interface OpenDatabase {
  readonly boss: PgBoss;
  /** Whether no other process can be at work on the same jobs. */
  readonly exclusive: boolean;
  close(): Promise<void>;
}

export type DatabaseAnswer =
  { readonly kind: "open"; readonly database: OpenDatabase } | { readonly kind: "refused"; readonly reason: string };

/** Runs one statement; the same for both kinds of database. */
export type ExecuteSql = (text: string, values?: unknown[]) => Promise<{ rows: Record<string, unknown>[] }>;

const INTERVALS = {
  superviseIntervalSeconds: 10,
  maintenanceIntervalSeconds: 3600,
  monitorIntervalSeconds: 10,
  cronMonitorIntervalSeconds: 30,
  cronWorkerIntervalSeconds: 5,
  monitorVacuum: false,
} as const;

/** Opens the database. The queue is not started yet. */
export async function openDatabase(location: DatabaseLocation): Promise<DatabaseAnswer> {
  if (location.kind === "postgres") {
    const boss = new PgBoss({
      connectionString: location.url,
      useListenNotify: true,
      application_name: "relock",
      ...INTERVALS,
    });
    return { kind: "open", database: { boss, exclusive: false, close: async () => undefined } };
  }
  const answer = await lockDataFolder(location.folder);
  if (answer.kind === "refused") return answer;
  const pglite = await openEmbedded(join(location.folder, "state"), () => answer.lock.release());
  const boss = new PgBoss({
    db: fromPglite(pglite),
    backend: "pglite",
    useListenNotify: true,
    ...INTERVALS,
  });
  const close = async (): Promise<void> => {
    await pglite.close();
    await answer.lock.release();
  };
  return { kind: "open", database: { boss, exclusive: true, close } };
}

async function openEmbedded(folder: string, release: () => Promise<void>): Promise<PGlite> {
  try {
    return await PGlite.create(folder);
  } catch (error) {
    await release();
    throw new Error(`the embedded database in ${folder} does not open`, { cause: error });
  }
}
