/** Reads the text of a marker into Poetry's model, literals as written. Dependency specifiers, PEP 508. */
import type { MarkerReader } from "./marker-reader.ts";
import { joinPoetryMarkers, type PoetryMarker } from "./poetry-marker-model.ts";
import { makeSingle } from "./poetry-marker-single.ts";

const VARIABLES: ReadonlySet<string> = new Set([
  "implementation_version",
  "platform_python_implementation",
  "implementation_name",
  "python_full_version",
  "platform_release",
  "platform_version",
  "platform_machine",
  "platform_system",
  "python_version",
  "sys_platform",
  "os_name",
  "os.name",
  "sys.platform",
  "platform.version",
  "platform.machine",
  "platform.python_implementation",
  "python_implementation",
  "extra",
]);

/** The alternatives of the whole text, not simplified; null where Poetry refuses it. */
export function readPoetryMarker(reader: MarkerReader): readonly PoetryMarker[] | null {
  const alternatives = readAlternatives(reader);
  return alternatives !== null && reader.atEnd() ? alternatives : null;
}

function readAlternatives(reader: MarkerReader): readonly PoetryMarker[] | null {
  const alternatives: PoetryMarker[] = [];
  do {
    const alternative = readConjunction(reader);
    if (alternative === null) return null;
    alternatives.push(alternative);
  } while (reader.takeWord("or"));
  return alternatives;
}

function readConjunction(reader: MarkerReader): PoetryMarker | null {
  const parts: PoetryMarker[] = [];
  do {
    const part = readPart(reader);
    if (part === null) return null;
    parts.push(part);
  } while (reader.takeWord("and"));
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : joinPoetryMarkers("and", parts);
}

function readPart(reader: MarkerReader): PoetryMarker | null {
  if (!reader.takeSymbol("(")) return readComparison(reader);
  if (!reader.enter()) return null;
  const inner = readAlternatives(reader);
  reader.leave();
  return inner !== null && reader.takeSymbol(")") ? joinPoetryMarkers("or", inner) : null;
}

function readComparison(reader: MarkerReader): PoetryMarker | null {
  const left = reader.takeOperand();
  const operator = reader.takeOperator();
  const right = reader.takeOperand();
  if (left === null || operator === null || right === null || left.kind === right.kind) return null;
  const swapped = left.kind === "literal";
  const name = swapped ? right.text : left.text;
  if (!VARIABLES.has(name)) return null;
  return swapped
    ? makeSingle(name, `"${left.text}" ${operator}`, true)
    : makeSingle(name, `${operator} ${right.text}`, false);
}
