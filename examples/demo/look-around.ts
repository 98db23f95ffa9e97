/** `--keep`: everything goes on running, and comments can be written. */
import { join } from "node:path";
import { createInterface } from "node:readline";
import { renderConversation, renderingFor } from "./render/pull-request.ts";
import type { DemoWorld } from "./world.ts";

/** Says where everything is, and takes comments from stdin until the demo is interrupted. */
export async function keepRunning(world: DemoWorld, resultFolder: string, interruption: Promise<void>): Promise<void> {
  const { people, login } = world.organisation;
  const [first = "", second = ""] = world.repositories().map(({ record }) => record.name);
  process.stderr.write(`Everything is still running; Ctrl-C ends it.

  service   ${world.service.url}/readyz
  GitHub    ${world.github.url}/repos/${login}/${first}/pulls
  index     ${world.index.url}/
  channel   ${world.channel.origin}/conda-forge
  folder    ${resultFolder}
  git       git -C ${join(resultFolder, login, first)}.git log --all --graph --stat

To comment as ${people.maintainer}, write a repository, the number of a pull request and the comment: ${second} 1 /relock help
`);
  const lines = createInterface({ input: process.stdin });
  let busy: Promise<void> = Promise.resolve();
  lines.on("line", (line) => {
    busy = busy.then(() => commentOn(world, line));
  });
  await interruption;
  lines.close();
  // Whoever looked around may have asked in ways that GitHub does not describe.
  world.github.takeViolations();
}

async function commentOn(world: DemoWorld, line: string): Promise<void> {
  const { people } = world.organisation;
  const [, name = "", digits = "", body = ""] = /^\s*([^\s#]+)\s*#?(\d+)\s+(\S.*)$/u.exec(line) ?? [];
  const number = Number(digits);
  const repository = world.repositories().find((one) => one.record.name === name);
  if (repository?.pullRequests().some((pull) => pull.number === number) !== true) {
    process.stderr.write("That is not a repository, the number of a pull request and a comment.\n");
    return;
  }
  try {
    repository.comment(number, people.maintainer, body);
    await world.quiet();
    const text = renderConversation(repository, number, renderingFor(process.stdout)).join("\n");
    process.stdout.write(`${text}\n\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  }
}
