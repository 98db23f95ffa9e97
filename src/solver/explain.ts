/**
 * From the proof of a conflict to sentences. The order of sentences is that of dart-lang/pub `doc/solver.md`, section "Error
 * reporting": each conclusion follows from what was said just before, and one that is used again gets a number.
 */
import type { Incompatibility } from "./core/incompatibility.ts";
import type { Fact } from "./facts.ts";

/** How an ecosystem says things; `F` is its sealed list of facts. */
export interface Vocabulary<F = Fact> {
  /** A leaf of the proof; null where it goes without saying. */
  fact(incompatibility: Incompatibility): { readonly text: string; readonly fact: F } | null;
  /** What a conclusion says. */
  conclusion(incompatibility: Incompatibility): string;
  /** One leaf that says what facts of two say together, where that is plainer than two and a conclusion; else null. */
  merge?(facts: readonly F[], conclusion: Incompatibility): string | null;
}

export interface Explanation<F = Fact> {
  /** Sentences, one a line. */
  readonly text: string;
  /** The facts that the proof rests on, each once, in the order in which the text names them. */
  readonly facts: readonly F[];
}

interface Leaf<F> {
  readonly kind: "leaf";
  readonly text: string;
  readonly facts: readonly F[];
}

interface Step<F> {
  readonly kind: "step";
  readonly incompatibility: Incompatibility;
  readonly parts: readonly [Proof<F>, Proof<F>];
}

type Proof<F> = Leaf<F> | Step<F>;

/** A longer proof is told by its facts alone: nobody follows more conclusions than this. */
const MOST_STEPS = 40;
const MOST_FACTS = 24;

/** The explanation of why the root cannot be chosen. The same proof gives the same text. */
export function explainConflict<F>(incompatibility: Incompatibility, vocabulary: Vocabulary<F>): Explanation<F> {
  const proof = simplify(incompatibility, vocabulary);
  if (proof === null) return { text: "The requirements cannot be met together.", facts: [] };
  const facts = factsOf(proof);
  if (proof.kind === "leaf") return { text: `${sentence(proof.text)}.`, facts };
  const steps = countSteps(proof);
  const text = steps > MOST_STEPS ? tellFacts(proof) : new Teller(vocabulary, proof).tell();
  return { text, facts };
}

/** The proof without the facts that go without saying. Iterative: a proof may be thousands of steps deep. */
function simplify<F>(root: Incompatibility, vocabulary: Vocabulary<F>): Proof<F> | null {
  const done = new Map<Incompatibility, Proof<F> | null>();
  const stack = [root];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const { cause } = top;
    if (done.has(top)) {
      stack.pop();
    } else if (cause.kind !== "learned") {
      const leaf = vocabulary.fact(top);
      done.set(top, leaf === null ? null : { kind: "leaf", text: leaf.text, facts: [leaf.fact] });
    } else {
      const open = [cause.left, cause.right].filter((part) => !done.has(part));
      if (open.length > 0) stack.push(...open.toReversed());
      else done.set(top, combine(top, [done.get(cause.left) ?? null, done.get(cause.right) ?? null], vocabulary));
    }
  }
  return done.get(root) ?? null;
}

/** A conclusion from two parts; where one goes without saying, or says the same, the other stands for both. */
function combine<F>(
  incompatibility: Incompatibility,
  [left, right]: readonly [Proof<F> | null, Proof<F> | null],
  vocabulary: Vocabulary<F>,
): Proof<F> | null {
  if (left === null || right === null) return left ?? right;
  if (left.kind === "leaf" && right.kind === "leaf") {
    if (left.text === right.text) return left;
    const facts = [...left.facts, ...right.facts];
    const text = vocabulary.merge?.(facts, incompatibility) ?? null;
    if (text !== null) return { kind: "leaf", text, facts };
  }
  return { kind: "step", incompatibility, parts: [left, right] };
}

/** Leaves in the order in which they are told, each text once. */
function leavesOf<F>(proof: Proof<F>): readonly Leaf<F>[] {
  const leaves = new Map<string, Leaf<F>>();
  const seen = new Set<Proof<F>>();
  const stack: Proof<F>[] = [proof];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (seen.has(top)) continue;
    seen.add(top);
    if (top.kind === "leaf") leaves.set(top.text, leaves.get(top.text) ?? top);
    else stack.push(top.parts[1], top.parts[0]);
  }
  return [...leaves.values()];
}

function factsOf<F>(proof: Proof<F>): readonly F[] {
  return leavesOf(proof).flatMap(({ facts }) => facts);
}

function countSteps<F>(proof: Proof<F>): number {
  const seen = new Set<Proof<F>>();
  const stack: Proof<F>[] = [proof];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (top.kind === "leaf" || seen.has(top)) continue;
    seen.add(top);
    stack.push(...top.parts);
  }
  return seen.size;
}

