import { type DesiredKey, slotId } from "../core/desired.ts";
import { BY_HAND } from "./conduct.ts";
import { slotIds } from "./consumers.ts";
import type { SecretSink } from "../core/ports.ts";
import type { Stage } from "./run-schedule.ts";

/** No intent, no PENDING key, no orphan, no staged value, and every declared slot holds the current key. */
export function checkSettled(stage: Stage): void {
  const { universe, witness } = stage;
  const say = (message: string): void => witness.report("convergence", message);
  for (const desired of universe.desired.keys) checkKey(stage, desired, say);
  const names = new Set(universe.desired.keys.map(({ name }) => name));
  for (const { key } of universe.managed())
    if (!names.has(key.marker?.name ?? "")) say(`${key.id} of ${key.marker?.name} is left and not declared`);
  for (const slot of universe.slots)
    if (universe.sinks.get(slot.sink)?.peek(slot, "pending"))
      say(`a value is left in the pending stage of ${slotId(slot)}`);
  const declared = slotIds(universe.desired);
  for (const slot of universe.slots) {
    const sink = universe.sinks.get(slot.sink);
    const entry = sink?.peek(slot);
    if (declared.has(slotId(slot)) || !sink?.capabilities.readable || entry?.stamp?.key === BY_HAND) continue;
    if (entry) say(`a value of ${entry.stamp?.key} is left in ${slotId(slot)}, which no manifest declares`);
  }
}

function checkKey(
  { universe, witness }: Stage,
  { name, deliverTo }: DesiredKey,
  say: (message: string) => void,
): void {
  const record = universe.history.table.get(name)?.record;
  const current = record?.current;
  if (!current) return say(`${name} has no current key`);
  if (record.intent) say(`${name} has an intent left`);
  const ending = new Set([...record.retiring, ...(record.abandoned ?? [])].map(({ operation }) => operation));
  const ours = universe.managed().filter(({ key }) => key.marker?.name === name);
  const stored = ours.find(({ key }) => key.id === current.id);
  if (!stored || universe.store.statusOf(stored) !== "active")
    say(`the current key of ${name} is not active`);
  for (const other of ours) {
    if (other === stored) continue;
    if (ending.has(other.key.marker?.operation ?? "")) continue;
    const isPending = universe.store.statusOf(other) === "pending";
    say(`${other.key.id} of ${name} is ${isPending ? "left PENDING" : "an orphan"}`);
  }
  for (const slot of deliverTo) {
    const sink = universe.sinks.get(slot.sink);
    if (sink && tellsNothing(sink) && witness.excuses.meddled.has(slotId(slot))) continue;
    const entry = sink?.peek(slot);
    if (!entry || universe.digestOf(entry.secret) !== stored?.digest)
      say(`${slotId(slot)} does not hold the current key of ${name}`);
  }
}

/** Nobody can know what became of a value in such a sink. */
const tellsNothing = ({ capabilities }: SecretSink): boolean =>
  !capabilities.readable && !capabilities.inspectable;
