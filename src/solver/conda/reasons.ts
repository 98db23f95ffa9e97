/** Why a record may not be chosen: every case that an explanation can name. */
import type { FactOrigin } from "../facts.ts";

/** Why no record will do for a match spec. */
export type Lack =
  /** No channel has the name for the platform, nor for `noarch`. */
  | { readonly kind: "unknown-name"; readonly platform: string }
  /** The target does not have this capability. */
  | { readonly kind: "missing-virtual-package"; readonly platform: string }
  /** The target has it, in another version or build. */
  | { readonly kind: "wrong-virtual-package"; readonly platform: string; readonly has: string }
  /** There are records for the platform, none of a version that matches. `range`: the oldest and the newest. */
  | { readonly kind: "no-version"; readonly platform: string; readonly range: string }
  /** The version is there for the platform, but no such build. `builds`: a few of those that there are. */
  | { readonly kind: "no-build"; readonly platform: string; readonly builds: readonly string[] }
  /** `channel::name`: only these channels have it. */
  | { readonly kind: "not-in-channel"; readonly channels: readonly string[] }
  /** Every record that matches is ruled out; the reason of the best of them. */
  | { readonly kind: "excluded"; readonly reason: CondaExclusionReason };

export type CondaExclusionReason =
  /** Newer than the cutoff, or undated where undated records are dropped. */
  | { readonly kind: "date"; readonly cutoff: number; readonly undated: boolean }
  /** A pin allows other records only; `to`: their version, and build where it is pinned too. */
  | { readonly kind: "pinned"; readonly name: string; readonly to: string }
  /** Somebody asks not to use it; `reason` is the end of a sentence. */
  | { readonly kind: "refused"; readonly reason: string }
  /** Strict priority: an earlier channel has the name. */
  | { readonly kind: "channel-priority"; readonly channel: string; readonly preferred: string }
  /** `channel::name` asks for another channel. */
  | { readonly kind: "other-channel"; readonly channel: string; readonly wanted: string }
  /** A dependency that cannot be read, or that says more than a solve can take in. */
  | { readonly kind: "unreadable"; readonly spec: string; readonly message: string }
  /** Nothing can fulfil one of its dependencies. */
  | { readonly kind: "dead"; readonly spec: string; readonly lack: Lack };

/** A name with the records that a fact speaks of, as text (`1.26.4 py311_0`, empty for all of them). */
export interface CondaFactPackage {
  readonly name: string;
  readonly records: string;
}

/** The facts that a conflict rests on. */
export type CondaFact =
  /** `holder` null: people wrote it (`origin`). `lack`: why nothing will do for it, or null where something would. */
  | {
      readonly kind: "requires";
      readonly holder: CondaFactPackage | null;
      readonly name: string;
      readonly spec: string;
      readonly origin: FactOrigin | null;
      readonly lack: Lack | null;
    }
  /** No other records of the name are allowed beside the holder. */
  | { readonly kind: "constrains"; readonly holder: CondaFactPackage; readonly name: string; readonly spec: string }
  /** The target has this virtual package. */
  | { readonly kind: "virtual-package"; readonly name: string; readonly version: string; readonly build: string }
  | { readonly kind: "excluded"; readonly package: CondaFactPackage; readonly reason: CondaExclusionReason };

/** The end of a sentence that begins with a package. */
export function describeExclusion(reason: CondaExclusionReason): string {
  switch (reason.kind) {
    case "date":
      return reason.undated ? "has no date" : `is newer than ${new Date(reason.cutoff).toISOString()}`;
    case "pinned":
      return `is not allowed, because ${reason.name} is pinned to ${reason.to}`;
    case "refused":
      return reason.reason;
    case "channel-priority":
      return `is not looked at, because ${reason.preferred} comes before ${reason.channel} and has the package (strict channel priority)`;
    case "other-channel":
      return `is not looked at, because the package is asked for from ${reason.wanted}`;
    case "unreadable":
      return `depends on '${reason.spec}', which cannot be taken in: ${reason.message}`;
    case "dead":
      return `depends on ${reason.spec}, ${describeLack(reason.lack)}`;
  }
}

/** The end of a sentence that names a match spec: `which …`. */
export function describeLack(lack: Lack): string {
  switch (lack.kind) {
    case "unknown-name":
      return `which no channel has for ${lack.platform} or noarch`;
    case "missing-virtual-package":
      return `which the target ${lack.platform} does not have`;
    case "wrong-virtual-package":
      return `but the target ${lack.platform} has ${lack.has}`;
    case "no-version":
      return `but there is no such version for ${lack.platform} (${lack.range})`;
    case "no-build":
      return `but no build for ${lack.platform} matches (there are ${lack.builds.join(", ")})`;
    case "not-in-channel":
      return `but only ${lack.channels.join(" and ")} has it`;
    case "excluded":
      return `whose every match ${describeExclusion(lack.reason)}`;
  }
}
