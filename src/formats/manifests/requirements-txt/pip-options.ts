/** The options that pip allows in a requirements file (pip's "Requirements File Format"). */
import { splitArguments, type Argument } from "./split-arguments.ts";

/** What an option means to us; `other` is understood and changes nothing about which versions may be chosen. */
export type OptionRole =
  | "index-url"
  | "extra-index-url"
  | "find-links"
  | "requirements"
  | "constraints"
  | "editable"
  | "no-index"
  | "prereleases"
  | "require-hashes"
  | "no-binary"
  | "only-binary"
  | "hash"
  | "other";

export interface PipOption {
  readonly role: OptionRole;
  /** Long name with its dashes. */
  readonly name: string;
  /** null for an option without a value. */
  readonly value: string | null;
  readonly start: number;
  readonly end: number;
}

/** The options, or the reason (a clause) why they are not understood. */
export type OptionsAnswer = { readonly options: readonly PipOption[] } | { readonly reason: string };

interface OptionKind {
  readonly role: OptionRole;
  readonly takesValue: boolean;
}

const valued = (role: OptionRole): OptionKind => ({ role, takesValue: true });
const flag = (role: OptionRole): OptionKind => ({ role, takesValue: false });

const OPTIONS: Readonly<Record<string, OptionKind>> = {
  "--index-url": valued("index-url"),
  "--pypi-url": valued("index-url"),
  "--extra-index-url": valued("extra-index-url"),
  "--find-links": valued("find-links"),
  "--requirement": valued("requirements"),
  "--constraint": valued("constraints"),
  "--editable": valued("editable"),
  "--no-index": flag("no-index"),
  "--pre": flag("prereleases"),
  "--require-hashes": flag("require-hashes"),
  "--no-binary": valued("no-binary"),
  "--only-binary": valued("only-binary"),
  "--hash": valued("hash"),
  "--trusted-host": valued("other"),
  "--prefer-binary": flag("other"),
  "--use-feature": valued("other"),
  "--use-deprecated": valued("other"),
  "--global-option": valued("other"),
  "--install-option": valued("other"),
  "--build-option": valued("other"),
  "--config-settings": valued("other"),
  "--config-setting": valued("other"),
  "--process-dependency-links": flag("other"),
  "--always-unzip": flag("other"),
  "--use-wheel": flag("other"),
  "--no-use-wheel": flag("other"),
  "--allow-external": valued("other"),
  "--allow-all-external": flag("other"),
  "--allow-unverified": valued("other"),
};

const SHORT_OPTIONS: Readonly<Record<string, string>> = {
  "-i": "--index-url",
  "-f": "--find-links",
  "-r": "--requirement",
  "-c": "--constraint",
  "-e": "--editable",
  "-C": "--config-settings",
  "-Z": "--always-unzip",
};

/** Reads the options of a line from `from` on. */
export function readPipOptions(text: string, from: number): OptionsAnswer {
  const found = splitArguments(text, from);
  if (found === null) return { reason: "a quote or a backslash is left open" };
  const options: PipOption[] = [];
  for (let index = 0; index < found.length; index += 1) {
    const argument = found[index];
    if (argument === undefined) break;
    const head = splitHead(argument);
    if ("reason" in head) return head;
    if (!head.kind.takesValue) {
      if (head.value !== null) return { reason: `\`${head.name}\` takes no value` };
      options.push({ role: head.kind.role, name: head.name, value: null, start: argument.start, end: argument.end });
      continue;
    }
    const next = head.value === null ? found[index + 1] : argument;
    if (next === undefined) return { reason: `\`${head.name}\` lacks its value` };
    if (head.value === null) index += 1;
    const value = head.value ?? next.value;
    options.push({ role: head.kind.role, name: head.name, value, start: argument.start, end: next.end });
  }
  return { options };
}

type Head =
  { readonly name: string; readonly kind: OptionKind; readonly value: string | null } | { readonly reason: string };

function splitHead(argument: Argument): Head {
  const written = argument.value;
  if (!written.startsWith("-")) return { reason: `\`${written}\` stands where an option should` };
  if (!written.startsWith("--")) {
    const name = SHORT_OPTIONS[written.slice(0, 2)];
    const kind = name === undefined ? undefined : OPTIONS[name];
    if (name === undefined || kind === undefined)
      return { reason: `\`${written}\` is not an option of a requirements file` };
    return { name, kind, value: written.length > 2 ? written.slice(2) : null };
  }
  const equals = written.indexOf("=");
  const long = equals < 0 ? written : written.slice(0, equals);
  const name = completeName(long);
  const kind = name === null ? undefined : OPTIONS[name];
  if (name === null || kind === undefined) return { reason: `\`${long}\` is not an option of a requirements file` };
  return { name, kind, value: equals < 0 ? null : written.slice(equals + 1) };
}

/** pip takes any unambiguous beginning of a long option. */
function completeName(written: string): string | null {
  if (Object.hasOwn(OPTIONS, written)) return written;
  const candidates = Object.keys(OPTIONS).filter((name) => name.startsWith(written));
  const only = candidates.length === 1 ? candidates[0] : undefined;
  return only ?? null;
}
