/** What the pipeline leaves to people: whether it does so where it has to, and nowhere else; and what they decide. */

import { type Slot, slotId } from "../core/desired.ts";
import type { Plan } from "../core/plan.ts";
import { alteredNames, decideOnAltered, isToBeTold, nameNow } from "./decide-on-altered.ts";
import { happen } from "./happen.ts";
import type { Stage } from "./run-schedule.ts";
import type { Universe } from "./universe.ts";
import type { Witness } from "./witness.ts";

/** Only what a person did, or what is protected, may hold a change back. */
export function checkHeld({ universe, witness }: Stage, { blocked, violations }: Plan): void {
  witness.count("blocking");
  const copied = namesOf(universe, new Set(witness.excuses.tellableCopies()));
  const due = causes(universe, witness);
  const left = new Set(blocked.map(({ name }) => name));
  for (const { name, code, message } of blocked) {
    const isDue =
      (code === "SLOT_OCCUPIED" && due.occupied.has(name)) ||
      (code === "SLOT_IN_USE" && sharers(universe, name).some((other) => left.has(other))) ||
      (code === "PROTECTED" && due.shielded.has(name)) ||
      (code === "KEY_UNKNOWN" && due.late.has(name)) ||
      (code === "MARKER_AMBIGUOUS" && due.indistinct.has(name)) ||
      (code === "NAME_UNKNOWN" && due.own.has(name)) ||
      due.altered.has(name) ||
      due.copied.has(name);
    if (!isDue) witness.report("blocking", `${name} is blocked (${code}): ${message}`);
  }
  for (const name of copied)
    if (!left.has(name)) witness.report("blocking", `${name} has a copied marker and is not blocked`);
  for (const id of witness.excuses.altered.keys())
    for (const name of isToBeTold(universe, witness, id) ? alteredNames(universe, witness, id) : [])
      if (!left.has(name))
        witness.report("blocking", `the marker of ${id} was altered, and ${name} is not blocked`);
  for (const { guard, message } of violations)
    if (!isJustified(universe, due.shielded, guard)) witness.report("blocking", `${guard}: ${message}`);
}

/** What people do about it, and about nothing that the plan does not tell them of: the names that they allow. */
export async function decide(stage: Stage, { blocked, violations }: Plan): Promise<readonly string[]> {
  const { universe, witness } = stage;
  const { copies, ended, overwritten } = witness.excuses;
  const told = new Set(blocked.map(({ name }) => name));
  const strange = [...copies.keys(), ...indistinctTwins(universe, witness), ...lateKeys(universe, witness)];
  for (const id of strange.filter((each) =>
    [...namesOf(universe, new Set([each]))].some((name) => told.has(name)),
  )) {
    ended.add(id);
    await universe.store.revoke({ kind: "ApiKey", id });
  }
  const slots = universe.desired.keys.flatMap(({ name, deliverTo }) => (told.has(name) ? deliverTo : []));
  for (const slot of slots.filter((each) => overwritten.has(slotId(each)))) {
    const sink = universe.sinks.get(slot.sink);
    const entry = sink?.peek(slot);
    if (entry && !universe.keyOf(entry.secret)) await sink?.remove(slot, "current");
  }
  const given = await decideOnAltered(stage, told);
  // Nothing overrides this guard: the manifests have to say something again.
  if (violations.some(({ guard }) => guard === "empty-desired-set"))
    await happen(universe, witness, { act: "push", state: 0 });
  // Nor this one: whoever let the name go learns which key it is.
  if (violations.some(({ guard }) => guard === "own-key"))
    await happen(universe, witness, { act: "unmark-own-key" });
  const shielded = blocked.filter(({ code }) => code === "PROTECTED").map(({ name }) => name);
  const forgotten = universe.desired.keys.filter(
    ({ name, deliverTo }) => told.has(name) && deliverTo.some((slot) => isForgotten(universe, slot)),
  );
  return [
    ...given,
    ...shielded,
    ...[...ownNames(universe)].filter((name) => told.has(name)),
    ...forgotten.map(({ name }) => name),
    ...violations.flatMap(({ names }) => names),
  ];
}

interface Causes {
  /** Names of which a slot holds a person's value. */
  readonly occupied: ReadonlySet<string>;
  /** Names that manifests or ledger protect. */
  readonly shielded: ReadonlySet<string>;
  /** Names that a person copied the marker of. */
  readonly copied: ReadonlySet<string>;
  /** Names with keys that the store made late, and that the ledger does not know. */
  readonly late: ReadonlySet<string>;
  /** Names with twins that nobody can tell apart. */
  readonly indistinct: ReadonlySet<string>;
  /** The name that a person wrote on the key which every run authenticates with. */
  readonly own: ReadonlySet<string>;
  /** Names whose keys have another marker than they had, and the names that it says now. */
  readonly altered: ReadonlySet<string>;
}

