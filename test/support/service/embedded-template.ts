/** Data folders for tests: the embedded database is made once on a machine and copied, which saves seconds a test. */
import { existsSync, readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { fromPglite, PgBoss } from "pg-boss";

/** Puts a fresh, empty database into `folder` as the service would make it there. */
export async function fillDataFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await cp(await templateFolder(), join(folder, "state"), { recursive: true });
}

async function templateFolder(): Promise<string> {
  const manifest = new URL("../../../node_modules/@electric-sql/pglite/package.json", import.meta.url);
  const { version }: { readonly version: string } = JSON.parse(readFileSync(manifest, "utf8"));
  const user = process.getuid?.() ?? 0;
  const template = join(tmpdir(), `relock-test-state-${version}-${String(user)}`);
  if (existsSync(template)) return template;
  const draft = await mkdtemp(`${template}-`);
  const database = await PGlite.create(draft);
  // The queue's tables too: making them takes as long as making the database.
  const boss = new PgBoss({ db: fromPglite(database), backend: "pglite" });
  await boss.start();
  await boss.stop({ graceful: false });
  await database.close();
  // Another test file may have been faster.
  await rename(draft, template).catch(() => rm(draft, { recursive: true, force: true }));
  return template;
}
