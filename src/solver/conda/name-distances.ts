/** How near names are to the problem: breadth first from what it asks for, along the dependencies of higher versions first. */
import type { CondaKnowledge } from "./knowledge.ts";
import { isVirtualName } from "./packages.ts";
import type { CondaProblem } from "./problem.ts";

/** Ask when every name that can be reached is answered. */
export class NameDistances {
  private readonly knowledge: CondaKnowledge;
  private readonly wantedBy: (name: string) => readonly string[];
  private readonly places = new Map<string, number>();
  private readonly met: string[] = [];
  private followed = 0;

  /**
   * @param wantedBy the names that the records of a name ask for in the channels that the solve looks at; others are not
   * followed, as it depends on other solves whether they are answered
   */
  constructor(knowledge: CondaKnowledge, problem: CondaProblem, wantedBy: (name: string) => readonly string[]) {
    this.knowledge = knowledge;
    this.wantedBy = wantedBy;
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
      const open = new Set(this.wantedBy(next));
      for (const wanted of this.knowledge.wantedInOrder(next)) if (open.has(wanted)) this.meet(wanted);
    }
    return this.places.get(name) ?? this.places.size;
  }

  private meet(name: string): void {
    if (this.places.has(name)) return;
    this.places.set(name, this.met.length);
    this.met.push(name);
  }
}
