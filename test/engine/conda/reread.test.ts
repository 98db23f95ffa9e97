/** Files beside a lock are read back before they are proposed. */
import { describe, expect, test } from "@jest/globals";
import { reread } from "#engine/conda/reread.ts";
import type { CondaLockFiles } from "#formats/conda-environment.ts";

const FILES: CondaLockFiles = {
  unified: null,
  explicit: [{ path: "conda-linux-64.lock", platform: "linux-64" }],
  rendered: [{ path: "conda-linux-64.lock.yml", platform: "linux-64" }],
  packageLists: [{ path: "packages.txt", platform: "linux-64" }],
  virtualPackages: null,
  sources: [],
};
const URL = "https://conda.anaconda.org/conda-forge/noarch/a-1.0-0.conda";

describe("what is written", () => {
  test("comes back as it is", () => {
    const text = `# platform: linux-64\n@EXPLICIT\n${URL}#0123456789abcdef0123456789abcdef\n`;
    expect(reread(FILES, "conda-linux-64.lock", text)).toBe(text);
  });

  test.each([
    ["conda-linux-64.lock", `@EXPLICIT\n${URL}#0123456789abcdef0123456789abcdef\nnot a url\n`],
    ["conda-linux-64.lock", `@EXPLICIT\n${URL}#0123456789abcdef0123456789abcdef`],
    ["conda-linux-64.lock.yml", "channels: [conda-forge]\ndependencies: [a=1.0=0]\n"],
  ])("or is refused: %s %j", (path, text) => {
    expect(() => reread(FILES, path, text)).toThrow(`${path} cannot be trusted`);
  });
});
