/** Who writes an environment.yml: a person, or `conda env export`. */
import type { Manifest } from "../manifest.ts";

export type EnvironmentKind =
  | { readonly kind: "hand-written" }
  /** `mark` says by what the export is recognised. */
  | { readonly kind: "frozen"; readonly mark: string; readonly line: number };

const MINIMUM = 15;
const SHARE = 0.9;
/** Libraries below Python that nobody asks for by name and version, and every solved environment has. */
const FOUNDATIONS: readonly string[] = [
  "bzip2",
  "ca-certificates",
  "krb5",
  "ld_impl_linux-64",
  "libffi",
  "libgcc-ng",
  "libstdcxx-ng",
  "libzlib",
  "ncurses",
  "openssl",
  "readline",
  "sqlite",
  "tk",
  "tzdata",
  "ucrt",
  "vc",
  "vs2015_runtime",
  "xz",
  "zlib",
];

/** Classifies by the marks of the file: `prefix:`, build strings throughout, or pins of the foundations in order. */
export function classifyEnvironment(manifest: Manifest, text: string): EnvironmentKind {
  const prefix = /^prefix[ \t]*:/m.exec(text);
  if (prefix !== null) {
    const line = text.slice(0, prefix.index).split(/\r\n|\n|\r/).length;
    return { kind: "frozen", mark: "`prefix:` of conda env export", line };
  }
  const conda = manifest.requirements.filter((requirement) => requirement.ecosystem === "conda");
  const first = conda[0]?.line ?? 1;
  if (conda.length < MINIMUM) return { kind: "hand-written" };
  const exact = conda.filter((requirement) => /^==?[^*=,|]+$/.test(requirement.constraint?.text ?? ""));
  const built = exact.filter((requirement) => !(requirement.entry?.build ?? "*").includes("*"));
  if (built.length >= conda.length * SHARE) {
    const mark = `${built.length} of ${conda.length} conda entries have a version and a build string`;
    return { kind: "frozen", mark, line: first };
  }
  const foundations = exact.filter((requirement) => FOUNDATIONS.includes(requirement.name));
  if (exact.length >= conda.length * SHARE && foundations.length >= 3 && isSorted(conda.map((each) => each.name))) {
    const names = foundations.slice(0, 3).map((each) => each.name);
    const mark = `exact pins in alphabetical order, with ${names.join(", ")} among them`;
    return { kind: "frozen", mark, line: first };
  }
  return { kind: "hand-written" };
}

function isSorted(names: readonly string[]): boolean {
  const disorders = names.filter((name, index) => index > 0 && name < (names[index - 1] ?? "")).length;
  return disorders <= names.length / 20;
}