function tellFacts<F>(proof: Proof<F>): string {
  const texts = leavesOf(proof).map(({ text }) => text);
  const shown = texts.slice(0, MOST_FACTS);
  const rest = texts.length - shown.length;
  const lines = [
    "The requirements cannot be met together, because of these facts:",
    ...shown.map((text) => `- ${text}`),
  ];
  return [...lines, ...(rest > 0 ? [`- and ${rest} more`] : [])].join("\n");
}

/** Tells a proof line by line. */
class Teller<F> {
  private readonly vocabulary: Vocabulary<F>;
  private readonly root: Step<F>;
  private readonly lines: string[] = [];
  /** Steps that are used more than once get a number when they are told. */
  private readonly uses = new Map<Step<F>, number>();
  private readonly numbers = new Map<Step<F>, number>();

  constructor(vocabulary: Vocabulary<F>, root: Step<F>) {
    this.vocabulary = vocabulary;
    this.root = root;
    this.countUses();
  }

  tell(): string {
    this.visit(this.root);
    return this.lines.join("\n");
  }

  private visit(step: Step<F>): void {
    const [first, second] = step.parts;
    if (first.kind === "step" && second.kind === "step") this.visitTwo(step, first, second);
    else if (first.kind === "step" && second.kind === "leaf") this.visitOne(step, first, second);
    else if (first.kind === "leaf" && second.kind === "step") this.visitOne(step, second, first);
    else this.write(step, `Because ${this.text(first)} and ${this.text(second)}, ${this.conclusion(step)}`);
  }

  private visitTwo(step: Step<F>, first: Step<F>, second: Step<F>): void {
    const [told, untold] = this.numbers.has(first) ? [first, second] : [second, first];
    if (this.numbers.has(told) && this.numbers.has(untold)) {
      this.write(step, `Because ${this.text(first)} and ${this.text(second)}, ${this.conclusion(step)}`);
    } else if (this.numbers.has(told)) {
      this.visit(untold);
      this.write(step, `And because ${this.text(told)}, ${this.conclusion(step)}`);
    } else if (isSimple(first) || isSimple(second)) {
      const [simple, other] = isSimple(first) ? [first, second] : [second, first];
      this.visit(other);
      this.visit(simple);
      this.write(step, `Thus, ${this.conclusion(step)}`);
    } else {
      this.visit(first);
      this.number(first);
      this.visit(second);
      this.write(step, `And because ${this.text(first)}, ${this.conclusion(step)}`);
    }
  }

  private visitOne(step: Step<F>, derived: Step<F>, leaf: Leaf<F>): void {
    if (this.numbers.has(derived)) {
      this.write(step, `Because ${leaf.text} and ${this.text(derived)}, ${this.conclusion(step)}`);
      return;
    }
    const [first, second] = derived.parts;
    const inner = first.kind === "step" ? first : second;
    const innerLeaf = first.kind === "leaf" ? first : second;
    const collapsible = (this.uses.get(derived) ?? 0) < 2 && innerLeaf.kind === "leaf";
    if (collapsible && inner.kind === "step" && !this.numbers.has(inner)) {
      this.visit(inner);
      this.write(step, `And because ${innerLeaf.text} and ${leaf.text}, ${this.conclusion(step)}`);
    } else if (collapsible && inner.kind === "leaf") {
      this.write(
        step,
        `Because ${first.kind === "leaf" ? first.text : ""}, ${inner.text} and ${leaf.text}, ${this.conclusion(step)}`,
      );
    } else {
      this.visit(derived);
      this.write(step, `And because ${leaf.text}, ${this.conclusion(step)}`);
    }
  }

  private write(step: Step<F>, text: string): void {
    this.lines.push(`${text}.`);
    if ((this.uses.get(step) ?? 0) > 1) this.number(step);
  }

  /** Numbers the line that was written last. */
  private number(step: Step<F>): void {
    if (this.numbers.has(step)) return;
    const number = this.numbers.size + 1;
    this.numbers.set(step, number);
    this.lines.push(`${this.lines.pop() ?? ""} (${number})`);
  }

  private text(proof: Proof<F>): string {
    if (proof.kind === "leaf") return proof.text;
    const number = this.numbers.get(proof);
    const said = this.vocabulary.conclusion(proof.incompatibility);
    return number === undefined ? said : `${said} (${number})`;
  }

  private conclusion(step: Step<F>): string {
    return step === this.root
      ? "the requirements cannot be met together"
      : this.vocabulary.conclusion(step.incompatibility);
  }

  private countUses(): void {
    const stack: Step<F>[] = [this.root];
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const uses = (this.uses.get(top) ?? 0) + 1;
      this.uses.set(top, uses);
      if (uses === 1) stack.push(...top.parts.filter((part) => part.kind === "step"));
    }
  }
}

function isSimple<F>(step: Step<F>): boolean {
  return step.parts.every((part) => part.kind === "leaf");
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
