/** Paths written in a manifest, resolved inside the repository. */

export type ResolvedPath =
  | { readonly kind: "path"; readonly path: string }
  /** `reason` completes "`X` is not followed: …". */
  | { readonly kind: "outside"; readonly reason: string };

/** Resolves a path that a file names, relative to that file. Nothing outside the repository is ever named. */
export function resolveInclude(fromFile: string, written: string): ResolvedPath {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(written)) return { kind: "outside", reason: "it is a URL" };
  if (/^(?:[\\/]|[a-z]:|file:|~)/i.test(written)) return { kind: "outside", reason: "it is an absolute path" };
  if (written.includes("${")) return { kind: "outside", reason: "environment variables are not expanded" };
  const parts = fromFile.split("/").slice(0, -1);
  for (const part of written.split(/[\\/]/)) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return { kind: "outside", reason: "it leads out of the repository" };
  }
  return parts.length === 0
    ? { kind: "outside", reason: "it is the repository itself" }
    : { kind: "path", path: parts.join("/") };
}
