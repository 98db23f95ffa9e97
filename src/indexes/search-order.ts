/** Which indexes are asked for a project, in which order, and whose answer counts. Knows nothing of HTTP. */
import type { IndexLocation, IndexPolicy, ListingAnswer, ListingRequest } from "#ports.ts";
import type { IndexProblem, ProjectListing } from "#packaging/index-records.ts";

/** Asks one index or find-links page for one project; null where it does not know the name. */
export type AskLocation = (location: IndexLocation, name: string) => Promise<LocationAnswer>;
export type LocationAnswer = { readonly listing: ProjectListing | null } | { readonly problem: IndexProblem };

/**
 * Asks the indexes of a policy for a project.
 *
 * - A request that names a source is answered by that source alone.
 * - `first-index`: the first index that knows the name answers alone, so that nobody can publish a higher version of a
 *   private name on a public index (dependency confusion). `merge`: all answers are put together.
 * - Find-links pages are added to either; supplemental locations are asked only where nothing else knows the name.
 * - A location that cannot be asked is a problem for the request: going on without it could choose the wrong project.
 */
export async function searchIndexes(
  policy: IndexPolicy,
  request: ListingRequest,
  ask: AskLocation,
): Promise<ListingAnswer> {
  if (request.source !== null) return askSource(policy, request.source, request.name, ask);
  for (const use of ["normal", "supplemental"] as const) {
    const locations = policy.indexes.filter((location) => location.use === use);
    const answer = await searchGroup(locations, policy.strategy, request.name, ask);
    if ("problem" in answer || answer.listings.length > 0) return answer;
  }
  return { listings: [] };
}

async function askSource(policy: IndexPolicy, source: string, name: string, ask: AskLocation): Promise<ListingAnswer> {
  const named = policy.indexes.filter((location) => location.name.toLowerCase() === source.toLowerCase());
  if (named.length === 0) {
    const message = `${name} is tied to the source "${source}", which is not configured: add it, or remove the tie.`;
    return { problem: { kind: "not-found", url: "", message } };
  }
  return joined(await Promise.all(named.map((location) => ask(location, name))));
}

async function searchGroup(
  locations: readonly IndexLocation[],
  strategy: IndexPolicy["strategy"],
  name: string,
  ask: AskLocation,
): Promise<ListingAnswer> {
  const pages = locations.filter(({ kind }) => kind === "find-links").map((location) => ask(location, name));
  const indexes = locations.filter(({ kind }) => kind === "index");
  const answers = await (strategy === "merge"
    ? Promise.all(indexes.map((location) => ask(location, name)))
    : askUntilKnown(indexes, name, ask));
  return joined([...answers, ...(await Promise.all(pages))]);
}

async function askUntilKnown(
  indexes: readonly IndexLocation[],
  name: string,
  ask: AskLocation,
): Promise<LocationAnswer[]> {
  for (const location of indexes) {
    const answer = await ask(location, name);
    if ("problem" in answer || answer.listing !== null) return [answer];
  }
  return [];
}

function joined(answers: readonly LocationAnswer[]): ListingAnswer {
  const listings: ProjectListing[] = [];
  for (const answer of answers) {
    if ("problem" in answer) return { problem: answer.problem };
    if (answer.listing !== null) listings.push(answer.listing);
  }
  return { listings };
}
