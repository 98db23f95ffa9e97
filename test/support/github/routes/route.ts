/** What a handler of the API is, and what it gets. */
import { invalid } from "../api-error.ts";
import type { Installation, Repository } from "../state.ts";
import type { Webhooks } from "../webhooks.ts";
import type { FakeApp, World } from "../world.ts";

/** Who asks, by the header `Authorization`. */
export type Caller =
  | { readonly kind: "anonymous" }
  | { readonly kind: "app" }
  | { readonly kind: "installation"; readonly installation: Installation; readonly scope: TokenScope }
  | { readonly kind: "user"; readonly login: string };

export interface TokenScope {
  readonly token: string;
  readonly permissions: Readonly<Record<string, string>>;
  /** null: all of the installation. */
  readonly repositories: readonly number[] | null;
}

export interface Call {
  readonly world: World;
  readonly webhooks: Webhooks;
  readonly webhookSecret: string;
  readonly caller: Caller;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  readonly accept: string;
  /** Set-up mode: what the manifest conversion hands out. */
  readonly conversion: AppConversion | null;
}

export interface RepositoryCall extends Call {
  readonly repository: Repository;
  /** Login that changes are made under. */
  readonly actor: string;
}

/** What a new app gets when its manifest is converted. */
export interface AppConversion {
  readonly code: string;
  readonly privateKey: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly app: FakeApp;
}

export interface Answer {
  readonly status: number;
  /** JSON, unless `raw` is there. */
  readonly body?: unknown;
  readonly raw?: { readonly type: string; readonly content: Uint8Array };
  /** A list that is cut into pages: under this key of the body, or the body itself. */
  readonly list?: { readonly items: readonly unknown[]; readonly key: string | null };
}

export type Need = readonly [permission: string, level: "read" | "write"];

export type Route =
  | { readonly access: "app" | "installation" | "anyone"; handle(call: Call): Answer }
  /** One of the needs is enough (labels and comments serve issues and pull requests). */
  | { readonly access: "repository"; readonly needs: readonly Need[]; handle(call: RepositoryCall): Answer };

export type Routes = Readonly<Record<string, Route>>;

export const ok = (body: unknown): Answer => ({ status: 200, body });
export const created = (body: unknown): Answer => ({ status: 201, body });
export const noContent = (): Answer => ({ status: 204 });
export const page = (items: readonly unknown[], key: string | null = null): Answer => ({
  status: 200,
  list: { items, key },
});

/** A route of one repository. */
export function onRepository(needs: readonly Need[], handle: (call: RepositoryCall) => Answer): Route {
  return { access: "repository", needs, handle };
}

export function text(call: Call, field: string): string {
  const value = call.body[field];
  if (typeof value !== "string") throw invalid({ field, code: "missing_field" });
  return value;
}

export function optionalText(call: Call, field: string): string | undefined {
  const value = call.body[field];
  return typeof value === "string" ? value : undefined;
}

export function texts(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.map((item) => (typeof item === "string" ? item : String((item as { name?: unknown }).name)));
}

export function parameter(call: Call, name: string): string {
  return call.parameters[name] ?? "";
}
