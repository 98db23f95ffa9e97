/**
 * The names that a solve can reach: what is asked for, what the records of that may depend on, and so on. All of them are
 * needed before the first decision, because the order of builds looks at the versions of their dependencies.
 */
import type { CondaKnowledge } from "./knowledge.ts";
import { isVirtualName } from "./packages.ts";
import type { CondaProvider } from "./provider.ts";

export class ReachableNames {
  private readonly provider: CondaProvider;
  private readonly knowledge: CondaKnowledge;
  private readonly seen = new Set<string>();
  private waiting: string[] = [];

  constructor(provider: CondaProvider, knowledge: CondaKnowledge) {
    this.provider = provider;
    this.knowledge = knowledge;
    for (const { text } of provider.problem.specs) {
      const name = provider.names.nameOf(text);
      if (name !== null) this.addName(name);
    }
  }

  /** All of them, in the order in which they were met, once nothing is missing; virtual packages too. */
  get all(): ReadonlySet<string> {
    return this.seen;
  }

  /** Follows what is answered; returns the names that are not, sorted. */
  missing(): readonly string[] {
    const open: string[] = [];
    for (let name = this.waiting.pop(); name !== undefined; name = this.waiting.pop()) {
      if (this.knowledge.isAnswered(name)) this.follow(name);
      else open.push(name);
    }
    this.waiting = open;
    return [...open].sort();
  }

  /** Records that a date or a pin rules out are followed too: what more is known changes no answer. */
  private follow(name: string): void {
    for (const wanted of this.provider.names.wantedBy(name)) this.addName(wanted);
  }

  private addName(name: string): void {
    if (this.seen.has(name)) return;
    this.seen.add(name);
    if (!isVirtualName(name)) this.waiting.push(name);
  }
}
