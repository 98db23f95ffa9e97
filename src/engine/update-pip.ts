/** Moves the pins of one pip project for one unit. */
import type { ConstraintEdit } from "#formats/manifests/edit-manifest.ts";
import { raiseConstraint } from "#formats/manifests/rewrite-constraint.ts";
import { compareVersions, formatVersion, parseVersion } from "#packaging/pep440-version.ts";
import { isSpecifierProblem, parseSpecifierSet, setContains } from "#packaging/specifier.ts";
import { holderOf } from "#planning/holder.ts";
import { pipPins, type KeptPin, type PipPin } from "#planning/pip-requirements.ts";
import type { HeldUpdate, PackageChange } from "#planning/proposal.ts";
import type { Resolution } from "#solver/pypi/resolution.ts";
import type { PipWorkspace } from "./pip-project.ts";
import { raisePins, type MovablePin, type PinBaseline, type RaisedPins } from "./raise-pins.ts";
import { askedConstraint, type UpdateUnit } from "#planning/plan-units.ts";

/** What a unit does to a pip project. */
export interface PipUpdate {
  readonly edits: readonly ConstraintEdit[];
  readonly changes: readonly PackageChange[];
  readonly held: readonly HeldUpdate[];
  /** What each target installs afterwards; the targets that could not be solved before are not in it. */
  readonly solved: ReadonlyMap<string, Resolution>;
  /** By name, of all that the targets have then, whoever installs it. */
  readonly versions: ReadonlyMap<string, string>;
  /** Names that had to stay although another file of the coherence set moved them. */
  readonly refused: ReadonlyMap<string, HeldUpdate>;
}

export interface PipUpdateRequest {
  readonly unit: UpdateUnit;
  readonly baseline: PinBaseline;
  /** Versions that another file of the coherence set decides, by name: these pins follow or stay. */
  readonly fixed: ReadonlyMap<string, string>;
}

/** Raises what the unit may raise; pins that follow another file are tried one by one. */
export async function updatePip(workspace: PipWorkspace, request: PipUpdateRequest): Promise<PipUpdate> {
  const { baseline, unit } = request;
  const inUse = installedVersions(baseline);
  const { pins, kept } = pipPins(workspace.project.manifests, inUse);
  const concerned = pins.filter((pin) => unit.names.has(pin.name) || request.fixed.has(pin.name));
  const commented = heldByComment(kept, request);
  if (concerned.length === 0 || baseline.solved.size === 0) {
    return {
      edits: [],
      changes: [],
      held: heldPins(kept, request),
      solved: new Map(),
      versions: new Map(),
      refused: commented,
    };
  }
  const { following, refused: unable } = await followers(workspace, request, concerned);
  const refused = new Map([...commented, ...unable]);
  const movable = concerned
    .map((pin) => toMovable(pin, request, following))
    .filter((pin): pin is MovablePin => pin !== null);
  const raised = await raisePins(movable, baseline, (solve) => workspace.solve(solve));
  const finished = await finish(workspace, { pins, request, raised, refused });
  return { ...finished, held: [...heldPins(kept, request), ...unable.values(), ...finished.held] };
}

/** A pin that another file decides stays where it is unless it can follow; others move as far as the unit reaches. */
function toMovable(pin: PipPin, request: PipUpdateRequest, following: ReadonlyMap<string, string>): MovablePin | null {
  const { name, written } = pin;
  const followed = following.get(name);
  if (followed !== undefined) {
    return { name, written, relaxed: followed };
  }
  if (request.fixed.has(name)) {
    return null;
  }
  const { reach } = request.unit;
  const asked = askedConstraint(request.unit, name);
  if (asked !== null) {
    return { name, written, relaxed: asked };
  }
  const relaxed = reach === "any" ? pin.movable.anyMajor : pin.movable.withinMajor;
  return relaxed === null ? null : { name, written, relaxed };
}

/**
 * Which pins can follow the other file: all of them together, else those that can while the others are anywhere between
 * old and new, else one after the other.
 */
async function followers(
  workspace: PipWorkspace,
  request: PipUpdateRequest,
  concerned: readonly PipPin[],
): Promise<{ readonly following: ReadonlyMap<string, string>; readonly refused: ReadonlyMap<string, HeldUpdate> }> {
  const refused = new Map<string, HeldUpdate>();
  let wanted = concerned.filter((pin) => isAhead(request.fixed.get(pin.name), pin));
  const exact = (pins: readonly PipPin[]): ReadonlyMap<string, string> =>
    new Map(pins.map((pin) => [pin.name, `==${request.fixed.get(pin.name)}`]));
  for (;;) {
    const [first] = wanted;
    if (first === undefined || (await tryFixed(workspace, request, first, exact(wanted))) === null) {
      return { following: exact(wanted), refused };
    }
    const able: PipPin[] = [];
    for (const pin of wanted) {
      const others = wanted
        .filter((other) => other !== pin)
        .map((other) => [other.name, between(other, request)] as const);
      const refusal = await tryFixed(workspace, request, pin, new Map([...others, ...exact([pin])]));
      if (refusal === null) {
        able.push(pin);
      } else {
        refused.set(pin.name, refusal);
      }
    }
    if (able.length === wanted.length) {
      break;
    }
    wanted = able;
  }
  const following: PipPin[] = [];
  for (const pin of wanted) {
    const refusal = await tryFixed(workspace, request, pin, exact([...following, pin]));
    if (refusal === null) {
      following.push(pin);
    } else {
      refused.set(pin.name, refusal);
    }
  }
  return { following: exact(following), refused };
}

