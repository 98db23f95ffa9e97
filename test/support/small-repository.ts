/** Small repositories as whole runs see them: locked as their index was, proposed for as it is later. */
import { lockProjects } from "#engine/lock-projects.ts";
import { findProjects } from "#formats/find-projects.ts";
import type { RepositorySnapshot } from "#formats/repository-snapshot.ts";
import type { Proposal } from "#planning/proposal.ts";
import { proposeUpdates } from "#propose-updates.ts";
import type { UpdateRequest } from "../../src/engine.ts";
import { testContext, textSnapshot, type TestWorld } from "./engine.ts";
import type { TestRelease } from "./index-data.ts";

export const NOW = Date.parse("2026-06-01T00:00:00Z");
export const OLD = "2026-01-01T00:00:00Z";
export const YOUNG = "2026-05-30T00:00:00Z";

export function release(name: string, version: string, requiresDist: string[] = [], uploadTime = OLD): TestRelease {
  return { name, version, requiresDist, uploadTime };
}

export const textOf = (proposal: Proposal, group: string, file: string): string => {
  const edit = proposal.pullRequests.find((pull) => pull.group === group)?.edits.find((one) => one.file === file);
  return edit === undefined ? "" : Buffer.from(edit.content).toString("utf8");
};

export const groups = (proposal: Proposal): string[] => proposal.pullRequests.map((pull) => pull.group);

/** Locks a repository as its index was, so that every fixture starts from a true lock. */
export async function locked(
  files: Readonly<Record<string, string>>,
  releases: readonly TestRelease[],
): Promise<RepositorySnapshot> {
  const snapshot = textSnapshot(files);
  const context = testContext({ releases, now: NOW });
  const result = await lockProjects(context, findProjects(snapshot, { targets: null, isIncluded: () => true }), {
    packages: [],
    upgrade: true,
  });
  if (result.failures.length > 0) {
    throw new Error(JSON.stringify(result.failures));
  }
  const edits = result.edits.map((edit) => [edit.file, Buffer.from(edit.content).toString("utf8")] as const);
  return textSnapshot({ ...files, ...Object.fromEntries(edits) });
}

export function propose(
  snapshot: RepositorySnapshot,
  world: Omit<TestWorld, "now">,
  request: UpdateRequest = { kind: "weekly" },
): Promise<Proposal> {
  return proposeUpdates(testContext({ ...world, now: NOW }), snapshot, { request, organisationDefaults: null });
}

export function pyproject(dependencies: string): string {
  return `[tool.poetry]\nname = "project"\nversion = "1.0.0"\ndescription = ""\nauthors = []\n\n[tool.poetry.dependencies]\npython = "~3.12"\n${dependencies}`;
}
