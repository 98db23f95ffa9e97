/** Which minor versions of Python the files of a coherence set allow, besides the environment that would move. */
import type { Project, PythonRange } from "#formats/project.ts";
import { allowsPythonMinor } from "./solve-targets.ts";

/** A place that leaves a minor version of Python out. */
export interface PythonLimit {
  readonly holder: string;
  readonly reason: string;
}

/**
 * The first place that does not allow a minor version (`3.12`), or null: ranges of other projects of the set, then the Pythons
 * that workflows run on.
 * @param moving files whose own Python pin would move with it
 */
export function pythonLimit(
  projects: readonly Pick<Project, "pythonRange" | "pythons">[],
  moving: ReadonlySet<string>,
  minor: string,
): PythonLimit | null {
  const ranges = projects.map((project) => project.pythonRange).filter((range) => range !== null);
  const narrow = ranges.find((range) => !moving.has(range.file) && !allowsPythonMinor(range, minor));
  if (narrow !== undefined) {
    return { holder: placeOf(narrow), reason: `${narrow.file} asks for Python ${narrow.text}, which ${minor} is not` };
  }
  const tested = projects.flatMap((project) => project.pythons);
  const [first] = tested;
  if (first === undefined || tested.some(({ value }) => value === minor || value.startsWith(`${minor}.`))) {
    return null;
  }
  const versions = [...new Set(tested.map(({ value }) => value))].join(", ");
  return { holder: placeOf(first), reason: `${first.file} runs Python ${versions}, and ${minor} is none of them` };
}

function placeOf({ file, line }: Pick<PythonRange, "file" | "line">): string {
  return `${file}:${line}`;
}
