/** Pins that stayed behind although their index has something newer, with the holder of each. */
import type { Config } from "#config/config.ts";
import { cooldownDays } from "#config/policies.ts";
import { compareVersions, formatVersion, parseVersion } from "#packaging/pep440-version.ts";
import { newestRelease } from "#planning/held-back.ts";
import { holderOf } from "#planning/holder.ts";
import { pipPins, type KeptPin, type PipPin } from "#planning/pip-requirements.ts";
import type { HeldUpdate } from "#planning/proposal.ts";
import { refusal } from "#planning/update-policy.ts";
import type { PipMember } from "./coherence-set.ts";
import type { PipUpdate } from "./update-pip.ts";

/** Pins that only a solve can explain are asked one by one, up to this many. */
const SOLVED_EXPLANATIONS = 12;

/**
 * @param update what the run did to the member
 * @param isTold whether a name is to be told of
 */
export async function heldInPip(
  member: PipMember,
  update: PipUpdate,
  config: Config,
  isTold: (name: string) => boolean,
): Promise<readonly HeldUpdate[]> {
  const { workspace, baseline } = member;
  const before = new Map([...baseline.solved.values()].flatMap((versions) => [...versions]));
  const installed = new Map([...before, ...update.versions]);
  const { pins, kept } = pipPins(workspace.project.manifests, before);
  const held: HeldUpdate[] = [];
  let explained = 0;
  for (const pin of [...pins, ...kept]) {
    const version = installed.get(pin.name) ?? statedVersion(pin);
    const wanted = version === undefined || !isTold(pin.name) ? null : await newerThan(member, pin.name, version);
    if (wanted === null) {
      continue;
    }
    const known = knownReason(member, pin, wanted, config);
    if (known !== null) {
      held.push({ name: pin.name, wanted, targets: [], ...known });
    } else if (explained < SOLVED_EXPLANATIONS) {
      explained++;
      held.push(await explainBySolving(member, pin.name, wanted));
    }
  }
  return held;
}

/** The highest version that a pin names, where nothing says which one is installed. */
function statedVersion({ places }: PipPin | KeptPin): string | undefined {
  const versions = places
    .map(({ constraint }) => parseVersion((constraint?.text ?? "").replace(/^[=~\s]+/u, "")))
    .filter((version) => version !== null);
  return versions.sort(compareVersions).at(-1)?.text;
}

async function newerThan({ workspace }: PipMember, name: string, version: string): Promise<string | null> {
  const answer = await workspace.unfiltered.listing({ name, source: null });
  const current = parseVersion(version);
  const newest = "problem" in answer ? null : newestRelease(answer.listings, version);
  const isNewer = newest !== null && current !== null && compareVersions(newest.version, current) > 0;
  return isNewer ? formatVersion(newest.version) : null;
}

function knownReason(
  { workspace }: PipMember,
  pin: PipPin | KeptPin,
  wanted: string,
  config: Config,
): Pick<HeldUpdate, "holder" | "reason"> | null {
  const holder = pin.places.map((place) => `${place.file}:${place.line}`).join(", ");
  const configured = refusal(config, pin.name, wanted);
  if (configured !== null) {
    return configured;
  }
  if (workspace.index.observations().tooYoung.get(pin.name)?.includes(wanted) === true) {
    return { holder: "cooldown", reason: `released less than ${cooldownDays(config, pin.name)} days ago` };
  }
  const reason = "reason" in pin ? pin.reason : pin.movable.cap;
  return reason === null ? null : { holder, reason };
}

async function explainBySolving({ workspace, baseline }: PipMember, name: string, wanted: string): Promise<HeldUpdate> {
  for (const target of baseline.solved.keys()) {
    const outcome = await workspace.solve({ constraints: new Map([[name, `==${wanted}`]]), target, upgrade: false });
    if (outcome.kind === "conflict") {
      const found = outcome.conflict === null ? outcome.holder?.(name) : holderOf(name, outcome.conflict);
      const unknown = { holder: "other requirements", reason: outcome.explanation };
      return { name, wanted, ...(found ?? unknown), targets: [target] };
    }
  }
  const reason = `${name} ${wanted} can be had alone, and not together with the other updates of this run`;
  return { name, wanted, holder: "other requirements", reason, targets: [] };
}
