/** What indexes have answered so far. One may serve many solves: it only grows, and no solve depends on what more is in it. */
import { parseVersion } from "#packaging/pep440-version.ts";
import { MetadataCatalog, type ParsedMetadata } from "./metadata-catalog.ts";
import type { ListingReply, MetadataReply, PypiReply } from "./questions.ts";
import { ReleaseCatalog, type Release } from "./releases.ts";

export type KnownProject = { readonly releases: readonly Release[] } | { readonly problem: string };
export type KnownMetadata = { readonly parsed: ParsedMetadata } | { readonly problem: string };

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
        ? { problem: answer.problem.message }
        : { releases: this.releaseCatalog.releases(answer.listings) };
    this.projects.set(projectKey(question.name, question.source), known);
  }

  private acceptMetadata({ question, answer }: MetadataReply): void {
    const sortKey = parseVersion(question.version)?.sortKey ?? question.version;
    const known =
      "problem" in answer
        ? { problem: answer.problem.message }
        : { parsed: this.metadataCatalog.parse(answer.metadata) };
    this.metadata.set(`${projectKey(question.name, question.source)}\n${sortKey}`, known);
  }
}

function projectKey(name: string, source: string | null): string {
  return source === null ? name : `${name}@${source}`;
}
