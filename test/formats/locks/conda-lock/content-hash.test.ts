import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { condaLockContentHash, CONTENT_HASH_RULE } from "#formats/locks/conda-lock/content-hash.ts";
import { condaLockFreshness, environmentContentHash } from "#formats/locks/conda-lock/freshness.ts";
import { condaHashSpec, impliedPip, pipHashSpec, type HashSpec } from "#formats/locks/conda-lock/hash-specs.ts";
import type { CondaLock } from "#formats/locks/conda-lock/model.ts";
import { condaLockVirtualPackages } from "#formats/locks/conda-lock/virtual-packages.ts";
import { isPlatformName, PLATFORMS, type PlatformName } from "#packaging/target.ts";
import { condaLockIn, environmentIn, realCondaLocks, virtualPackagesIn } from "../../../support/conda-locks.ts";
import { describeWithData } from "../../../support/test-data.ts";

function requirement(text: string, category = "main"): Parameters<typeof pipHashSpec>[0] {
  return { text, category };
}

function specOf(answer: ReturnType<typeof condaHashSpec>): HashSpec {
  if ("problem" in answer) throw new Error(answer.problem);
  return answer;
}

const conda = (text: string, category = "main"): HashSpec => specOf(condaHashSpec(requirement(text, category)));
const pip = (text: string): HashSpec => specOf(pipHashSpec(requirement(text)));

/** conda-lock's own test of upgrades (tests/test-v2-to-v3-upgrade): its four manifests, and the hashes of its lock. */
const UPGRADE_SPECS = [
  conda("python >=3.10"),
  impliedPip("main"),
  conda("pylint", "test"),
  conda("pytest", "test"),
  conda("ruff", "dev"),
  pip("requests @ git+https://github.com/requests/requests.git@main"),
  pip(
    "cowsay @ https://github.com/VaasuDevanS/cowsay-python/archive/refs/tags/v6.1.tar.gz#sha256=bf7009e6d62c8da0f33b2b2dfd4538ebf712e4d9ce0dde1be5ac8986c09aabe2",
  ),
  pip("tomli"),
  pip("httpx[cli]"),
];

describe("the content hash", () => {
  test.each<readonly [PlatformName, string]>([
    ["linux-64", "4e3086c79ebb7044f221959819fbca22e3ad4144b2723482e48f2cffef1cb948"],
    ["linux-aarch64", "07b90c11b3b0bb858767afd42d753952d0f1c6df852771b0d5d2d3f495628cfa"],
    ["osx-64", "d8bfcbde7a20bc50b27ca25139f0d18ee48d21905c7482722c120793713144b1"],
    ["osx-arm64", "e5b0208328748fdbbf872160bf8e5aff48d3fd5f38fde26e12dcd72a32d5a0d7"],
    ["win-64", "a67c2def7fa06f94d92df2f17e7c7c940efbb0998a92788a2c1c4feddd605579"],
  ])("of conda-lock's own lock, %s", (platform, hash) => {
    const input = {
      platform,
      channels: [{ url: "conda-forge", usedEnvVars: [] }],
      specs: UPGRADE_SPECS,
      pipRepositories: [],
      virtualPackages: condaLockVirtualPackages(platform),
    };
    expect(condaLockContentHash(input)).toBe(hash);
    expect(condaLockContentHash({ ...input, specs: [...UPGRADE_SPECS].reverse() })).toBe(hash);
    expect(condaLockContentHash({ ...input, channels: [] })).not.toBe(hash);
    expect(condaLockContentHash({ ...input, pipRepositories: ["https://host.example/simple"] })).not.toBe(hash);
    expect(condaLockContentHash(input, { ...CONTENT_HASH_RULE, buildNumber: false })).not.toBe(hash);
  });
});

