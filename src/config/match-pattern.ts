/** Patterns of the configuration: `*` in package names, globs in paths. Matched in steps, so no pattern is slow. */

/** Whether a name fits a pattern in which `*` stands for any characters. */
export function matchesName(pattern: string, name: string): boolean {
  return matchesText(pattern, name);
}

/** Whether a path fits a glob: `*` and `?` within one folder, `**` for any folders; `docs/` means all below it. */
export function matchesPath(glob: string, path: string): boolean {
  const written = glob.replace(/^\.?\//, "");
  const parts = (written.endsWith("/") ? `${written}**` : written).split("/");
  return matchesParts(parts, path.split("/"));
}

/** `reachable` holds the numbers of path parts that the pattern so far may have used up. */
function matchesParts(patterns: readonly string[], parts: readonly string[]): boolean {
  let reachable = new Set([0]);
  for (const pattern of patterns) {
    const next = new Set<number>();
    for (const used of reachable) {
      if (pattern === "**") for (let index = used; index <= parts.length; index += 1) next.add(index);
      else if (used < parts.length && matchesText(pattern, parts[used] ?? "")) next.add(used + 1);
    }
    reachable = next;
  }
  return reachable.has(parts.length);
}

/** The classic two-pointer walk: on a mismatch the last `*` takes one character more. */
function matchesText(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let starAt = 0;
  let index = 0;
  while (index < text.length) {
    const wanted = pattern[at];
    if (wanted === "*") {
      star = at;
      starAt = index;
      at += 1;
    } else if (wanted === text[index] || wanted === "?") {
      at += 1;
      index += 1;
    } else if (star >= 0) {
      at = star + 1;
      starAt += 1;
      index = starAt;
    } else return false;
  }
  while (pattern[at] === "*") at += 1;
  return at === pattern.length;
}
