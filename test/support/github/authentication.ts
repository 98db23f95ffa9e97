/** Reads the header `Authorization`: the app's own token, an installation's, a person's, or nobody's. */
import { createPublicKey, verify } from "node:crypto";
import { ApiError, notAccessible, notFound } from "./api-error.ts";
import type { Caller, Need } from "./routes/route.ts";
import type { Repository } from "./state.ts";
import type { World } from "./world.ts";

/** GitHub refuses tokens of the app that live longer. */
const LONGEST_LIFE = 600;
const CLOCK_SKEW = 60;

/** @throws ApiError 401 with GitHub's words: Octokit reads them to correct its clock */
function checkAppToken(world: World, publicKey: string, token: string): void {
  const [header = "", claims = "", signature = ""] = token.split(".");
  const data = Buffer.from(`${header}.${claims}`);
  const valid = verify("RSA-SHA256", data, createPublicKey(publicKey), Buffer.from(signature, "base64url"));
  if (!valid) throw new ApiError(401, "A JSON web token could not be decoded");
  const { iss, iat, exp } = JSON.parse(Buffer.from(claims, "base64url").toString("utf8")) as Record<string, unknown>;
  const now = Date.now() / 1000;
  if (String(iss) !== String(world.app.id)) throw new ApiError(401, "Integration not found");
  if (typeof iat !== "number" || iat > now + CLOCK_SKEW) {
    throw new ApiError(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
  if (typeof exp !== "number" || exp <= now) {
    throw new ApiError(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (exp - now > LONGEST_LIFE + CLOCK_SKEW)
    throw new ApiError(401, "'Expiration time' claim ('exp') is too far in the future");
}

export function authenticate(world: World, publicKey: string, authorization: string | undefined): Caller {
  if (authorization === undefined || authorization === "") return { kind: "anonymous" };
  const given = authorization.replace(/^(bearer|token)\s+/i, "");
  if (given.split(".").length === 3) {
    checkAppToken(world, publicKey, given);
    return { kind: "app" };
  }
  const token = world.state.tokens.find((one) => one.token === given);
  if (token === undefined || token.expiresAt <= Date.now()) throw new ApiError(401, "Bad credentials");
  if (token.login !== null) return { kind: "user", login: token.login };
  const installation = world.state.installations.find((one) => one.id === token.installation);
  if (installation === undefined) throw new ApiError(401, "Bad credentials");
  return { kind: "installation", installation, scope: token };
}

function has(permissions: Readonly<Record<string, string>>, [name, level]: Need): boolean {
  const held = name === "metadata" ? "read" : permissions[name];
  return held === "write" || held === "admin" || (held === "read" && level === "read");
}

function reaches(world: World, caller: Caller, repository: Repository): boolean {
  if (caller.kind !== "installation" || !world.covers(caller.installation, repository)) return false;
  return caller.scope.repositories?.includes(repository.id) ?? true;
}

/** @throws ApiError 404 for what must not even be known of, 403 for what may not be done */
export function authorise(world: World, caller: Caller, repository: Repository, needs: readonly Need[]): void {
  const write = needs.every(([, level]) => level === "write");
  if (caller.kind === "user") {
    const role = world.role(repository, caller.login);
    if (role === "none") throw notFound();
    if (write && !["write", "maintain", "admin"].includes(role))
      throw new ApiError(403, "Must have write access to the repository.");
    return;
  }
  if (caller.kind === "app")
    throw new ApiError(401, "A JSON web token could not be used for this: use an installation token");
  if (!reaches(world, caller, repository)) {
    if (repository.private) throw notFound();
    if (!write) return;
    throw caller.kind === "anonymous" ? new ApiError(401, "Requires authentication") : notAccessible();
  }
  if (caller.kind !== "installation") return;
  const allowed = needs.some((need) => has(caller.scope.permissions, need));
  // What everybody may read needs no permission on a public repository.
  if (!allowed && (write || repository.private)) throw notAccessible();
}

/** The hour and the one whose requests are counted together; `reset` in seconds. */
export function rateWindow(world: World, caller: Caller): { key: string; reset: number } {
  const hour = Math.floor(world.milliseconds() / 3_600_000);
  const who = caller.kind === "installation" ? caller.installation.id : caller.kind;
  return { key: `${hour}:${who}`, reset: (hour + 1) * 3600 };
}