describe("pip requirements by conda-lock 2", () => {
  test.each([
    ["foo==1.0", "foo==1.0", false],
    ["foo~=1.2.3", "foo>=1.2.3,<1.3.0", true],
    ["foo~=1.2", "foo>=1.2,<1.3", true],
    ["foo>=1,<2", "foo>=1,<2", true],
  ])("%s is hashed as %s", (text, other, isSame) => {
    const hash = (one: string, pipRule: "pep508" | "conda"): string =>
      condaLockContentHash(
        { platform: "osx-arm64", channels: [], specs: [pip(one)], pipRepositories: [], virtualPackages: [] },
        { ...CONTENT_HASH_RULE, pip: pipRule },
      );
    expect(hash(text, "conda") === hash(other, "pep508")).toBe(isSame);
    expect(hash(text, "conda")).toBe(hash(other, "conda"));
  });
});

describe("requirements as conda-lock hashes them", () => {
  test.each<readonly [text: string, version: string, build: string | null]>([
    ["python", "", null],
    ["python=3.10", "3.10.*", null],
    ["python 3.10", "3.10", null],
    ["python==3.10", "3.10", null],
    ["python =3.10.*", "3.10.*", null],
    ["python 3.10*", "3.10.*", null],
    ["python *", "*", null],
    ["python=3.10=h1_0", "3.10", "h1_0"],
    ["python =3.10 h1_0", "3.10", "h1_0"],
    ["jaxlib>=0.4.31=cuda12*", ">=0.4.31", "cuda12*"],
    ["libgcc-ng ==14.2.0=*_1", "==14.2.0", "*_1"],
    ["numpy >=1.26, <2", ">=1.26,<2", null],
    ["numpy 1.26|>=2,<3", "1.26|(>=2,<3)", null],
    ["numpy ~=1.26", "~=1.26", null],
    ["numpy[version='>=1', build='py*']", ">=1", "py*"],
  ])("%s", (text, version, build) => {
    expect(conda(text)).toMatchObject({ version, build, channel: null, manager: "conda" });
  });

  test("a channel of its own", () => {
    expect(conda("conda-forge::numpy>=1")).toMatchObject({ name: "numpy", version: ">=1", channel: "conda-forge" });
  });

  test.each<readonly [text: string, spec: Partial<HashSpec> & Record<string, unknown>]>([
    ["Foo_Bar[b,a]", { name: "foo-bar", version: "*" }],
    ["foo>=2,<3", { version: "<3,>=2" }],
    ["foo===1.0", { version: "==1.0" }],
    ["foo ~= 1.2 ; sys_platform == 'linux'", { version: "~=1.2", markers: "sys_platform == 'linux'" }],
    ["foo==1.0 --hash=sha256:00", { version: "==1.0", hash: "sha256:00" }],
    [
      "foo @ https://host.example/foo-1.tar.gz",
      { kind: "url", url: "https://host.example/foo-1.tar.gz", hashes: [""] },
    ],
    ["foo @ git+https://host.example/foo.git", { kind: "vcs", source: "https://host.example/foo", rev: null }],
    ["foo @ git+https://host.example/foo.git@v1#subdirectory=src", { rev: "v1", subdirectory: "src" }],
    ["foo @ git+ssh://git@host.example/foo.git@v1", { source: "ssh://git@host.example/foo.git", rev: "v1" }],
    ["foo @ file:///a/foo", { kind: "path", path: "/a/foo", isDirectory: true }],
    ["foo @ file:///a/foo-1-py3-none-any.whl", { kind: "path", isDirectory: false }],
  ])("pip: %s", (text, spec) => {
    expect(pip(text)).toMatchObject(spec);
  });

  test("what is no requirement is a problem", () => {
    expect(condaHashSpec(requirement("=="))).toHaveProperty("problem");
    expect(pipHashSpec(requirement("!!"))).toHaveProperty("problem");
  });
});

