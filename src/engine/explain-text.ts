/** The explanation of a package in words, for a terminal and for a comment. */
import { codeSpan, escapeText } from "#planning/describe/markdown.ts";
import type { InstalledVersion, PackageExplanation, ProjectExplanation } from "./explanation.ts";
import type { VersionAnswer, VersionExplanation, VersionMove } from "./explain-version.ts";
import type { FilePlace, PackageDemand } from "./requirement-chains.ts";

/** How a surface writes things. Both functions take foreign text and make it harmless. */
export interface Dialect {
  readonly code: (text: string) => string;
  readonly prose: (text: string) => string;
  readonly heading: (text: string) => string;
  readonly item: (level: number, text: string) => string;
}

/** Longest explanation of a conflict in a comment; the command prints all of it. */
const REASON_LIMIT = 1500;

export const MARKDOWN: Dialect = {
  code: codeSpan,
  prose: (text) => escapeText(text, REASON_LIMIT),
  heading: (text) => `**${text}**\n`,
  item: (level, text) => `${"  ".repeat(level)}- ${text}`,
};

/** Text for a terminal: control characters, which could redraw it, are left out. */
export const PLAIN: Dialect = {
  code: plainText,
  prose: plainText,
  heading: (text) => text,
  item: (level, text) => `${"  ".repeat(level + 1)}${text}`,
};

function plainText(text: string): string {
  return text.replace(/\s+/gu, " ").replace(/[\p{Cc}\p{Cf}]/gu, "");
}

/** How many requirements are listed of those that keep newer versions out, and of the others. */
const MOST_RESTRICTING = 10;
const MOST_OTHERS = 5;
/** How many packages are named that would have to move too. */
const MOST_MOVES = 8;

/** The whole explanation; a sentence where nothing here knows the package. */
export function describeExplanation(explanation: PackageExplanation, dialect: Dialect): string {
  const { name, projects } = explanation;
  if (projects.every(({ written, installed }) => written.length === 0 && installed.length === 0)) {
    const lines = projects.flatMap(({ notes }) => notes.map((note) => dialect.item(0, dialect.prose(note))));
    return [describeUnknown(explanation, dialect), ...lines].join("\n");
  }
  const title = dialect.heading(`Why ${dialect.code(name)} is where it is`);
  return [title, ...projects.map((project) => describeProject(project, name, dialect))].join("\n");
}

/** GitHub takes 65,536 characters for a comment; the reply around this text needs some. */
const COMMENT_LIMIT = 60_000;

/** Whole lines, as many as a comment can hold. */
export function withinComment(text: string): string {
  if (text.length <= COMMENT_LIMIT) {
    return text;
  }
  const end = text.lastIndexOf("\n", COMMENT_LIMIT);
  return `${text.slice(0, end)}\n- …and more: \`relock explain\` on a checkout shows all of it`;
}

/** Nothing here has a package of this name. */
function describeUnknown({ name, suggestion }: PackageExplanation, { code }: Dialect): string {
  const hint = suggestion === null ? "" : ` Did you mean ${code(suggestion)}?`;
  return `No manifest and no lock of this repository has ${code(name)}.${hint}`;
}

function describeProject(explanation: ProjectExplanation, name: string, dialect: Dialect): string {
  const { code, item, prose } = dialect;
  const { project, lock, written, installed, asked, notes, targets } = explanation;
  const head = lock === null || lock === project ? code(project) : `${code(project)} with ${code(lock)}`;
  const isTold = installed.some(({ demands }) => demands.length > 0);
  const places = isTold ? [] : written.map((place) => item(1, writtenLine(place, dialect)));
  const versions = installed.flatMap((one) => installedLines(one, { name, targets, dialect }));
  const elsewhere = elsewhereLines(explanation.elsewhere, dialect);
  const answers = asked === null ? [] : askedLines(asked, { name, targets, dialect });
  const remarks = notes.map((note) => item(1, `Note: ${prose(note)}`));
  return [item(0, head), ...places, ...versions, ...elsewhere, ...answers, ...remarks].join("\n");
}

interface Scope {
  readonly name: string;
  /** All targets of the project. */
  readonly targets: readonly string[];
  readonly dialect: Dialect;
}

function writtenLine(place: ProjectExplanation["written"][number], { code }: Dialect): string {
  const kind = place.ecosystem === "conda" ? " (for conda)" : "";
  return `${code(placeText(place))} says ${code(place.text)}${kind}`;
}

function installedLines(one: InstalledVersion, scope: Scope): readonly string[] {
  const { code, item } = scope.dialect;
  const place = one.place === null ? "" : ` (${code(placeText(one.place))})`;
  const restricting = one.demands.filter(({ restricts }) => restricts);
  const others = one.demands.filter(({ restricts }) => !restricts);
  return [
    item(1, `${code(`${scope.name} ${one.version}`)} ${onTargets(one.targets, scope)}${place}`),
    ...demandLines("Newer versions are limited by", restricting.slice(0, MOST_RESTRICTING), one, scope),
    ...moreLine(restricting.length - MOST_RESTRICTING, scope),
    ...demandLines(
      restricting.length === 0 ? "Asked for by" : "Also asked for by",
      others.slice(0, MOST_OTHERS),
      one,
      scope,
    ),
    ...moreLine(others.length - MOST_OTHERS, scope),
  ];
}

