/**
 * An engine without a solver: pins of requirements.txt move to what a JSON file says is new. It holds what `hold:` in the
 * configuration names, and can be made to crash, to hang or to fail by a file of that name in the repository.
 */
import { readFileSync } from "node:fs";
import type { Finding } from "#formats/finding.ts";
import type { RepositorySnapshot } from "#formats/repository-snapshot.ts";
import type { PackageChange, Proposal, ProposedPullRequest } from "#planning/proposal.ts";
import type { Engine, UpdateRequest } from "../../../src/engine.ts";

/** Group to package to newest version. The group `unreachable` holds URLs of indexes that do not answer, with reasons. */
export type FakeIndex = Readonly<Record<string, Readonly<Record<string, string>>>>;

const FILE = "requirements.txt";

export function createFakeEngine(indexFile: string): Engine {
  return {
    async propose(snapshot, request, run) {
      misbehave(snapshot);
      run.progress({ kind: "phase", message: "solving" });
      const { unreachable = {}, ...index }: FakeIndex = JSON.parse(readFileSync(indexFile, "utf8"));
      const pullRequests = Object.entries(index)
        .filter(([group]) => isAsked(request, group))
        .flatMap(([group, newest]) => proposeGroup(snapshot, request, { group, newest }) ?? []);
      const findings = Object.entries(unreachable).map(([url, reason]) => outage(url, reason));
      return { pullRequests, held: [], findings } satisfies Proposal;
    },
    async explain(snapshot, name) {
      misbehave(snapshot);
      return `\`${name}\` is at ${pinsOf(snapshot).get(name) ?? "no version"}.`;
    },
  };
}

function outage(url: string, reason: string): Finding {
  const message = `${url} could not be reached: ${reason}.`;
  return { code: "index-unreachable", severity: "error", file: FILE, line: 1, message, targets: [] };
}

function isAsked(request: UpdateRequest, group: string): boolean {
  return request.kind !== "relock" || request.group === null || request.group === group;
}

function proposeGroup(
  snapshot: RepositorySnapshot,
  request: UpdateRequest,
  asked: { readonly group: string; readonly newest: Readonly<Record<string, string>> },
): ProposedPullRequest | null {
  const pins = pinsOf(snapshot);
  const held = textOf(snapshot, ".github/relock.yml");
  const changes: PackageChange[] = [];
  for (const [name, newest] of Object.entries(asked.newest)) {
    const named = request.kind === "packages" ? request.packages.find((one) => one.name === name) : undefined;
    const from = pins.get(name);
    const to = named?.version ?? newest;
    if (from === undefined || from === to || held.includes(`  ${name}: `)) continue;
    if (request.kind === "packages" && named === undefined) continue;
    changes.push({ name, from, to, direct: true, targets: [] });
    pins.set(name, to);
  }
  if (changes.length === 0) return null;
  const text = [...pins].map(([name, version]) => `${name}==${version}\n`).join("");
  const moves = changes.map((change) => `- ${change.name} ${change.from} -> ${change.to}`).join("\n");
  return {
    group: asked.group,
    branch: `relock/${asked.group}`,
    title: `Update ${changes.map((change) => change.name).join(", ")}`,
    body: `Moves:\n\n${moves}`,
    edits: [{ file: FILE, content: new TextEncoder().encode(text) }],
    changes,
  };
}

function pinsOf(snapshot: RepositorySnapshot): Map<string, string> {
  const lines = textOf(snapshot, FILE)
    .split("\n")
    .filter((line) => line.includes("=="));
  return new Map(lines.map((line) => line.trim().split("==") as [string, string]));
}

function textOf(snapshot: RepositorySnapshot, path: string): string {
  return new TextDecoder().decode(snapshot.files.get(path)?.content ?? new Uint8Array());
}

function misbehave(snapshot: RepositorySnapshot): void {
  // eslint-disable-next-line unicorn/no-process-exit
  if (snapshot.files.has("crash.txt")) process.exit(7);
  if (snapshot.files.has("fail.txt")) throw new Error("the solver met a bug");
  while (snapshot.files.has("hang.txt")) {
    // Only the wall clock of the pool ends this.
  }
}