/** A comment that asks to keep a pin keeps the same package in the other files too. */
function heldByComment(kept: readonly KeptPin[], request: PipUpdateRequest): ReadonlyMap<string, HeldUpdate> {
  const commented = kept.filter(({ places }) => places.some((place) => place.holdReason !== null));
  return new Map(
    heldPins(commented, request)
      .filter(({ name, wanted }) => !commented.some((pin) => pin.name === name && allowsVersion(pin, wanted)))
      .map((one) => [one.name, one]),
  );
}

function allowsVersion({ places }: KeptPin, wanted: string): boolean {
  const version = parseVersion(wanted);
  return places.every(({ constraint }) => {
    const set = parseSpecifierSet(constraint?.text ?? "");
    return version !== null && !isSpecifierProblem(set) && setContains(set, version);
  });
}

/** Whether another file has a newer version than the pin: no pin is moved backwards. */
function isAhead(wanted: string | undefined, pin: PipPin): boolean {
  const version = wanted === undefined ? null : parseVersion(publicText(wanted));
  const current = parseVersion(publicText(pin.current.text));
  return version !== null && current !== null && compareVersions(version, current) > 0;
}

/** Any version from the pin's own to the one that it is to follow. */
function between(pin: PipPin, { fixed }: PipUpdateRequest): string {
  return `>=${publicText(pin.current.text)},<=${publicText(fixed.get(pin.name) ?? "")}`;
}

function publicText(version: string): string {
  return version.split("+")[0] ?? version;
}

/** @returns null where the pin can follow, else why it cannot */
async function tryFixed(
  workspace: PipWorkspace,
  { baseline, fixed }: PipUpdateRequest,
  pin: PipPin,
  constraints: ReadonlyMap<string, string>,
): Promise<HeldUpdate | null> {
  for (const target of baseline.solved.keys()) {
    const outcome = await workspace.solve({ constraints, target, upgrade: false });
    if (outcome.kind === "conflict") {
      return {
        name: pin.name,
        wanted: fixed.get(pin.name) ?? "",
        ...(outcome.conflict === null
          ? (outcome.holder?.(pin.name) ?? { holder: pin.name, reason: outcome.explanation })
          : holderOf(pin.name, outcome.conflict)),
        targets: [target],
      };
    }
  }
  return null;
}

interface Finish {
  readonly pins: readonly PipPin[];
  readonly request: PipUpdateRequest;
  readonly raised: RaisedPins;
  readonly refused: ReadonlyMap<string, HeldUpdate>;
}

/** @returns what is held beside what was held before */
async function finish(workspace: PipWorkspace, parts: Finish): Promise<PipUpdate> {
  const { pins, request, raised, refused } = parts;
  if (raised.kind === "conflict") {
    const held = [...request.unit.names].filter((name) => pins.some((pin) => pin.name === name));
    const conflicts = held.map((name) => ({
      name,
      wanted: askedConstraint(request.unit, name) ?? "newest",
      holder: workspace.project.id,
      reason: raised.explanation,
      targets: [raised.target],
    }));
    return { edits: [], changes: [], held: conflicts, solved: new Map(), versions: new Map(), refused };
  }
  const edits: ConstraintEdit[] = [];
  const held: HeldUpdate[] = [];
  const final = new Map<string, string>();
  for (const pin of pins) {
    const version = raised.versions.get(pin.name);
    if (version !== undefined && !agrees(pin, version)) {
      collectEdit(pin, version, { edits, held, final });
    }
  }
  const solved = new Map<string, Resolution>();
  const versions = new Map<string, string>();
  for (const target of request.baseline.solved.keys()) {
    const outcome = await workspace.solve({ constraints: final, target, upgrade: false });
    if (outcome.kind === "solved") {
      solved.set(target, outcome.resolution);
      outcome.versions.forEach((version, name) => versions.set(name, version));
    }
  }
  const hashed = await withHashes(workspace, edits, solved);
  held.push(...hashed.held);
  const pinned = new Set(pins.map((pin) => pin.name));
  const changes = hashed.edits.length === 0 ? [] : pinChanges(request.baseline, installed(solved), pinned);
  // What follows another file and cannot be written keeps that file where it is.
  const unwritten = held.filter((one) => request.fixed.has(one.name)).map((one) => [one.name, one] as const);
  return {
    edits: hashed.edits,
    // What conda has in place of a pinned package is told of as conda's.
    changes: changes.filter(({ direct, to }) => direct && to !== null),
    held,
    solved,
    versions,
    refused: new Map([...unwritten, ...refused]),
  };
}

