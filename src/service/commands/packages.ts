/** `/relock NAME[==VERSION]…`: these packages, wherever it is said. */
import type { RequestedPackage } from "../../engine.ts";
import type { CommandAnswer } from "./handler.ts";

export function handlePackages(packages: readonly RequestedPackage[]): CommandAnswer {
  return { kind: "request", request: { kind: "packages", packages }, hold: null };
}