/** In Poetry's lock for everybody, an environment that nobody uses may decide for all. */
function elsewhereLines(demands: ProjectExplanation["elsewhere"], { code, item }: Dialect): readonly string[] {
  if (demands.length === 0) {
    return [];
  }
  const lines = demands.map(({ holder, place, asks, condition }) => {
    const where = condition === null ? "" : ` where ${code(condition)}`;
    return item(2, `${code(holder)} asks for ${code(asks)}${where} (${code(placeText(place))})`);
  });
  return [item(1, "For environments that are none of the targets, the lock also has to serve:"), ...lines];
}

type ListedDemand = InstalledVersion["demands"][number];

function demandLines(
  title: string,
  demands: readonly ListedDemand[],
  installed: InstalledVersion,
  scope: Scope,
): readonly string[] {
  if (demands.length === 0) {
    return [];
  }
  const { item } = scope.dialect;
  const lines = demands.map((demand) => {
    const where = demand.targets.length === installed.targets.length ? "" : ` ${onTargets(demand.targets, scope)}`;
    return item(3, `${demandText(demand, scope.dialect)}${where}`);
  });
  return [item(2, `${title}:`), ...lines];
}

function moreLine(count: number, { dialect }: Scope): readonly string[] {
  return count > 0 ? [dialect.item(3, `and ${count} more`)] : [];
}

/** `poetry 1.4.0 asks for platformdirs >=2.5.2,<3.0.0 (pyproject.toml:39 → poetry 1.4.0)`. */
function demandText({ chain }: PackageDemand, { code }: Dialect): string {
  const last = chain.at(-1);
  const holders = chain.map(({ holder, place }) =>
    code(holder ?? (place === null ? "the manifest" : placeText(place))),
  );
  const way = holders.length < 2 ? "" : ` (${holders.join(" → ")})`;
  return `${holders.at(-1) ?? ""} asks for ${code(last?.asks ?? "")}${way}`;
}

function askedLines({ version, limits, answers }: VersionExplanation, scope: Scope): readonly string[] {
  const { code, item } = scope.dialect;
  const wanted = code(`${scope.name} ${version}`);
  const ownLimits = limits.map(({ place, asks }) => {
    const where = place === null ? "the manifest" : code(placeText(place));
    return item(1, `${where} asks for ${code(asks)}, which does not allow ${code(version)}`);
  });
  const untried = item(1, `No target has ${code(scope.name)}, so ${code(version)} was not tried`);
  return [
    ...ownLimits,
    ...(answers.length === 0 ? [untried] : []),
    ...answers.flatMap((answer) => answerLines(answer, { wanted, isLimited: limits.length > 0, scope })),
  ];
}

interface Wanted {
  readonly wanted: string;
  /** The manifest itself would have to change. */
  readonly isLimited: boolean;
  readonly scope: Scope;
}

function answerLines(answer: VersionAnswer, { wanted, isLimited, scope }: Wanted): readonly string[] {
  const { code, item, prose } = scope.dialect;
  const where = onTargets(answer.targets, scope);
  const everywhere = answer.targets.length === scope.targets.length;
  const because = (reason: string): readonly string[] => reason.split("\n").map((sentence) => item(2, prose(sentence)));
  switch (answer.kind) {
    case "in-use":
      return [item(1, `${wanted} is in use ${where}`)];
    case "possible": {
      const condition = isLimited ? ", once the manifest allows it" : "";
      return [item(1, `${wanted} is possible ${where}${condition}`), ...moveLines(answer.moves, scope.dialect)];
    }
    case "no-such-version":
      return [item(1, `No index has ${wanted}:`), ...because(answer.reason)];
    case "held": {
      const verdict = everywhere ? "is possible on none of the targets" : `is not possible ${where}`;
      return [item(1, `${wanted} ${verdict}, held by: ${code(answer.holder)}`), ...because(answer.reason)];
    }
    case "unsolvable": {
      const which = everywhere ? "on any target" : where;
      return [item(1, `The requirements cannot be met ${which}, with any version:`), ...because(answer.reason)];
    }
    case "not-known":
      return [item(1, `Whether ${wanted} is possible ${where} is not known: ${prose(answer.reason)}`)];
  }
}

function moveLines(moves: readonly VersionMove[], { code, item }: Dialect): readonly string[] {
  if (moves.length === 0) {
    return [];
  }
  const shown = moves
    .slice(0, MOST_MOVES)
    .map(({ name, from, to }) => code(`${name} ${from ?? "(new)"} → ${to ?? "(gone)"}`));
  const rest = moves.length - shown.length;
  return [item(2, `With it: ${shown.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`)];
}

function onTargets(targets: readonly string[], scope: Scope): string {
  if (targets.length === 0) {
    return "on none of the targets";
  }
  return targets.length === scope.targets.length
    ? "on every target"
    : `on ${targets.map((target) => scope.dialect.code(target)).join(", ")}`;
}

function placeText({ file, line }: FilePlace): string {
  return line === null ? file : `${file}:${line}`;
}
