/** Fetches the index of a sharded channel, and its shards (CEP 16). */
import { createHash } from "node:crypto";
import type { IndexProblem } from "#packaging/index-records.ts";
import { shownUrl } from "#packaging/safe-url.ts";
import { pageKey, validators, type Freshness } from "../cache/freshness.ts";
import type { HttpRequest } from "../http/http-types.ts";
import { problem, problemOf } from "../http/problems.ts";
import type { IndexAccess } from "../index-access.ts";
import { isMissing, refused } from "./fetch-repodata.ts";
import type { FormAnswer } from "./folder-data.ts";
import { readShardIndex, type ShardIndex } from "./shard-index.ts";

const DEADLINE = 60_000;

/** Asks for an index. One of a version that we do not know counts as missing, since another form will do. */
export async function fetchShardIndex(access: IndexAccess, url: string, known: Freshness | null): Promise<FormAnswer> {
  const headers = known === null ? {} : validators(known);
  const answer = await access.http.fetch({ ...requestOf(access, url), headers });
  if ("problem" in answer) return answer;
  const { body, ...head } = answer;
  if (head.status === 304 && known !== null) return { unchanged: head };
  if (head.status !== 200) return isMissing(head.status, false) ? { missing: head } : refused(url, head.status);
  try {
    const index = readShardIndex(body, access.limits.shard);
    return index === null ? { missing: head } : { data: { kind: "shards", index }, body, head };
  } catch (error) {
    return { problem: problemOf(error, url).problem };
  }
}

/** Where a shard is; null where the channel's word for it is no URL. @param folder without a slash at the end */
export function shardUrl(index: ShardIndex, folder: string, sha256: string): string | null {
  const base = URL.parse(index.shardsBaseUrl, `${folder}/`);
  return base === null ? null : `${base.href.replace(/\/*$/, "/")}${sha256}.msgpack.zst`;
}

type ShardAnswer = { readonly body: Buffer } | { readonly problem: IndexProblem };

/** Gives a shard as it was sent. Who asks while it is being fetched gets the same answer: platforms share `noarch`. */
export type ShardFetcher = (access: IndexAccess, url: string, sha256: string) => Promise<ShardAnswer>;

export function createShardFetcher(): ShardFetcher {
  const underWay = new Map<string, Promise<ShardAnswer>>();
  return async (access, url, sha256) => {
    const kept = await access.cache.readBlob(sha256);
    if (kept !== null) return { body: kept };
    const key = pageKey(access.http, sha256, { url, accept: "", credentials: access.credentials });
    const known = underWay.get(key);
    if (known !== undefined) return known;
    const answer = fetchShard(access, url, sha256).finally(() => underWay.delete(key));
    underWay.set(key, answer);
    return answer;
  };
}

/** A shard never changes, so the cache keeps it for all channels and repositories, and its hash is checked whenever it is read. */
async function fetchShard(access: IndexAccess, url: string, sha256: string): Promise<ShardAnswer> {
  const { http, cache } = access;
  const shown = shownUrl(url);
  if (http.offline) return problem("offline", url, `${shown} is not in the cache; run once without --offline.`);
  const answer = await http.fetch(requestOf(access, url));
  if ("problem" in answer) return answer;
  const { status, body } = answer;
  if (status === 404 || status === 410) {
    const sentence = `${shown} answered with status ${status}, though the channel's index lists it; try again later.`;
    return problem("not-found", url, sentence);
  }
  if (status !== 200) return refused(url, status);
  const found = createHash("sha256").update(body).digest("hex");
  if (found !== sha256) {
    const sentence = `${shown} has the sha256 ${found}, not the one that the channel's index lists; try again later, and tell who runs the channel if it stays so.`;
    return problem("hash-mismatch", url, sentence);
  }
  await cache.writeBlob(body);
  return { body };
}

function requestOf({ limits, credentials }: IndexAccess, url: string): HttpRequest {
  return { url, maxBytes: limits.shard, deadline: Math.min(DEADLINE, limits.channelMilliseconds), credentials };
}
