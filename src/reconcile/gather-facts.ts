/** Reads everything a plan is decided on: the store, the ledger, the sinks. Changes nothing. */

import { type DesiredState, type Slot, slotId } from "../core/desired.ts";
import { isKeywrightError } from "../core/error.ts";
import type { Facts } from "../core/facts.ts";
import { fingerprintOf } from "../core/key-format.ts";
import type { LiveKey } from "../core/live.ts";
import { type LiveReading, ownedState } from "../core/ownership.ts";
import type { KeyStore, SecretSink, Wanted } from "../core/ports.ts";
import { tailOf } from "../core/secret-tail.ts";
import type { SlotReading } from "../core/slot-reading.ts";
import { limitsOf } from "./limits-of.ts";
import { mapBounded } from "./map-bounded.ts";
import { readAll } from "./read-all.ts";
import { readNeighbours } from "./read-neighbours.ts";
import type { World } from "./world.ts";

const SINK_READS_AT_ONCE = 32;

export async function gatherFacts(world: World, desired: DesiredState, signal?: AbortSignal): Promise<Facts> {
  const slots = desired.keys.flatMap((key) => key.deliverTo);
  const recorded = world.ledger.records();
  const [reading, records, neighbours, readings] = await Promise.all([
    readStore(world.store, wantedFor(desired, world.store), signal),
    recorded,
    recorded.then((found) => readNeighbours(world, desired, found, signal)),
    mapBounded(slots, SINK_READS_AT_ONCE, (slot) => readSlot(world.sinks.get(slot.sink), slot)),
  ]);
  const live = ownedState(reading, desired.instance, limitsOf(world).ownKeyIds, adoptedIds(desired));
  const { secretValues, complete, ...besides } = neighbours;
  return {
    desired,
    live: { ...live, ...besides, complete: live.complete && complete },
    records: new Map(records),
    slots: new Map(slots.map((slot, index) => [slotId(slot), readings[index] ?? { type: "empty" }])),
    ...(secretValues && { secretValues }),
    capabilities: world.store.capabilities,
    requests: [],
    ...(world.longestSilenceMs !== undefined && { longestSilenceMs: world.longestSilenceMs() }),
    now: world.clock.now(),
  };
}

const adoptedIds = ({ keys }: Pick<DesiredState, "keys">): ReadonlySet<string> =>
  new Set(keys.flatMap(({ adopt }) => adopt?.id ?? []));

/** A scope costs a request for every key: only those are read that a manifest declares. */
function wantedFor({ instance, keys }: DesiredState, { capabilities }: KeyStore): Wanted | undefined {
  if (!capabilities.updatable.includes("scope")) return undefined;
  const scoped = keys.filter(({ scope }) => scope !== undefined);
  const names = new Set(scoped.flatMap(({ name, previousNames }) => [name, ...previousNames]));
  if (names.size === 0) return undefined;
  const adopted = adoptedIds({ keys: scoped });
  const isOurs = ({ marker }: LiveKey): boolean => marker?.instance === instance && names.has(marker.name);
  return { hasScope: (key) => isOurs(key) || adopted.has(key.id) };
}

async function readStore(
  store: KeyStore,
  wanted: Wanted | undefined,
  signal: AbortSignal | undefined,
): Promise<LiveReading> {
  const { manages } = store.capabilities;
  const [keys, roles, policies] = await Promise.all([
    readAll(store, "ApiKey", signal, wanted),
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
