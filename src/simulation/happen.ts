/** What happens without any reconciler: people at work in the store and in the sinks, pushes, and time. */

import { slotId } from "../core/desired.ts";
import { createKey, fingerprintOf } from "../core/key-format.ts";
import type { Marker } from "../core/live.ts";
import type { Edit, StoredKey } from "../stores/memory-keys.ts";
import { splitMarker, withMarker } from "../stores/text-marker.ts";
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
    case "copy-marker":
    case "drop-marker":
    case "cut-marker":
    case "bend-marker": {
      const { copies, altered } = witness.excuses;
      const managed = universe.managed().filter(({ key }) => !copies.has(key.id) && !altered.has(key.id));
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
  const own = store.adminKeyId;
  const instance = isMarked ? desired.instance : `${desired.instance}-2`;
  const marker = { instance, name: "own", generation: 1, operation: "0000000000cd" };
  census.forget(own);
  store.editByHand(own, { marker });
  census.noteForeign();
}

type KeyAct = Extract<HumanAct, { key: number }>["act"];

async function changeKey(
  universe: Universe,
  { excuses, census, needs }: Witness,
  act: KeyAct,
  { key }: StoredKey,
): Promise<void> {
  const { store } = universe;
  const { marker, id, displayName } = key;
  if (!marker) return;
  switch (act) {
    case "describe-key":
      excuses.described.add(id);
      store.editByHand(
        id,
        displayName === "" ? { description: "edited" } : { displayName: `${displayName}, edited` },
      );
      return;
    case "revoke-key":
      needs.add(marker.name);
      excuses.ended.add(id);
      excuses.unplaced.add(id);
      return store.revoke({ kind: "ApiKey", id });
    case "copy-marker":
      needs.add(marker.name);
      excuses.copies.set(store.makeByHand({ marker }).id, id);
      return census.noteForeign();
    case "drop-marker":
    case "cut-marker":
    case "bend-marker":
      // Of an attempt the ledger has no id yet: then it is lost, and another one is made.
      if (!universe.isRecorded(id)) needs.add(marker.name);
      if (universe.isBusy) excuses.alteredInFlight.add(id);
      excuses.altered.set(id, { marker, description: key.description });
      store.editByHand(id, textAfter(act, key.description, marker));
      return census.noteForeign();
  }
}

/** What is left of a description and its marker; where markers are labels, the same comes of editing these. */
function textAfter(act: KeyAct, description: string, marker: Marker): Edit {
  const text = withMarker(description, marker);
  const edited: Partial<Record<KeyAct, string>> = {
    "cut-marker": text.slice(0, -3),
    "bend-marker": text.replace(`/${marker.name} g`, `/${marker.name}-bent g`),
  };
  return { marker: undefined, ...splitMarker(edited[act] ?? "Edited by hand") };
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