/** Requirements that carry hashes get those of every file of the new version, or stay. */
async function withHashes(
  workspace: PipWorkspace,
  edits: readonly ConstraintEdit[],
  solved: ReadonlyMap<string, Resolution>,
): Promise<{ readonly edits: readonly ConstraintEdit[]; readonly held: readonly HeldUpdate[] }> {
  const done: ConstraintEdit[] = [];
  const held: HeldUpdate[] = [];
  for (const edit of edits) {
    const { requirement } = edit;
    if (requirement.hashes.length === 0) {
      done.push(edit);
      continue;
    }
    const hashes = await hashesOf(workspace, requirement.name, solved);
    if (typeof hashes === "string") {
      const holder = `${requirement.file}:${requirement.line}`;
      held.push({ name: requirement.name, wanted: edit.constraint, holder, reason: hashes, targets: [] });
    } else {
      done.push({ ...edit, hashes });
    }
  }
  return { edits: done, held };
}

/** `sha256:…` of every file of the version that the targets install, sorted; or why there are none. */
async function hashesOf(
  workspace: PipWorkspace,
  name: string,
  solved: ReadonlyMap<string, Resolution>,
): Promise<readonly string[] | string> {
  const files = [...solved.values()].flatMap(
    (resolution) => resolution.packages.find((one) => one.name === name)?.files ?? [],
  );
  const hashes = new Set<string>();
  for (const file of new Map(files.map((one) => [one.url, one])).values()) {
    const known = file.hashes["sha256"];
    if (known !== undefined) {
      hashes.add(`sha256:${known}`);
      continue;
    }
    const answer = await workspace.index.fileHash(file);
    if ("problem" in answer) {
      return answer.problem.message;
    }
    hashes.add(`sha256:${answer.sha256}`);
  }
  return hashes.size === 0 ? `no file of ${name} was found to hash` : [...hashes].sort();
}

function collectEdit(
  pin: PipPin,
  version: string,
  into: { readonly edits: ConstraintEdit[]; readonly held: HeldUpdate[]; readonly final: Map<string, string> },
): void {
  // `==2.0` also means `2.0+cu118`: a local version is written only where one was.
  const chosen = pin.written.includes("+") ? version : publicText(version);
  for (const place of pin.places) {
    const raised = raiseConstraint("pep440", place.constraint?.text ?? "", chosen, "bump");
    if (raised.kind === "raised") {
      into.edits.push({ requirement: place, constraint: raised.text, hashes: null });
      into.final.set(pin.name, raised.text);
    } else {
      const holder = `${place.file}:${place.line}`;
      into.held.push({ name: pin.name, wanted: chosen, holder, reason: raised.reason, targets: [] });
    }
  }
}

/** What the pins themselves do; what they bring along is not written anywhere, and differs by target. */
function pinChanges(
  baseline: PinBaseline,
  solved: ReadonlyMap<string, ReadonlyMap<string, string>>,
  direct: ReadonlySet<string>,
): readonly PackageChange[] {
  const byMove = new Map<string, { change: Omit<PackageChange, "targets">; targets: string[] }>();
  for (const [target, after] of solved) {
    const before = baseline.solved.get(target) ?? new Map<string, string>();
    for (const name of [...new Set([...before.keys(), ...after.keys()])].sort()) {
      const from = before.get(name) ?? null;
      const to = after.get(name) ?? null;
      if (from !== to) {
        const key = `${name} ${from} ${to}`;
        const entry = byMove.get(key) ?? { change: { name, from, to, direct: direct.has(name) }, targets: [] };
        entry.targets.push(target);
        byMove.set(key, entry);
      }
    }
  }
  return [...byMove.values()].map(({ change, targets }) => ({ ...change, targets }));
}

function heldPins(kept: readonly KeptPin[], { unit, fixed }: PipUpdateRequest): readonly HeldUpdate[] {
  return kept
    .filter((pin) => fixed.has(pin.name))
    .filter((pin) => unit.names.has(pin.name))
    .map((pin) => ({
      name: pin.name,
      wanted: fixed.get(pin.name) ?? "",
      holder: pin.places.map((place) => `${place.file}:${place.line}`).join(", "),
      reason: pin.reason,
      targets: [],
    }));
}

/** What the pins as written install. */
function installed(solved: ReadonlyMap<string, Resolution>): ReadonlyMap<string, ReadonlyMap<string, string>> {
  return new Map(
    [...solved].map(([target, { packages }]) => [
      target,
      new Map(packages.map((one) => [one.name, formatVersion(one.version)])),
    ]),
  );
}

/** Whether the pin already asks for this version, a local part aside. */
function agrees(pin: PipPin, wanted: string): boolean {
  const version = parseVersion(publicText(wanted));
  const current = parseVersion(publicText(pin.current.text));
  return version !== null && current !== null && compareVersions(version, current) === 0;
}

/** One version by name, from any target. */
export function installedVersions(baseline: PinBaseline): ReadonlyMap<string, string> {
  return new Map([...baseline.solved.values()].flatMap((versions) => [...versions]));
}