function causes(universe: Universe, witness: Witness): Causes {
  const { excuses } = witness;
  const { keys } = universe.desired;
  const occupied = keys.filter(({ deliverTo }) =>
    deliverTo.some((slot) => excuses.overwritten.has(slotId(slot)) || isForgotten(universe, slot)),
  );
  const records = [...universe.history.table.values()].flatMap(({ record }) => record ?? []);
  const shielded = [...keys, ...records].filter((each) => each.protected).map(({ name }) => name);
  return {
    occupied: new Set(occupied.map(({ name }) => name)),
    shielded: new Set(shielded.flatMap((name) => [name, nameNow(universe.desired, name)])),
    copied: namesOf(universe, new Set(excuses.copies.keys())),
    late: namesOf(universe, new Set(lateKeys(universe, witness))),
    indistinct: namesOf(universe, new Set(indistinctTwins(universe, witness))),
    own: ownNames(universe),
    altered: new Set([...excuses.altered.keys()].flatMap((id) => alteredNames(universe, witness, id))),
  };
}

/**
 * A sink that only tells that something is there is not emptied when its slot is left: if it is declared again, and nothing
 * is recorded of it, a person has to say that the value may go.
 */
function isForgotten({ sinks, history }: Universe, slot: Slot): boolean {
  const sink = sinks.get(slot.sink);
  if (!sink || sink.capabilities.readable || !sink.capabilities.inspectable || !sink.peek(slot)) return false;
  const recorded = [...history.table.values()].flatMap(({ record }) => [
    ...(record?.current?.receipts ?? []).map((receipt) => receipt.slot),
    ...(record?.intent?.slots ?? []),
  ]);
  return !recorded.some((each) => slotId(each) === slotId(slot));
}

/** Other names whose keys are in a slot of `name`. */
function sharers(universe: Universe, name: string): readonly string[] {
  const declared = universe.desired.keys.find((each) => each.name === name)?.deliverTo ?? [];
  return [...universe.history.table.values()].flatMap(({ record }) => {
    if (!record || record.name === name) return [];
    const slots = new Set(record.current?.receipts.map(({ slot }) => slotId(slot)));
    return declared.some((slot) => slots.has(slotId(slot))) ? [nameNow(universe.desired, record.name)] : [];
  });
}

function isJustified(universe: Universe, shielded: ReadonlySet<string>, guard: string): boolean {
  const declared = new Set(
    universe.desired.keys.flatMap(({ name, previousNames }) => [name, ...previousNames]),
  );
  const live = [...new Set(universe.managed().map(({ key }) => key.marker?.name ?? ""))];
  // A key that is gone from the store is removed from its slots and the ledger, which counts as well.
  // A record whose name has a slash is about no key.
  const recorded = [...universe.history.table].flatMap(([name, { record }]) =>
    record && !name.includes("/") ? name : [],
  );
  const removed = [...new Set([...live, ...recorded])].filter((name) => !declared.has(name));
  switch (guard) {
    case "empty-desired-set":
      return universe.desired.keys.length === 0 && live.length > 0;
    case "revocation-count":
      return removed.length > universe.scenario.maxRevocations;
    case "protected-key":
      return [...live, ...recorded].some((name) => shielded.has(name));
    default:
      return false;
  }
}

/** Where a person gave one of two twins another description, they have to say which one is to go: not the one in use. */
function indistinctTwins(universe: Universe, { excuses }: Witness): readonly string[] {
  const managed = universe.managed();
  const described = new Set(
    managed.filter(({ key }) => excuses.described.has(key.id)).map(({ key }) => key.marker?.operation),
  );
  const inUse = new Set([...universe.history.table.values()].map(({ record }) => record?.current?.id));
  return managed
    .filter(({ key }) => described.has(key.marker?.operation) && !inUse.has(key.id))
    .map(({ key }) => key.id);
}

/**
 * Keys that the store made late, for an attempt whose record was removed with its manifest: when the name is declared
 * again, the ledger does not know them, and a person has to say that they may go.
 */
function lateKeys(universe: Universe, { census }: Witness): readonly string[] {
  const known = new Set(
    [...universe.history.table.values()].flatMap(({ record }) =>
      [record?.current, record?.intent, ...(record?.retiring ?? []), ...(record?.abandoned ?? [])].flatMap(
        (each) => each?.operation ?? [],
      ),
    ),
  );
  return universe
    .managed()
    .filter(
      ({ key }) => census.extra.has(key.marker?.operation ?? "") && !known.has(key.marker?.operation ?? ""),
    )
    .map(({ key }) => key.id);
}

const ownNames = (universe: Universe): ReadonlySet<string> =>
  namesOf(universe, new Set([universe.store.adminKeyId]));

const namesOf = (universe: Universe, ids: ReadonlySet<string>): ReadonlySet<string> =>
  new Set(
    universe
      .managed()
      .filter(({ key }) => ids.has(key.id))
      .map(({ key }) => nameNow(universe.desired, key.marker?.name ?? "")),
  );
