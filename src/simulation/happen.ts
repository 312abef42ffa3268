/** What happens without any reconciler: people at work in the store and in the sinks, pushes, and time. */

import { slotId } from "../core/desired.ts";
import { createKey, fingerprintOf } from "../core/key-format.ts";
import type { StoredKey } from "../stores/memory-keys.ts";
import { BY_HAND } from "./conduct.ts";
import { REREAD_MS } from "./consumers.ts";
import type { Happening, HumanAct } from "./schedule.ts";
import { SeededRandom } from "./seeded-random.ts";
import { stateOf, type Universe } from "./universe.ts";
import type { Witness } from "./witness.ts";

export async function happen(universe: Universe, witness: Witness, happening: Happening): Promise<void> {
  universe.note(JSON.stringify(happening));
  universe.isTouched = true;
  if (happening.act === "push") {
    const before = universe.desired;
    universe.desired = stateOf(universe.scenario, happening.state);
    witness.needs.push(before, universe.desired);
    witness.pushed(universe.desired);
  } else if (happening.act === "advance") {
    if (happening.ms >= REREAD_MS) witness.consumers.reread();
    // A PENDING key may lapse before its first use.
    witness.needs.add(...universe.pendingNames());
    universe.advance(happening.ms);
  } else {
    await actByHand(universe, witness, happening);
  }
  witness.look();
}

async function actByHand(universe: Universe, witness: Witness, human: HumanAct): Promise<void> {
  switch (human.act) {
    case "make-key":
      universe.store.makeByHand();
      return witness.census.noteForeign();
    case "mark-own-key":
    case "unmark-own-key":
      return markOwnKey(universe, witness, human.act === "mark-own-key");
    case "delete-value":
    case "overwrite-value":
      return changeValue(universe, witness, human);
    case "describe-key":
    case "revoke-key":
    case "copy-marker": {
      const managed = universe.managed().filter(({ key }) => !witness.excuses.copies.has(key.id));
      const stored = managed[human.key % managed.length];
      if (stored) await changeKey(universe, witness, human.act, stored);
    }
  }
}

async function markOwnKey(
  { store, desired }: Universe,
  { census }: Witness,
  isMarked: boolean,
): Promise<void> {
  const own = [...store.peek()].find(({ key }) => key.id === store.ownKeyId)?.key;
  if (!own) return;
  const instance = isMarked ? desired.instance : `${desired.instance}-2`;
  const marker = { instance, name: "own", generation: 1, operation: "0000000000cd" };
  census.forget(own.id);
  await store.update({ ...own, marker });
  census.noteForeign();
}

async function changeKey(
  { store }: Universe,
  { excuses, census, needs }: Witness,
  act: "describe-key" | "revoke-key" | "copy-marker",
  { key }: StoredKey,
): Promise<void> {
  const { marker, id } = key;
  if (!marker) return;
  if (act !== "describe-key") needs.add(marker.name);
  switch (act) {
    case "describe-key":
      excuses.described.add(id);
      return store.update({ ...key, marker, displayName: `${key.displayName}, edited` });
    case "revoke-key":
      excuses.ended.add(id);
      excuses.unplaced.add(id);
      return store.revoke({ kind: "ApiKey", id });
    case "copy-marker":
      excuses.copies.set(store.makeByHand({ marker }).id, id);
      census.noteForeign();
  }
}

/** Whatever stood there before, its consumer and its place are the person's business now. */
async function changeValue(
  universe: Universe,
  { consumers, excuses, needs }: Witness,
  { act, slot: index }: Extract<HumanAct, { slot: number }>,
): Promise<void> {
  const slot = universe.slots[index % universe.slots.length];
  const sink = slot && universe.sinks.get(slot.sink);
  if (!sink) return;
  const before = sink.peek(slot);
  const stored = before && universe.keyOf(before.secret);
  if (stored) excuses.unplaced.add(stored.key.id);
  needs.add(...universe.namesOf(slot));
  consumers.release(slot);
  excuses.meddled.add(slotId(slot));
  if (act === "delete-value") return sink.remove(slot, "current");
  const secret = createKey(
    { prefix: "other", environment: "live" },
    new SeededRandom(universe.schedule.seed, universe.trace.length),
  );
  const stamp = { key: BY_HAND, operation: "", generation: 1, fingerprint: fingerprintOf(secret) };
  excuses.overwritten.add(slotId(slot));
  await sink.write(slot, "current", secret, stamp);
}