/** What the folders lack of the sources of their locks: the shared base of Pangeo's images, as the lock itself shows it. */
function baseNotebook({ packages }: CondaLock): string {
  const version = (name: string): string => packages.find((entry) => entry.name === name)?.version ?? "";
  const [major, minor] = version("python").split(".");
  const pins = [`python=${major}.${minor}`, `pangeo-notebook=${version("pangeo-notebook")}`, "pip"];
  return `channels: [conda-forge, nodefaults]\ndependencies:\n${pins.map((pin) => `  - ${pin}\n`).join("")}`;
}

/** The texts of a lock's sources, or null where one is not in the data folder. */
function sourcesOf(folder: string, lock: CondaLock): readonly string[] | null {
  const texts = lock.metadata.sources.map((source) => {
    const local = source.replace(/^\/.*\/(?=[a-z]+-notebook\/)/, "../");
    const own =
      !folder.includes("explicit-locks") && local.startsWith("../pangeo-notebook/") ? "environment.yml" : local;
    const path = join(folder, own);
    if (path.endsWith(".yml") && existsSync(path)) return readFileSync(path, "utf8");
    return own.includes("base-notebook") ? baseNotebook(lock) : null;
  });
  return texts.includes(null) ? null : texts.filter((text) => text !== null);
}

/** Locks whose recorded hashes no rule gives, with the reason. */
const NOT_REPRODUCED: Readonly<Record<string, string>> = {
  "Clay-foundation__model/46fd3a79913f":
    "not explained: neither one requirement less nor other virtual packages give it",
  "Clay-foundation__model/8f1d8692794e": "not explained, on all three platforms",
  DavidT3__XGA: "one of its two sources is not in the data folder",
  "01-ai__Yi": "its source is a pyproject.toml whose names conda-lock maps by a table of its day",
};

/** Where another rule than today's gives the recorded hash. */
const OLD_RULES: Readonly<Record<string, readonly [name: string, glibc: string, cuda: string | null]>> = {
  "pangeo-docker-images/b2bc54a0f717": ["conda-lock 1.1 and 1.2", "2.17", null],
  "pangeo-docker-images/6caa27574956": ["conda-lock 2.1 to 2.5", "2.17", null],
  "Clay-foundation__model/17f4698f70f1": ["conda-lock 2.1 to 2.5", "2.17", "11.8"],
  BAMresearch__FenicsXConcrete: ["conda-lock 2.1 to 2.5", "2.17", null],
};

function entryFor<T>(table: Readonly<Record<string, T>>, folder: string): T | undefined {
  return Object.entries(table).find(([key]) => folder.includes(key))?.[1];
}

describeWithData("recorded hashes of real locks", "", (root) => {
  const locks = realCondaLocks(root);

  test.each(locks)("$folder", ({ folder, text }) => {
    const lock = condaLockIn(text);
    const texts = sourcesOf(join(root, folder), lock);
    const reason = entryFor(NOT_REPRODUCED, folder);
    if (texts === null) {
      expect(reason).toMatch(/source/);
      return;
    }
    const file = join(root, folder, "virtual-packages.yml");
    const override = existsSync(file) ? virtualPackagesIn(readFileSync(file, "utf8")) : null;
    const [name, glibc, cuda] = entryFor(OLD_RULES, folder) ?? [CONTENT_HASH_RULE.name, "2.28", null];
    for (const platform of lock.metadata.platforms) {
      const hashed = { environment: environmentIn(texts, platform), override };
      const freshness = condaLockFreshness(lock, hashed);
      if (reason !== undefined) expect(freshness.kind).toBe("stale");
      else {
        expect(freshness).toMatchObject({ kind: "fresh", way: { rule: { name, glibc }, cuda } });
        const way = freshness.kind === "fresh" ? freshness.way : undefined;
        const again = environmentContentHash(hashed, lock.metadata.channels, way);
        expect(again).toEqual({ hash: lock.metadata.contentHash.get(platform) });
      }
    }
  });
});

