/** Conda packages that stayed behind although their channels have something newer, with the holder of each. */
import type { Config } from "#config/config.ts";
import { cooldownDays } from "#config/policies.ts";
import { compareCondaVersions, parseCondaVersion } from "#packaging/conda-version.ts";
import { isCudaName } from "#planning/conda-variants.ts";
import type { HeldUpdate } from "#planning/proposal.ts";
import { heldBy } from "./conda-holder.ts";
import { cellsOf, pinsOf, statedNames, type CondaCell, type CondaMember } from "./conda-member.ts";
import { PLAIN_CONDA_SOLVE, type SolvedTarget } from "./conda-workspace.ts";
import { newestVersions } from "./newest-records.ts";
import { condaRefusal, type RecordPolicy } from "./record-policy.ts";

/** Packages that only a solve can explain are asked one by one, up to this many. */
const SOLVED_EXPLANATIONS = 12;

export interface HeldRequest {
  readonly config: Config;
  /** `--exclude-newer`, or null: what is later is not missed. */
  readonly excludeNewer: number | null;
  readonly policy: Pick<RecordPolicy, "publishedBefore">;
  /** What the update came to, by cell; a cell that is not in it stayed as it was. */
  readonly solved: ReadonlyMap<string, SolvedTarget>;
  /** Whether a name is to be told of. */
  readonly isTold: (name: string) => boolean;
}

/** Looks at what the environments state themselves. */
export async function heldInConda(
  members: readonly CondaMember[],
  request: HeldRequest,
): Promise<readonly HeldUpdate[]> {
  const cells = cellsOf(members);
  const stated = new Set(cells.flatMap(({ target }) => [...statedNames(target.environment)]));
  // Python and CUDA have units of their own, which say what holds them.
  const names = [...stated].filter((name) => name !== "python" && !isCudaName(name) && request.isTold(name)).sort();
  const { newest } = await newestVersions(cells, names, ({ timestampMs }) => {
    return request.excludeNewer === null || timestampMs === null || timestampMs <= request.excludeNewer;
  });
  const { newest: settled } = await newestVersions(cells, names, ({ name, timestampMs }) => {
    const before = request.policy.publishedBefore(name);
    return before === null || timestampMs === null || timestampMs <= before;
  });
  const reasons = knownReasons(members, request);
  const held: HeldUpdate[] = [];
  let explained = 0;
  for (const [name, { version, cells: ids }] of newest) {
    const behind = cells.filter((cell) => ids.includes(cell.id) && isBehind(cell, name, version.text, request.solved));
    if (behind.length === 0) {
      continue;
    }
    // A version may be old enough in one build and not in the next one: then its age is not what holds it.
    const known = reasons(name, version.text, settled.get(name)?.version.text !== version.text);
    if (known !== null) {
      held.push({ name, wanted: version.text, ...known, targets: [] });
    } else if (explained < SOLVED_EXPLANATIONS) {
      explained++;
      held.push(await explainBySolving(behind, name, version.text));
    }
  }
  return held;
}

function isBehind(cell: CondaCell, name: string, wanted: string, solved: ReadonlyMap<string, SolvedTarget>): boolean {
  const after = solved.get(cell.id)?.conda.find((record) => record.name === name)?.version;
  const [version, newest] = [
    parseCondaVersion(after ?? cell.inUse.get(name)?.version ?? ""),
    parseCondaVersion(wanted),
  ];
  return version !== null && newest !== null && compareCondaVersions(version, newest) < 0;
}

type Reason = { readonly holder: string; readonly reason: string };

function knownReasons(
  members: readonly CondaMember[],
  { config, excludeNewer }: HeldRequest,
): (name: string, wanted: string, isYoung: boolean) => Reason | null {
  const { pins, kept } = pinsOf(members);
  // With a date asked for there is no cooldown unless somebody configured it.
  const cools = excludeNewer === null || config.cooldown.isConfigured;
  const young = members.map(({ workspace }) => workspace.observations().tooYoung);
  return (name, wanted, isYoung) => {
    const configured = condaRefusal(config, name, wanted);
    if (configured !== null) {
      return { holder: configured.holder, reason: `${name} ${configured.reason}` };
    }
    if (cools && isYoung && young.some((versions) => versions.get(name)?.includes(wanted) === true)) {
      return { holder: "cooldown", reason: `released less than ${cooldownDays(config, name)} days ago` };
    }
    const own = kept.find((pin) => pin.name === name);
    const capped = pins.find((pin) => pin.name === name && pin.movable.cap !== null);
    const reason = own?.reason ?? capped?.movable.cap ?? null;
    const holder = (own ?? capped)?.places.map(({ file, line }) => `${file}:${line}`).join(", ") ?? name;
    return reason === null ? null : { holder, reason };
  };
}

async function explainBySolving(cells: readonly CondaCell[], name: string, wanted: string): Promise<HeldUpdate> {
  for (const cell of cells) {
    const constraints = new Map([[name, `==${wanted}`]]);
    const outcome = await cell.member.workspace.solve({ ...PLAIN_CONDA_SOLVE, target: cell.target.id, constraints });
    if (outcome.kind !== "solved") {
      return { name, wanted, ...heldBy(name, { outcome }), targets: [cell.id] };
    }
  }
  const reason = `${name} ${wanted} can be had alone, and not together with the other updates of this run`;
  return { name, wanted, holder: "other requirements", reason, targets: [] };
}
