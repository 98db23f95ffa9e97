/** Commit objects as text: who, what, and whether GitHub itself signed. */
import { createHmac } from "node:crypto";

/** A name in a commit. `date`: ISO 8601 with seconds, UTC. */
export interface Signature {
  readonly name: string;
  readonly email: string;
  readonly date: string;
}

export interface CommitObject {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
  /** The `gpgsig` header, or null. */
  readonly signature: string | null;
  /** What was signed: the object without that header. */
  readonly payload: string;
}

export interface NewCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
  /** Sign as GitHub does for its own apps and its web page. */
  readonly sign: boolean;
}

/** The key behind "Verified": a signature that was not made with it is not verified. */
const SIGNING_KEY = "the fake GitHub's web-flow key";

function sign(payload: string): string {
  const code = createHmac("sha256", SIGNING_KEY).update(payload).digest("base64");
  return `-----BEGIN PGP SIGNATURE-----\n\n${code}\n-----END PGP SIGNATURE-----`;
}

/** True for a commit that the fake itself signed. */
export function isVerified(commit: CommitObject): boolean {
  return commit.signature !== null && commit.signature === sign(commit.payload);
}

function signatureLine(signature: Signature): string {
  const clean = (text: string): string => text.replaceAll(/[<>\n]/g, "");
  return `${clean(signature.name)} <${clean(signature.email)}> ${Math.floor(Date.parse(signature.date) / 1000)} +0000`;
}

function parseSignature(line: string): Signature {
  const match = /^(.*) <(.*)> (\d+) [+-]\d{4}$/.exec(line);
  const seconds = Number(match?.[3] ?? 0);
  return {
    name: match?.[1] ?? "",
    email: match?.[2] ?? "",
    date: new Date(seconds * 1000).toISOString().replace(".000Z", "Z"),
  };
}

export function parseCommit(sha: string, text: string): CommitObject {
  const end = text.indexOf("\n\n");
  const { values, unsigned } = parseHeader(text.slice(0, end).split("\n"));
  const first = (name: string): string => values.get(name)?.[0] ?? "";
  return {
    sha,
    tree: first("tree"),
    parents: values.get("parent") ?? [],
    author: parseSignature(first("author")),
    committer: parseSignature(first("committer")),
    message: text.slice(end + 2),
    signature: values.get("gpgsig")?.[0] ?? null,
    payload: `${unsigned.join("\n")}\n\n${text.slice(end + 2)}`,
  };
}

/** Lines that begin with a space go on with the value above them. */
function parseHeader(lines: readonly string[]): { values: Map<string, string[]>; unsigned: string[] } {
  const values = new Map<string, string[]>();
  const unsigned: string[] = [];
  let last = "";
  for (const line of lines) {
    if (line.startsWith(" ")) {
      const list = values.get(last) ?? [];
      list.push(`${list.pop() ?? ""}\n${line.slice(1)}`);
    } else {
      last = line.slice(0, line.indexOf(" "));
      values.set(last, [...(values.get(last) ?? []), line.slice(last.length + 1)]);
    }
    if (last !== "gpgsig") unsigned.push(line);
  }
  return { values, unsigned };
}

/** The object's text, with GitHub's signature where it is asked for. */
export function formatCommit(commit: NewCommit): string {
  const header = [
    `tree ${commit.tree}`,
    ...commit.parents.map((parent) => `parent ${parent}`),
    `author ${signatureLine(commit.author)}`,
    `committer ${signatureLine(commit.committer)}`,
  ];
  const payload = `${header.join("\n")}\n\n${commit.message}`;
  const signed = commit.sign ? [...header, `gpgsig ${sign(payload).replaceAll("\n", "\n ")}`] : header;
  return `${signed.join("\n")}\n\n${commit.message}`;
}
