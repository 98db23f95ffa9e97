/** What indexes have answered so far. One may serve many solves: it only grows, and no solve depends on what more is in it. */
import type { IndexProblem } from "#packaging/index-records.ts";
import { parseVersion } from "#packaging/pep440-version.ts";
import { MetadataCatalog, type ParsedMetadata } from "./metadata-catalog.ts";
import type { ListingReply, MetadataReply, PypiReply } from "./questions.ts";
import { ReleaseCatalog, type Release } from "./releases.ts";

/** `failed`: the index could not answer, so that a solve which needs the answer cannot go on. */
export type KnownProject =
  { readonly releases: readonly Release[] } | { readonly problem: string; readonly failed: IndexProblem };
/** `problem`: the release has no metadata that can be had, so that it may not be chosen. */
export type KnownMetadata =
  { readonly parsed: ParsedMetadata } | { readonly problem: string } | { readonly failed: IndexProblem };

/** What is wrong with the release and not with the index or the way to it. */
const RELEASE_PROBLEMS: ReadonlySet<IndexProblem["kind"]> = new Set([
  "needs-build",
  "not-found",
  "bad-content",
  "too-large",
]);

export class PypiKnowledge {
  private readonly releaseCatalog = new ReleaseCatalog();
  private readonly metadataCatalog = new MetadataCatalog();
  private readonly projects = new Map<string, KnownProject>();
  private readonly metadata = new Map<string, KnownMetadata>();

  accept(reply: PypiReply): void {
    if (reply.question.kind === "listing") this.acceptListing(reply as ListingReply);
    else this.acceptMetadata(reply as MetadataReply);
  }

  project(name: string, source: string | null): KnownProject | null {
    return this.projects.get(projectKey(name, source)) ?? null;
  }

  /** @param sortKey of the version */
  release(name: string, source: string | null, sortKey: string): KnownMetadata | null {
    return this.metadata.get(`${projectKey(name, source)}\n${sortKey}`) ?? null;
  }

  private acceptListing({ question, answer }: ListingReply): void {
    const known =
      "problem" in answer
        ? { problem: answer.problem.message, failed: answer.problem }
        : { releases: this.releaseCatalog.releases(answer.listings) };
    this.projects.set(projectKey(question.name, question.source), known);
  }

  private acceptMetadata({ question, answer }: MetadataReply): void {
    const sortKey = parseVersion(question.version)?.sortKey ?? question.version;
    this.metadata.set(`${projectKey(question.name, question.source)}\n${sortKey}`, this.readMetadata(answer));
  }

  private readMetadata(answer: MetadataReply["answer"]): KnownMetadata {
    if ("metadata" in answer) return { parsed: this.metadataCatalog.parse(answer.metadata) };
    const { problem } = answer;
    return RELEASE_PROBLEMS.has(problem.kind)
      ? { problem: problem.message }
      : { problem: problem.message, failed: problem };
  }
}

function projectKey(name: string, source: string | null): string {
  return source === null ? name : `${name}@${source}`;
}
