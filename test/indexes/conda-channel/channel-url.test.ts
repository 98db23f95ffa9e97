import { describe, expect, test } from "@jest/globals";
import { locateChannel } from "../../../src/indexes/conda-channel/channel-url.ts";

const alias = "https://conda.anaconda.org";
const places = { alias, subdir: "linux-64", localFolders: false };
const urlsOf = (named: string, changed: Partial<typeof places> = {}) => {
  const answer = locateChannel(named, { ...places, ...changed });
  return "problem" in answer ? answer.problem.message : answer.locations.map(({ url }) => url);
};

describe("where a channel is", () => {
  test.each([
    ["conda-forge", ["https://conda.anaconda.org/conda-forge"]],
    ["conda-forge/label/python_rc", ["https://conda.anaconda.org/conda-forge/label/python_rc"]],
    ["conda-forge/", ["https://conda.anaconda.org/conda-forge"]],
    ["pkgs/main", ["https://repo.anaconda.com/pkgs/main"]],
    ["defaults", ["https://repo.anaconda.com/pkgs/main", "https://repo.anaconda.com/pkgs/r"]],
    ["https://repo.prefix.dev/conda-forge/", ["https://repo.prefix.dev/conda-forge"]],
    ["https://host.example/t/tk-12-secret/private", ["https://host.example/private"]],
    ["https://host.example/t/tk-12-secret/", ["https://host.example"]],
    ["https://ann:secret@host.example/private", ["https://host.example/private"]],
    ["http://127.0.0.1:1234/c?x=1#y", ["http://127.0.0.1:1234/c"]],
  ])("%s", (named, expected) => {
    expect(urlsOf(named)).toEqual(expected);
  });

  test("defaults has one part more on Windows", () => {
    expect(urlsOf("defaults", { subdir: "win-64" })).toContain("https://repo.anaconda.com/pkgs/msys2");
  });

  test("a token is sent and not recorded", () => {
    const answer = locateChannel("https://host.example/t/tk-12-secret/private", places);
    expect(answer).toMatchObject({ locations: [{ fetchUrl: "https://host.example/t/tk-12-secret/private" }] });
  });

  test.each(["", "two words", "file://host/share", "a//b", "c/..", "[x]", "https://"])(
    "'%s' is no channel",
    (named) => {
      expect(urlsOf(named)).toBe(`'${named}' is neither the name nor the URL of a channel; correct it.`);
    },
  );

  test.each(["/data/channel", "./channel", "../up", ".", "file:///data/channel"])(
    "%s lies on this machine, and is for the command line only",
    (named) => {
      expect(urlsOf(named)).toBe(
        `The channel '${named}' lies on this machine, which is allowed on the command line only; use an https URL.`,
      );
      expect(urlsOf(named, { localFolders: true })).toEqual([expect.stringMatching(/^file:\/\/\/\w/)]);
    },
  );

  test("an alias may end with a slash", () => {
    expect(urlsOf("c", { alias: "http://127.0.0.1:1/x/" })).toEqual(["http://127.0.0.1:1/x/c"]);
  });
});
