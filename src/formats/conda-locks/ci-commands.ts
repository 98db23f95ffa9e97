/** What CI files, Dockerfiles and Makefiles say of conda files: which they lock, and which they install. Nothing is run. */

/** `conda-lock -f a.yml -f b.yml --lockfile c.yml`. */
export interface LockCommand {
  readonly file: string;
  readonly line: number;
  /** As written, in their order. */
  readonly sources: readonly string[];
  /** As written; null where the tool's default name counts. */
  readonly lock: string | null;
  readonly kind: "lock" | "explicit" | "env";
}

/** A file that is installed: `environment-file: x`, `mamba env create -f x`. */
export interface InstalledFile {
  readonly file: string;
  readonly line: number;
  readonly path: string;
}

export interface CondaCommands {
  readonly locks: readonly LockCommand[];
  readonly installed: readonly InstalledFile[];
  /** Lines that name Mambaforge. */
  readonly mambaforge: readonly { readonly file: string; readonly line: number; readonly text: string }[];
}

/** More of them say nothing more. */
const MAXIMUM_COMMANDS = 200;

/** Reads the lines of a file. Words that are computed (`$X`, `${{ … }}`) are left out. */
export function readCondaCommands(file: string, text: string): CondaCommands {
  const locks: LockCommand[] = [];
  const installed: InstalledFile[] = [];
  const mambaforge: { file: string; line: number; text: string }[] = [];
  for (const { line, content } of joinedLines(text)) {
    if (locks.length + installed.length + mambaforge.length > MAXIMUM_COMMANDS) break;
    if (/^\s*#/.test(content)) continue;
    for (const command of content.split(/&&|\|\||[;|]/)) {
      const place = { file, line };
      const lock = lockCommand(command);
      if (lock !== null) locks.push({ ...place, ...lock });
      else installed.push(...installedBy(command).map((path) => ({ ...place, path })));
    }
    const named = /\bmambaforge\b[\w.:-]*/i.exec(content)?.[0];
    if (named !== undefined) mambaforge.push({ file, line, text: named });
  }
  return { locks, installed, mambaforge };
}

/** Lines that end in a backslash go on in the next one. */
function* joinedLines(text: string): Generator<{ readonly line: number; readonly content: string }> {
  let start = 0;
  let content = "";
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    if (content === "") start = index + 1;
    const goesOn = line.endsWith("\\");
    content += goesOn ? `${line.slice(0, -1)} ` : line;
    if (goesOn && content.length < 10_000) continue;
    yield { line: start, content };
    content = "";
  }
  if (content !== "") yield { line: start, content };
}

function lockCommand(command: string): Omit<LockCommand, "file" | "line"> | null {
  const words = wordsAfter(command, /(?:^|[\s/'"])conda-lock(?:\s+lock)?(?=\s+-)/);
  if (words === null) return null;
  const sources = valuesOf(words, ["-f", "--file"]);
  if (sources.length === 0) return null;
  const [kind = "lock"] = valuesOf(words, ["-k", "--kind"]);
  const [lock = null] = valuesOf(words, ["--lockfile", "--filename-template"]);
  return { sources, lock, kind: kind === "explicit" || kind === "env" ? kind : "lock" };
}

function installedBy(command: string): readonly string[] {
  const input = /^\s*(?:-\s*)?environment-file:\s*(?<path>\S+)/.exec(command)?.groups?.["path"];
  if (input !== undefined) return plainWords(input);
  const words = wordsAfter(
    command,
    /(?:^|[\s/'"])(?:conda|mamba|micromamba)(?:\s+env)?\s+(?:create|install|update)(?=\s)/,
  );
  return words === null ? [] : valuesOf(words, ["-f", "--file"]);
}

function wordsAfter(command: string, start: RegExp): readonly string[] | null {
  const found = start.exec(command);
  return found === null ? null : plainWords(command.slice(found.index + found[0].length));
}

function plainWords(text: string): readonly string[] {
  return text
    .split(/[\s,[\]]+/)
    .map((word) => word.replaceAll(/^["']|["']$/g, ""))
    .filter((word) => word !== "" && !word.includes("$"));
}

/** `-f x`, `--file x` and `--file=x`. */
function valuesOf(words: readonly string[], options: readonly string[]): readonly string[] {
  return words.flatMap((word, index) => {
    const [name = "", value] = /^(?<name>--?[a-z-]+)=(?<value>.+)$/.exec(word)?.slice(1) ?? [word];
    if (!options.includes(name)) return [];
    const given = value ?? words[index + 1] ?? "";
    return given === "" || given.startsWith("-") ? [] : [given];
  });
}
