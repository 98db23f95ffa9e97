/** Index data as a policy shows it, and a note of everything that the policy hid or let through. */
import type { IndexProblem } from "#packaging/index-records.ts";
import { filterListing, type ListingPolicy } from "#planning/filter-listing.ts";
import type { ListingAnswer, ListingRequest, PackageIndex } from "#ports.ts";

/** What was seen through a policy index so far. */
export interface PolicyObservations {
  /** Normalised versions hidden for their age, by name. */
  readonly tooYoung: ReadonlyMap<string, readonly string[]>;
  /** Names of files without an upload time that were kept. */
  readonly undated: ReadonlySet<string>;
  readonly problems: readonly IndexProblem[];
}

export interface PolicyIndex extends PackageIndex {
  observations(): PolicyObservations;
}

/** Wraps an index so that a policy applies to every listing, whichever solver asks. */
export function openPolicyIndex(index: PackageIndex, policy: ListingPolicy): PolicyIndex {
  const tooYoung = new Map<string, readonly string[]>();
  const undated = new Set<string>();
  const problems: IndexProblem[] = [];
  return {
    listing: async (request: ListingRequest): Promise<ListingAnswer> => {
      const answer = await index.listing(request);
      if ("problem" in answer) {
        problems.push(answer.problem);
        return answer;
      }
      const filtered = answer.listings.map((listing) => filterListing(listing, policy));
      for (const one of filtered) {
        if (one.tooYoung.length > 0) {
          tooYoung.set(one.listing.name, one.tooYoung);
        }
        for (const filename of one.undated) {
          undated.add(filename);
        }
      }
      return { listings: filtered.map((one) => one.listing) };
    },
    metadata: (name, version, files) => index.metadata(name, version, files),
    fileHash: (file) => index.fileHash(file),
    observations: () => ({ tooYoung, undated, problems }),
  };
}
