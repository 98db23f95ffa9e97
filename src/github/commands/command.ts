/** What people can ask for in a comment. */
import type { RequestedPackage } from "../../engine.ts";

export type Command =
  | { readonly kind: "relock" }
  | { readonly kind: "packages"; readonly packages: readonly RequestedPackage[] }
  | { readonly kind: "rebase" }
  | { readonly kind: "explain"; readonly name: string }
  | { readonly kind: "hold"; readonly name: string; readonly specifier: string | null }
  | { readonly kind: "unhold"; readonly name: string }
  | { readonly kind: "help" };

/** One line of help per command; the help text and the suggestions are made from this list. */
export const COMMAND_LIST: readonly {
  readonly word: string | null;
  readonly usage: string;
  readonly meaning: string;
}[] = [
  {
    word: null,
    usage: "/relock",
    meaning: "resolve this pull request again; on an issue: run the weekly job now",
  },
  {
    word: null,
    usage: "/relock NAME[==VERSION]…",
    meaning: "move these packages, to the version or to the newest that can be had",
  },
  {
    word: "rebase",
    usage: "/relock rebase",
    meaning: "build this pull request again on the newest commit of its base",
  },
  { word: "explain", usage: "/relock explain NAME", meaning: "say why a package is where it is" },
  {
    word: "hold",
    usage: "/relock hold NAME [SPEC]",
    meaning: "keep a package where it is, or within SPEC, from this pull request on",
  },
  { word: "unhold", usage: "/relock unhold NAME", meaning: "let a held package move again" },
  { word: "help", usage: "/relock help", meaning: "show this list" },
];
