/** One comment answers all commands of a comment: a section each, so that one can change without the others. */

const SECTION = /<!-- relock:section (\d+) -->\n([\s\S]*?)\n<!-- relock:end -->/g;

/** The sections of a comment of ours, by number. */
export function readSections(body: string): ReadonlyMap<number, string> {
  const found = [...body.matchAll(SECTION)];
  return new Map(found.map((section) => [Number(section[1]), section[2] ?? ""]));
}

/** The body with these sections, in the order of their numbers. */
export function writeSections(sections: ReadonlyMap<number, string>): string {
  return [...sections]
    .toSorted(([left], [right]) => left - right)
    .map(([number, text]) => {
      const safe = text.replaceAll("<!-- relock:", "<!-- ");
      return `<!-- relock:section ${String(number)} -->\n${safe}\n<!-- relock:end -->`;
    })
    .join("\n\n");
}
