/** The folder that the demo leaves behind. */
import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { proposalJson } from "#cli/write-proposal.ts";
import { DemoFailure } from "./failure.ts";
import type { DemoWorld } from "./world.ts";

/**
 * Makes the folder, or takes an empty one that is there.
 * @throws DemoFailure where `out` is a file or has something in it
 */
export async function openResultFolder(out: string | null): Promise<string> {
  if (out === null) return realpath(await mkdtemp(join(tmpdir(), "relock-demo-")));
  const folder = resolve(out);
  const entries = await mkdir(folder, { recursive: true }).then(
    () => readdir(folder),
    (error: unknown) => {
      throw new DemoFailure(`${folder} cannot be made: ${error instanceof Error ? error.message : String(error)}`);
    },
  );
  if (entries.length > 0) throw new DemoFailure(`${folder} is not empty: name another folder with --out`);
  return folder;
}

/** Writes `<owner>/<name>/proposal.json` beside each `<owner>/<name>.git`. */
export async function writeProposals(world: DemoWorld, resultFolder: string): Promise<void> {
  for (const { owner, name } of world.github.world.state.repositories) {
    const repository = world.github.repository(owner, name);
    const folder = join(resultFolder, owner, name);
    await mkdir(folder, { recursive: true });
    const proposal = await world.proposals.proposalFor(repository.fullName);
    const branches = new Set(repository.pullRequests("open").map((one) => one.pull.head));
    const open = proposal.pullRequests.filter(({ branch }) => branches.has(branch));
    const json = proposalJson({ ...proposal, pullRequests: open });
    await writeFile(join(folder, "proposal.json"), `${JSON.stringify(json, null, 2)}\n`);
  }
}

/** Takes away a folder that the demo itself made. */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}
