/** Reads everything a plan is decided on: the store, the ledger, the sinks. Changes nothing. */

import { type DesiredState, type Slot, slotId } from "../core/desired.ts";
import { isKeywrightError } from "../core/error.ts";
import type { Facts } from "../core/facts.ts";
import { fingerprintOf } from "../core/key-format.ts";
import type { Kind, LiveByKind } from "../core/live.ts";
import { type LiveReading, ownedState } from "../core/ownership.ts";
import type { KeyStore, SecretSink } from "../core/ports.ts";
import { tailOf } from "../core/secret-tail.ts";
import type { SlotReading } from "../core/slot-reading.ts";
import { mapBounded } from "./map-bounded.ts";
import type { World } from "./world.ts";

const SINK_READS_AT_ONCE = 32;

export async function gatherFacts(world: World, desired: DesiredState, signal?: AbortSignal): Promise<Facts> {
  const slots = desired.keys.flatMap((key) => key.deliverTo);
  const [reading, records, readings] = await Promise.all([
    readStore(world.store, signal),
    world.ledger.records(),
    mapBounded(slots, SINK_READS_AT_ONCE, (slot) => readSlot(world.sinks.get(slot.sink), slot)),
  ]);
  return {
    desired,
    live: ownedState(reading, desired.instance, world.store.ownKeyId),
    records: new Map(records),
    slots: new Map(slots.map((slot, index) => [slotId(slot), readings[index] ?? { type: "empty" }])),
    capabilities: world.store.capabilities,
    requests: [],
    now: world.clock.now(),
  };
}

async function readStore(store: KeyStore, signal: AbortSignal | undefined): Promise<LiveReading> {
  const { manages } = store.capabilities;
  const [keys, roles, policies] = await Promise.all([
    readAll(store, "ApiKey", signal),
    manages.includes("Role") ? readAll(store, "Role", signal) : NOTHING,
    manages.includes("SecurityPolicy") ? readAll(store, "SecurityPolicy", signal) : NOTHING,
  ]);
  return {
    keys: keys.items,
    roles: roles.items,
    policy: policies.items[0],
    complete: keys.complete && roles.complete,
  };
}

const NOTHING = { items: [], complete: true } as const;

/** A reading that the store itself calls incomplete is kept as far as it goes; a guard acts on the flag. */
async function readAll<K extends Kind>(
  store: KeyStore,
  kind: K,
  signal: AbortSignal | undefined,
): Promise<{ readonly items: readonly LiveByKind[K][]; readonly complete: boolean }> {
  const items: LiveByKind[K][] = [];
  try {
    for await (const item of store.list(kind, signal)) items.push(item);
    return { items, complete: true };
  } catch (error) {
    if (isKeywrightError(error, "STORE_INCOMPLETE")) return { items, complete: false };
    throw error;
  }
}

async function readSlot(sink: SecretSink | undefined, slot: Slot): Promise<SlotReading> {
  if (!sink) return { type: "unreadable", message: `no sink is named ${slot.sink}` };
  const { readable, inspectable } = sink.capabilities;
  if (!readable && !inspectable) return { type: "blind" };
  try {
    if (!readable) return await inspectSlot(sink, slot);
    const entry = await sink.read(slot, "current");
    if (!entry) return { type: "empty" };
    return { type: "value", fingerprint: fingerprintOf(entry.secret), ...tailOf(entry.secret) };
  } catch (error) {
    if (!isKeywrightError(error)) throw error;
    return { type: "unreadable", message: error.message };
  }
}

async function inspectSlot(sink: SecretSink, slot: Slot): Promise<SlotReading> {
  const found = await sink.inspect(slot);
  return found ? { type: "blind", found } : { type: "empty" };
}
