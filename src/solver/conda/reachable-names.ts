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
    for (const { text } of provider.problem.specs) this.add(text);
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

  private follow(name: string): void {
    for (const { record, exclusion } of this.provider.names.listing(name).candidates) {
      if (exclusion !== null) continue;
      for (const spec of record.depends) this.add(spec);
    }
  }

  private add(spec: string): void {
    const name = this.provider.names.nameOf(spec);
    if (name === null || this.seen.has(name)) return;
    this.seen.add(name);
    if (!isVirtualName(name)) this.waiting.push(name);
  }
}
