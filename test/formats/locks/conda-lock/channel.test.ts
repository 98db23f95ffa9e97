/** Channels as conda-lock records them. */
import { expect, test } from "@jest/globals";
import { condaLockChannel } from "#formats/locks/conda-lock/channel.ts";

test.each([
  ["conda-forge", []],
  ["conda-forge/label/$dev", []],
  ["https://host.example/private", []],
  ["https://$USER:$PASSWORD@host.example/private", ["PASSWORD", "USER"]],
  ["https://$USER@host.example/private", ["USER"]],
  ["https://host.example/t/${TOKEN}/private", ["{TOKEN}"]],
  ["https://host.example/t/$TOKEN/private", []],
  ["https://host.example/t/${TOKEN}", []],
])("%s uses %j", (url, usedEnvVars) => {
  expect(condaLockChannel(url)).toEqual({ url, usedEnvVars });
});
