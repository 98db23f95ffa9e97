import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, test } from "@jest/globals";

/**
 * The optional folder of real data: `RELOCK_TEST_DATA`, else `../shared/data` beside the checkout.
 * @returns the absolute path of `path` in it, or null where it is not there
 */
export function testData(path: string): string | null {
  const root = resolve(process.env["RELOCK_TEST_DATA"] ?? "../shared/data");
  const full = join(root, path);
  return existsSync(full) ? full : null;
}

/** Runs a suite on real data where it is there, and says that it was skipped where it is not. */
export function describeWithData(name: string, path: string, suite: (folder: string) => void): void {
  const folder = testData(path);
  if (folder === null) {
    // oxlint-disable-next-line jest/no-disabled-tests, jest/expect-expect -- a bare clone has no data folder, and says so
    test.skip(`${name}: skipped, no real data at RELOCK_TEST_DATA/${path}`, () => undefined);
    return;
  }
  describe(name, () => {
    suite(folder);
  });
}
