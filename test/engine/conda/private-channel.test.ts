/** A private channel whose secret is a variable in the repository and a mirror of the operator. */
import { expect, test } from "@jest/globals";
import { lockProjects } from "#engine/lock-projects.ts";
import { findProjects } from "#formats/find-projects.ts";
import { testContext, textSnapshot } from "../../support/engine.ts";
import { openTestChannels } from "../../support/open-test-channels.ts";
import { emptyLock } from "../../support/small-conda.ts";

const { serve, session } = openTestChannels();

test("is read where the mirror says, and recorded as it is written", async () => {
  const md5 = "0".repeat(32);
  const files = [{ name: "inside", version: "1.0", subdir: "noarch", fields: { md5 } }];
  const server = await serve({ channels: { "t/s3cret/private": { files } } });
  const url = "https://host.example/t/${TOKEN}/private";
  const opened = session(server, { mirrors: [{ from: url, to: `${server.origin}/t/s3cret/private` }] });
  const snapshot = textSnapshot({
    "environment.yml": `channels:\n  - ${url}\nplatforms:\n  - linux-64\ndependencies:\n  - inside\n`,
    "conda-lock.yml": emptyLock(["linux-64"], ["environment.yml"]),
  });
  const found = findProjects(snapshot, { targets: null, isIncluded: () => true });
  const context = {
    ...testContext({ releases: [] }),
    openChannels: opened.openChannels,
    openNames: opened.openNames,
    hasMirror: opened.hasMirror,
  };
  const request = { packages: [], upgrade: false };
  const result = await lockProjects(context, found, request);
  expect(result.failures).toEqual([]);
  const [edit] = result.edits;
  const text = Buffer.from(edit?.content ?? []).toString("utf8");
  expect(text).toContain(`  - url: ${url}\n    used_env_vars:\n    - '{TOKEN}'\n`);
  expect(text).toContain("url: https://host.example/private/noarch/inside-1.0-0.conda");
  expect(JSON.stringify([text, result])).not.toMatch(/s3cret|127\.0\.0\.1/u);

  const unknown = await lockProjects({ ...context, hasMirror: () => false }, found, request);
  expect(unknown.failures).toMatchObject([{ file: "environment.yml", line: 2 }]);
});
