/** What GitHub knows besides git objects and refs: plain values that can be written as JSON and read back. */

export type Role = "read" | "triage" | "write" | "maintain" | "admin";
export type PermissionLevel = "read" | "write" | "admin";
export type Permissions = Readonly<Record<string, PermissionLevel>>;

export interface Account {
  readonly id: number;
  readonly login: string;
  readonly kind: "User" | "Organization" | "Bot";
  readonly name: string | null;
  readonly createdAt: string;
}

export interface Membership {
  readonly organisation: string;
  readonly login: string;
  readonly role: "admin" | "member";
}

export interface Label {
  readonly id: number;
  readonly name: string;
  readonly color: string;
  readonly description: string | null;
}

export interface Repository {
  readonly id: number;
  readonly owner: string;
  name: string;
  readonly private: boolean;
  readonly defaultBranch: string;
  readonly createdAt: string;
  updatedAt: string;
  pushedAt: string;
  /** What organisation members may do without being named. */
  readonly basePermission: Role | "none";
  readonly collaborators: Record<string, Role>;
  readonly labels: Label[];
}

export interface PullRequest {
  readonly head: string;
  base: string;
  /** Follows the branch while the pull request is open. */
  headSha: string;
  baseSha: string;
  draft: boolean;
  mergedAt: string | null;
  mergedBy: string | null;
  mergeCommit: string | null;
}

/** Issues and pull requests share one sequence of numbers. */
export interface Issue {
  readonly id: number;
  readonly repository: number;
  readonly number: number;
  title: string;
  body: string | null;
  readonly author: string;
  state: "open" | "closed";
  stateReason: "completed" | "reopened" | "not_planned" | "duplicate" | null;
  labels: string[];
  readonly createdAt: string;
  updatedAt: string;
  closedAt: string | null;
  closedBy: string | null;
  readonly pull: PullRequest | null;
}

export interface Comment {
  readonly id: number;
  readonly repository: number;
  readonly issue: number;
  readonly author: string;
  body: string;
  readonly createdAt: string;
  updatedAt: string;
}

export const REACTIONS = ["+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"] as const;
export type ReactionContent = (typeof REACTIONS)[number];

export interface Reaction {
  readonly id: number;
  /** `issue:ID` or `comment:ID`. */
  readonly subject: string;
  readonly author: string;
  readonly content: ReactionContent;
  readonly createdAt: string;
}

export interface CheckRun {
  readonly id: number;
  readonly repository: number;
  readonly headSha: string;
  name: string;
  status: string;
  conclusion: string | null;
  externalId: string;
  detailsUrl: string | null;
  startedAt: string | null;
  completedAt: string | null;
  title: string | null;
  summary: string | null;
  text: string | null;
  annotations: Record<string, unknown>[];
  readonly actions: unknown[];
}

export interface Installation {
  readonly id: number;
  readonly account: string;
  selection: "all" | "selected";
  repositories: number[];
  readonly permissions: Permissions;
  readonly events: readonly string[];
  readonly createdAt: string;
  updatedAt: string;
}

export interface Token {
  readonly token: string;
  /** Of an installation, else a person's own. */
  readonly installation: number | null;
  readonly login: string | null;
  /** Milliseconds of wall-clock time: tokens do not age by the fake's clock. */
  readonly expiresAt: number;
  /** Narrowed to these, or null for all that the installation has. */
  readonly repositories: readonly number[] | null;
  readonly permissions: Permissions;
}

export interface Delivery {
  readonly id: number;
  /** `X-GitHub-Delivery`: the same when it is delivered again. */
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly installation: number | null;
  readonly repository: number | null;
  readonly deliveredAt: string;
  readonly redelivery: boolean;
  duration: number;
  /** `OK`, `pending`, or what went wrong. */
  status: string;
  statusCode: number;
  /** The body as it was sent, byte for byte. */
  readonly body: string;
  responseBody: string;
}

export interface GitHubState {
  lastId: number;
  readonly accounts: Account[];
  readonly memberships: Membership[];
  readonly repositories: Repository[];
  readonly issues: Issue[];
  readonly comments: Comment[];
  readonly reactions: Reaction[];
  readonly checkRuns: CheckRun[];
  readonly installations: Installation[];
  readonly tokens: Token[];
  readonly deliveries: Delivery[];
  /** Requests counted against the primary limit: hour -> installation -> count. */
  readonly used: Record<string, number>;
}

export function emptyState(): GitHubState {
  return {
    lastId: 1000,
    accounts: [],
    memberships: [],
    repositories: [],
    issues: [],
    comments: [],
    reactions: [],
    checkRuns: [],
    installations: [],
    tokens: [],
    deliveries: [],
    used: {},
  };
}
