import { describe, expect, test } from "@jest/globals";
import { parseCondaPackageFile } from "#packaging/conda-package-file.ts";

describe("names of package files", () => {
  test.each<readonly [url: string, name: string, version: string, build: string]>([
    ["https://h.example/c/linux-64/python-3.12.1-h1_0_cpython.conda", "python", "3.12.1", "h1_0_cpython"],
    ["_libgcc_mutex-0.1-conda_forge.tar.bz2", "_libgcc_mutex", "0.1", "conda_forge"],
    ["a/atk-1.0-2.38.0-h04ea711_2.conda#00", "atk-1.0", "2.38.0", "h04ea711_2"],
    ["https://h.example/x-1%212.0-0.conda?sig=1", "x", "1!2.0", "0"],
    ["MixedCase-1-0.conda", "mixedcase", "1", "0"],
  ])("%s", (url, name, version, build) => {
    expect(parseCondaPackageFile(url)).toEqual({ name, version, build });
  });

  test.each(["", "python", "python-3.12.conda", "a-1-0.zip", "-1-0.conda", "a--0.conda", "a-1-.conda", ".conda"])(
    "%j is none",
    (url) => {
      expect(parseCondaPackageFile(url)).toBeNull();
    },
  );
});
