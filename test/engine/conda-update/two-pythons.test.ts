/** Environments of one set that are on different minor versions of Python. */
import { expect, test } from "@jest/globals";
import { conda, emptyLock, lockedConda, proposeConda } from "../../support/small-conda.ts";
import { groups, textOf } from "../../support/small-repository.ts";

const on = { platforms: ["linux-64"] };
const python = (version: string) => conda(`python ${version} 0`, [], on);
const old = (minor: number) => conda(`old 1.0 py3${minor}_0`, [`python >=3.${minor},<3.${minor + 1}.0a0`], on);

test.each([
  ["first", "a", "b"],
  ["last", "b", "a"],
])("the oldest Python decides which minor is newer, also where it comes %s", async (_where, oldest, newest) => {
  const file = (name: string) =>
    `channels: [conda-forge]\ndependencies:\n  - python\n  - ${name}\nplatforms: [linux-64]\n`;
  const files = {
    [`${oldest}.yml`]: file("old"),
    [`${newest}.yml`]: file("tqdm"),
    [`${oldest}-conda-lock.yml`]: emptyLock(["linux-64"], [`${oldest}.yml`]),
    [`${newest}-conda-lock.yml`]: emptyLock(["linux-64"], [`${newest}.yml`]),
  };
  const first = [python("3.10.8"), python("3.12.1"), old(10), conda("tqdm 4.0 0", ["python"])];
  const snapshot = await lockedConda(files, { conda: first });
  const proposal = await proposeConda(snapshot, { conda: [...first, old(12)] });
  expect(groups(proposal)).toEqual(["python"]);
  expect(textOf(proposal, "python", `${oldest}-conda-lock.yml`)).toContain("version: 3.12.1");
});
