/** Why something is ruled out by what the other side chose, and the facts of a joint conflict. */
import type { CondaFact } from "../conda/reasons.ts";
import type { Fact } from "../facts.ts";

export type JointReason =
  /** The releases of a project can be installed for some of conda's Pythons only. `why`: the end of a sentence that begins with them. */
  | { readonly kind: "python"; readonly project: string; readonly why: string }
  /** What conda provides of the project is the build that conda chose, and no other. Goes without saying. */
  | { readonly kind: "provided-version"; readonly project: string }
  /** Conda's package provides the project, so pip installs no release of it beside that. */
  | { readonly kind: "provided"; readonly project: string; readonly conda: string }
  /** A pip requirement brings no conda package in, and nothing that conda chose does. */
  | { readonly kind: "not-brought-in"; readonly conda: readonly string[] }
  /** The pip section needs a Python that conda chose for its own reasons. */
  | { readonly kind: "no-python" }
  /** The version of conda's python is none by PEP 440, so that no marker and no Requires-Python can be read beside it. */
  | { readonly kind: "unknown-python" };

/** What a joint conflict rests on, by the side that it is about. */
export type JointFact =
  | { readonly side: "conda"; readonly fact: CondaFact }
  | { readonly side: "pypi"; readonly fact: Fact }
  | { readonly side: "joint"; readonly fact: JointReason };
