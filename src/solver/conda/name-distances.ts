/** How near names are to the problem: breadth first from what it asks for, along the dependencies of higher versions first. */
import type { CondaKnowledge } from "./knowledge.ts";
import { isVirtualName } from "./packages.ts";
import type { CondaProblem } from "./problem.ts";

/** Ask when every name that can be reached is answered. */
export class NameDistances {
  private readonly knowledge: CondaKnowledge;
  private readonly places = new Map<string, number>();
  private readonly met: string[] = [];
  private followed = 0;

  constructor(knowledge: CondaKnowledge, problem: CondaProblem) {
    this.knowledge = knowledge;
    for (const { text } of problem.specs) {
      const name = knowledge.texts.specs.nameOf(text);
      if (name !== null) this.meet(name);
    }
  }

  /** Place in that order. */
  of(name: string): number {
    while (!this.places.has(name) && this.followed < this.met.length) {
      const next = this.met[this.followed] ?? "";
      this.followed += 1;
      if (isVirtualName(next)) continue;
      for (const wanted of this.knowledge.wantedInOrder(next)) this.meet(wanted);
    }
    return this.places.get(name) ?? this.places.size;
  }

  private meet(name: string): void {
    if (this.places.has(name)) return;
    this.places.set(name, this.met.length);
    this.met.push(name);
  }
}
