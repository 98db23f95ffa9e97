/** Who may give commands: people with write access, asked of GitHub each time; in doubt, nobody. */
import type { GitHubRepository } from "./client.ts";
import { RateLimited, statusOf } from "./errors.ts";

export interface Commenter {
  readonly login: string;
  readonly isBot: boolean;
}

export type Permission = { readonly kind: "allowed" } | { readonly kind: "denied"; readonly reason: string };

/**
 * Whether someone may give commands. Denied too where GitHub cannot say; only a rate limit is thrown, so that the job
 * asks again later. The `author_association` of a webhook is not used: it is wrong for private members.
 */
export async function commandPermission(repository: GitHubRepository, commenter: Commenter): Promise<Permission> {
  if (commenter.isBot) return { kind: "denied", reason: "commands of bots are not followed" };
  const { owner, repo, octokit } = repository;
  try {
    const { data } = await octokit.repos.getCollaboratorPermissionLevel({
      owner,
      repo,
      username: commenter.login,
    });
    // `maintain` reads as write in this field, and a custom role as the level that it builds on.
    const mayWrite = data.permission === "admin" || data.permission === "write";
    if (mayWrite) return { kind: "allowed" };
    return { kind: "denied", reason: `has ${data.permission} access` };
  } catch (error) {
    if (error instanceof RateLimited) throw error;
    return { kind: "denied", reason: `GitHub answered ${String(statusOf(error) ?? "nothing")}` };
  }
}
