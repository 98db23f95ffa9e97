/** Whether a committed file is what a lock renders to: else it was made otherwise, and is left alone. */
import type { CondaLock } from "../conda-lock/model.ts";

/**
 * The categories with which a lock renders to exactly this text, so that a new lock can be rendered the same way.
 * @param render the text for a choice of categories beside `main`
 * @returns null where no choice gives the text: somebody edited it, or it was made from another lock
 */
export function renderedCategories(
  lock: CondaLock,
  text: string,
  render: (categories: readonly string[]) => string,
): readonly string[] | null {
  const others = [...new Set(lock.packages.map(({ category }) => category))].filter((name) => name !== "main");
  const extras = others.filter((name) => name !== "dev").slice(0, MOST_EXTRAS);
  const choices = [["dev"], [], [...extras, "dev"], ...extras.flatMap((name) => [[name, "dev"], [name]])];
  return choices.find((categories) => render(categories) === text) ?? null;
}

/** Real locks have two or three; a lock with thousands would render thousands of times. */
const MOST_EXTRAS = 8;
