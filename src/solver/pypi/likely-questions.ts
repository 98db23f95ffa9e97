/**
 * What a solve will probably ask for next, so that the network is waited for once per level of the dependency graph and not
 * once per package. Guessing wrong costs a download; the solve itself never looks at what is here.
 */
import { firstCandidate, hasCandidate, intersection, type CandidateSet } from "../core/candidate-set.ts";
import { ROOT, type PackageId } from "../core/provider.ts";
import type { CoreOutcome, CoreSolve } from "../core/solve.ts";
import type { PypiProvider } from "./provider.ts";
import type { PypiQuestion } from "./questions.ts";

type Needs = Extract<CoreOutcome, { kind: "needs" }>;

/** What of a solve is looked at, in the numbers of the provider. */
export type SolveProgress = Pick<CoreSolve, "decided" | "domain" | "undecided">;

/** From this many versions on that were tried, more of a package are asked for at once. */
const PATIENCE = 3;
const MOST_AHEAD = 16;

/** The questions that the solve waits for, then the likely ones; each once. */
export function questionsFor(provider: PypiProvider, core: SolveProgress, needs: Needs): readonly PypiQuestion[] {
  const questions = new Map<string, PypiQuestion>();
  const add = (question: PypiQuestion): void => {
    const key = `${question.kind} ${question.name} ${question.kind === "metadata" ? question.version : ""}`;
    if (!questions.has(key)) questions.set(key, question);
  };
  for (const package_ of needs.listings) addListing(provider, package_, { speculative: false, add });
  for (const [package_, candidate] of needs.dependencies) {
    addMetadata(provider, package_, candidate, { speculative: false, add });
    for (const next of nextCandidates(provider, package_, candidate)) {
      addMetadata(provider, package_, next, { speculative: true, add });
    }
  }
  lookAhead(provider, core, add);
  return [...questions.values()];
}

interface Sink {
  readonly speculative: boolean;
  readonly add: (question: PypiQuestion) => void;
}

/** Walks the graph as it would be if every package took its first candidate. */
function lookAhead(provider: PypiProvider, core: SolveProgress, add: Sink["add"]): void {
  const sink: Sink = { speculative: true, add };
  const seen = new Set<PackageId>();
  const start: PackageId[] = core.decided(ROOT) < 0 ? [ROOT] : [...core.undecided()];
  const queue = start.map((package_) => ({ package: package_, within: core.domain(package_) }));
  for (const { package: package_, within } of queue) {
    if (seen.has(package_)) continue;
    seen.add(package_);
    const candidate = guess(provider, core, package_, within);
    if (candidate === "unlisted") addListing(provider, package_, sink);
    if (typeof candidate !== "number" || candidate < 0) continue;
    const dependencies = provider.dependencies(package_, candidate);
    if (dependencies === null) addMetadata(provider, package_, candidate, sink);
    if (!Array.isArray(dependencies)) continue;
    for (const dependency of dependencies) {
      if (dependency.kind === "constrains" || core.decided(dependency.package) >= 0) continue;
      const listed = provider.candidateCount(dependency.package) !== null;
      queue.push({ package: dependency.package, within: listed ? provider.allowed(dependency) : null });
    }
  }
}

function guess(
  provider: PypiProvider,
  core: SolveProgress,
  package_: PackageId,
  within: CandidateSet | null,
): number | "unlisted" {
  const count = provider.candidateCount(package_);
  if (count === null) return "unlisted";
  const domain = core.domain(package_);
  const allowed = within === null ? domain : domain === null ? within : intersection(within, domain);
  const entry = provider.packages.entry(package_);
  if (entry.kind !== "project" && entry.kind !== "extra") return allowed === null ? 0 : firstCandidate(allowed);
  const { candidates = [], preferred = [] } = provider.project(entry.name) ?? {};
  const fits = (index: number): boolean =>
    candidates[index]?.exclusion === null && (allowed === null || hasCandidate(allowed, index));
  return preferred.find(fits) ?? candidates.findIndex((_, index) => fits(index));
}

/**
 * The candidates behind one that is needed, where several of the package were tried in vain. Its domain then often has one
 * candidate at a time, so the order of preference tells better what comes next.
 */
function nextCandidates(provider: PypiProvider, package_: PackageId, candidate: number): readonly number[] {
  const tried = provider.tried(package_);
  const entry = provider.packages.entry(package_);
  if (tried < PATIENCE || (entry.kind !== "project" && entry.kind !== "extra")) return [];
  const wanted = Math.min(tried, MOST_AHEAD);
  const found: number[] = [];
  const { candidates = [] } = provider.project(entry.name) ?? {};
  for (let index = candidate + 1; index < candidates.length && found.length < wanted; index += 1) {
    if (candidates[index]?.exclusion === null) found.push(index);
  }
  return found;
}

function addListing(provider: PypiProvider, package_: PackageId, { speculative, add }: Sink): void {
  const entry = provider.packages.entry(package_);
  if (entry.kind !== "project" && entry.kind !== "extra") return;
  if (provider.isAnswered(entry.name)) return;
  add({ kind: "listing", name: entry.name, source: provider.sourceOf(entry.name), speculative });
}

function addMetadata(provider: PypiProvider, package_: PackageId, index: number, sink: Sink): void {
  const entry = provider.packages.entry(package_);
  if (entry.kind !== "project" && entry.kind !== "extra") return;
  const { name } = entry;
  const candidate = provider.project(name)?.candidates[index];
  if (candidate === undefined || provider.metadata(name, candidate) !== null) return;
  // The files that the environment uses come first; others of the release say the same where these have no metadata.
  const usable = new Set(candidate.usable);
  const files = [...candidate.usable, ...candidate.files.filter((file) => !usable.has(file))].map(({ file }) => file);
  const { text } = candidate.version;
  sink.add({
    kind: "metadata",
    name,
    source: provider.sourceOf(name),
    version: text,
    files,
    speculative: sink.speculative,
  });
}