describe("freshness", () => {
  const manifest = "channels: [conda-forge]\ndependencies:\n  - python=3.12\n  - numpy>=2\n";

  function lockFor(hash: string): CondaLock {
    const lock = condaLockIn(
      "version: 1\nmetadata:\n  content_hash: {}\n  channels:\n  - url: conda-forge\n    used_env_vars: []\n  platforms: []\n  sources: []\npackage: []\n",
    );
    return { ...lock, metadata: { ...lock.metadata, contentHash: new Map([["linux-64", hash]]) } };
  }

  function hashOf(text: string): string {
    const hashed = { environment: environmentIn([text], "linux-64"), override: null };
    const channels = hashed.environment.channels.map((url) => ({ url, usedEnvVars: [] }));
    const answer = environmentContentHash(hashed, channels);
    if ("problem" in answer) throw new Error(answer.problem);
    return answer.hash;
  }

  test.each([
    ["another constraint", "numpy>=2", "numpy>=2.1"],
    ["another name", "numpy", "scipy"],
    ["another channel", "[conda-forge]", "[conda-forge, bioconda]"],
    ["one more requirement", "dependencies:", "dependencies:\n  - scipy"],
    ["a category", "channels", "category: dev\nchannels"],
    ["a pip section", "dependencies:", "dependencies:\n  - pip: [flask]"],
  ])("%s makes a lock stale", (_, from, to) => {
    const environment = environmentIn([manifest.replace(from, to)], "linux-64");
    const answer = condaLockFreshness(lockFor(hashOf(manifest)), { environment, override: null });
    expect(answer).toMatchObject({ kind: "stale", expected: hashOf(manifest.replace(from, to)) });
  });

  test("comments and order do not count", () => {
    const other = "channels: [conda-forge]\ndependencies:\n  - numpy>=2 # fast\n  # none\n  - python=3.12\n";
    const environment = environmentIn([other], "linux-64");
    expect(condaLockFreshness(lockFor(hashOf(manifest)), { environment, override: null }).kind).toBe("fresh");
  });

  test("a platform without a hash is stale", () => {
    const environment = environmentIn([manifest], "win-64");
    const answer = condaLockFreshness(lockFor(hashOf(manifest)), { environment, override: null });
    expect(answer).toMatchObject({ kind: "stale", message: "the lock has no hash for win-64" });
  });
});

describe("conda-lock's virtual packages", () => {
  const shown = (platform: PlatformName, options = {}): string =>
    condaLockVirtualPackages(platform, options)
      .map(({ name, version, build }) => `${name}=${version}${build === "0" ? "" : `=${build}`}`)
      .join(" ");

  test("defaults", () => {
    expect(PLATFORMS.map((platform) => `${platform}: ${shown(platform)}`)).toEqual([
      "linux-64: __archspec=1=x86_64 __unix=0 __linux=5.10 __glibc=2.28 __cuda=11.4",
      "linux-aarch64: __archspec=1=aarch64 __unix=0 __linux=5.10 __glibc=2.28 __cuda=11.4",
      "linux-ppc64le: __archspec=1=ppc64le __unix=0 __linux=5.10 __glibc=2.28 __cuda=11.4",
      "osx-64: __archspec=1=x86_64 __unix=0 __osx=11.0",
      "osx-arm64: __archspec=1=arm64 __unix=0 __osx=11.0",
      "win-64: __archspec=1=x86_64 __win=0 __cuda=11.4",
      "win-arm64: ",
    ]);
    expect(isPlatformName("win-arm64")).toBe(true);
  });

  test("--with-cuda, --without-cuda and a file", () => {
    expect(shown("linux-64", { cuda: "12.4" })).toContain("__cuda=12.4");
    expect(shown("linux-64", { cuda: "" })).not.toContain("__cuda");
    const override = virtualPackagesIn(
      'subdirs:\n  linux-64:\n    packages:\n      __glibc: "2.17"\n      __archspec: 1 x86_64\n      __cuda: 12.0\n',
    );
    expect(shown("linux-64", { override })).toBe("__glibc=2.17 __archspec=1=x86_64 __cuda=12.0");
    expect(shown("osx-64", { override })).toBe("");
  });
});
