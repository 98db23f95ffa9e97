/**
 * Compares constraints and markers with poetry-core itself, on random ones:
 * `RELOCK_NATIVE_TOOLS=NATIVE node test/contract/poetry-core-native.ts [pairs] [seed] [--write]`. Prints how many answers agree; `--write`
 * keeps poetry-core's answers as the fixtures of the ordinary tests.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answerConstraints, answerMarkers, type Answers, type CoreQuestion } from "../support/poetry-core-answers.ts";
import { Dice } from "./poetry-manifests.ts";

const PYTHON = String.raw`
import json
from poetry.core.constraints.version import Version, parse_constraint
from poetry.core.packages.utils.utils import get_python_constraint_from_marker
from poetry.core.version.markers import parse_marker

def answer(question):
    if question["kind"] == "constraint":
        a, b = parse_constraint(question["a"]), parse_constraint(question["b"])
        allowed = [a.allows(Version.parse(version)) for version in question["versions"]]
        return {"a": str(a), "intersect": str(a.intersect(b)), "union": str(a.union(b)),
                "difference": str(a.difference(b)), "allowsAll": a.allows_all(b), "allowsAny": a.allows_any(b),
                "allows": allowed}
    a, b, python = parse_marker(question["a"]), parse_marker(question["b"]), parse_constraint(question["python"])
    return {"a": str(a), "intersect": str(a.intersect(b)), "union": str(a.union(b)), "invert": str(a.invert()),
            "python": str(get_python_constraint_from_marker(a)), "withoutExtras": str(a.without_extras()),
            "reduced": str(a.intersect(b).reduce_by_python_constraint(python))}

with open("/mnt/work/answers.jsonl", "w") as answers:
    for line in open("/mnt/work/questions.jsonl"):
        try:
            found = answer(json.loads(line))
        except Exception as error:
            found = {"refused": type(error).__name__}
        answers.write(json.dumps(found) + "\n")
`;

function version(dice: Dice): string {
  const parts = Array.from({ length: 1 + dice.number(4) }, () => dice.number(4));
  const suffix = dice.chance(0.15) ? dice.pick(["a1", "rc2", ".dev3", ".post1", ".post2.dev1", "-1"]) : "";
  return parts.join(".") + (suffix === "" && dice.chance(0.04) ? "+cuda11" : suffix);
}

function comparison(dice: Dice): string {
  const kind = dice.number(10);
  if (kind === 0) return dice.pick(["*", "1.*", "2.1.*", "==1.2.*", "!=1.1.*", "!=2.*"]);
  return dice.pick(kind < 3 ? ["^", "~", "~=", "^ "] : [">=", "<", "<=", ">", "==", "!=", "", ">= "]) + version(dice);
}

function constraint(dice: Dice): string {
  const alternative = () =>
    Array.from({ length: 1 + dice.number(3) }, () => comparison(dice)).join(dice.pick([",", ", ", " "]));
  return Array.from({ length: dice.chance(0.25) ? 2 : 1 }, alternative).join(" || ");
}

const ODD = [
  'python_version in "3.7 3.8"', 'sys_platform in "linux darwin"', 'sys_platform not in "win32, cygwin"', 'python_version ~= "3.8"',
  '"win" in sys_platform', '"tegra" in platform_release', 'platform_release >= "5.10-tegra"', "os_name == 'nt'",
  'python_version == "3.8.*"', 'python_version not in "3.7,3.9"', 'python_version == "3"', 'python_version > "3"',
] as const; // prettier-ignore

function atom(dice: Dice): string {
  const kind = dice.number(20);
  const minor = `3.${6 + dice.number(7)}`;
  if (kind < 8) return `python_version ${dice.pick(["<", "<=", ">", ">=", ">=", "<", "==", "!="])} "${minor}"`;
  if (kind < 10) return `python_full_version ${dice.pick(["<", "<=", ">", ">=", "=="])} "${minor}.${dice.number(3)}"`;
  if (kind < 14)
    return `sys_platform ${dice.pick(["==", "!="])} "${dice.pick(["linux", "darwin", "win32", "cygwin"])}"`;
  if (kind < 16) return `platform_system ${dice.pick(["==", "!="])} "${dice.pick(["Linux", "Darwin", "Windows"])}"`;
  if (kind < 18) return `platform_machine ${dice.pick(["==", "!="])} "${dice.pick(["x86_64", "aarch64", "arm64"])}"`;
  return kind === 18 ? `extra == "${dice.pick(["a", "b", "c"])}"` : dice.pick(ODD);
}

function marker(dice: Dice, depth: number): string {
  const part = () => (depth > 0 && dice.chance(0.4) ? `(${marker(dice, depth - 1)})` : atom(dice));
  let text = part();
  while (dice.chance(0.45)) text += ` ${dice.pick(["and", "or", "and"])} ${part()}`;
  return text;
}

function questions(count: number, seed: number): readonly CoreQuestion[] {
  const dice = new Dice(seed);
  return Array.from({ length: count * 2 }, (_, index): CoreQuestion => {
    if (index % 2 === 0) {
      const versions = Array.from({ length: 4 }, () => version(dice));
      return { kind: "constraint", a: constraint(dice), b: constraint(dice), versions };
    }
    const python = dice.pick([">=3.8,<3.11", ">=3.8.1,<3.11", ">=3.9", "^3.8", ">=3.7", "~3.9", ">=3.7,!=3.9.*"]);
    return { kind: "marker", a: marker(dice, 1), b: marker(dice, 1), python };
  });
}

function askPoetry(native: string, asked: readonly CoreQuestion[]): readonly Answers[] {
  const folder = mkdtempSync(join(tmpdir(), "relock-core-"));
  try {
    writeFileSync(join(folder, "questions.jsonl"), asked.map((question) => `${JSON.stringify(question)}\n`).join(""));
    writeFileSync(join(folder, "answer.py"), PYTHON);
    execFileSync(native, ["run", folder, "python3", "answer.py"]);
    const lines = readFileSync(join(folder, "answers.jsonl"), "utf8").trim().split("\n");
    return lines.map((line) => JSON.parse(line) as Answers);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function main(): void {
  const native = process.env["RELOCK_NATIVE_TOOLS"];
  if (native === undefined) {
    console.log("Skipped: RELOCK_NATIVE_TOOLS does not name the script that runs Poetry.");
    return;
  }
  const [count = "2000", seed = "1"] = process.argv.slice(2).filter((word) => !word.startsWith("--"));
  const asked = questions(Number(count), Number(seed));
  const wanted = askPoetry(native, asked);
  let same = 0;
  let total = 0;
  asked.forEach((question, index) => {
    const theirs = wanted[index] ?? {};
    // What makes poetry-core itself fail has no right answer.
    if ("refused" in theirs) return;
    const ours = question.kind === "constraint" ? answerConstraints(question) : answerMarkers(question);
    for (const [key, value] of Object.entries(theirs)) {
      total += 1;
      if (JSON.stringify(ours[key]) === JSON.stringify(value)) same += 1;
      else
        console.log(
          `${key} of ${JSON.stringify(question)}\n  poetry-core ${JSON.stringify(value)}\n  relock      ${JSON.stringify(ours[key])}`,
        );
    }
  });
  console.log(`${same} of ${total} answers are those of poetry-core (${asked.length} pairs).`);
  if (!process.argv.includes("--write")) return;
  const facts = asked
    .map((question, index) => ({ question, answers: wanted[index] }))
    .filter(({ answers }) => answers !== undefined && !("refused" in answers));
  const folder = join(import.meta.dirname, "../fixtures/poetry-core");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "facts.json"), `[\n${facts.map((fact) => JSON.stringify(fact)).join(",\n")}\n]\n`);
}

main();
