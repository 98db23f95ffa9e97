/** The text of our commits, and the trailers by which we know them again. */

/** A change of `.github/relock.yml` that somebody asked for on a pull request. */
export type HoldChange =
  | { readonly kind: "hold"; readonly name: string; readonly specifier: string | null }
  | { readonly kind: "unhold"; readonly name: string };

export interface CommitMessageParts {
  readonly title: string;
  readonly group: string;
  /** The commit that it is built on. */
  readonly base: string;
  readonly holds: readonly HoldChange[];
}

/** One line of title, and the trailers. */
export function commitMessage(parts: CommitMessageParts): string {
  const title = parts.title.replace(/\s+/g, " ").trim();
  const trailers = [`Relock-Group: ${parts.group}`, `Relock-Base: ${parts.base}`];
  for (const hold of parts.holds) {
    trailers.push(
      hold.kind === "hold"
        ? `Relock-Hold: ${hold.name} ${hold.specifier ?? ""}`.trimEnd()
        : `Relock-Unhold: ${hold.name}`,
    );
  }
  return `${title}\n\n${trailers.join("\n")}\n`;
}

/** The trailer lines: those of the last paragraph that start with `Relock-`. */
export function readTrailers(message: string): readonly string[] {
  const last =
    message
      .trimEnd()
      .split(/\n\s*\n/)
      .at(-1) ?? "";
  return last.split("\n").filter((line) => line.startsWith("Relock-"));
}

/** The value of a trailer, or null. */
export function readTrailer(message: string, name: string): string | null {
  const line = readTrailers(message).find((trailer) => trailer.startsWith(`${name}: `));
  return line === undefined ? null : line.slice(name.length + 2).trim();
}

/** The hold changes that a commit of ours carries, so that a rebuilt commit carries them on. */
export function readHolds(message: string): readonly HoldChange[] {
  const holds: HoldChange[] = [];
  for (const line of readTrailers(message)) {
    const hold = /^Relock-Hold: (\S+)(?: (.+))?$/.exec(line);
    if (hold !== null) holds.push({ kind: "hold", name: hold[1] ?? "", specifier: hold[2] ?? null });
    const unhold = /^Relock-Unhold: (\S+)$/.exec(line);
    if (unhold !== null) holds.push({ kind: "unhold", name: unhold[1] ?? "" });
  }
  return holds;
}
