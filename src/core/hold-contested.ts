/**
 * Slots that a key may not be written to in this run: one that holds the current value of a key which cannot move
 * out yet, and one that holds a value of strangers, unless a person named the key that replaces it.
 */

import type { Blocked } from "./blocked.ts";
import type { Change, CreateKey, RotateKey, UpdateKey } from "./change.ts";
import { type Slot, slotId } from "./desired.ts";
import type { Difference } from "./diff.ts";
import type { Facts } from "./facts.ts";
import type { Limits } from "./guard.ts";
import type { KeyRecord } from "./key-record.ts";

export function holdContested(difference: Difference, facts: Facts, limits: Limits): Difference {
  const known = knownValues(facts);
  const blocked = [...difference.blocked];
  let { changes } = difference;
  // Holding one key back can hold back the next.
  for (;;) {
    const stuck = new Set(blocked.map(({ name }) => name));
    const held = changes.filter(isWriting).flatMap((change) => obstacle(change, stuck, known, limits) ?? []);
    if (held.length === 0) return { changes, blocked };
    const names = new Set(held.map(({ name }) => name));
    changes = changes.filter(({ kind, name }) => kind !== "ApiKey" || !names.has(name));
    blocked.push(...held);
  }
}

type Writing = CreateKey | RotateKey | UpdateKey;

const isWriting = (change: Change): change is Writing =>
  change.kind === "ApiKey" && change.action !== "revoke";

/** What is known of the values in the slots, looked up many times. */
interface KnownValues extends Pick<Facts, "slots" | "records"> {
  /** By fingerprint: the key whose current value it is. */
  readonly owners: ReadonlyMap<string, string>;
  readonly fingerprints: ReadonlySet<string>;
  readonly last4s: ReadonlySet<string>;
}

function knownValues({ slots, records, live }: Facts): KnownValues {
  const all = [...records.values()];
  const currents = all.flatMap(({ name, current }) =>
    current ? [[current.fingerprint, name] as const] : [],
  );
  const intents = all.flatMap(({ intent }) => intent?.fingerprint ?? []);
  const owners = new Map(currents);
  return {
    slots,
    records,
    owners,
    fingerprints: new Set([...owners.keys(), ...intents]),
    last4s: new Set(live.keys.map(({ last4 }) => last4)),
  };
}

function obstacle(
  change: Writing,
  stuck: ReadonlySet<string>,
  known: KnownValues,
  { allowed }: Limits,
): Blocked | undefined {
  const { name, desired } = change;
  const slots = change.action === "update" ? change.copyTo : desired.deliverTo;
  const about = { kind: "ApiKey", name, at: desired.origin } as const;
  for (const slot of slots) {
    const reading = known.slots.get(slotId(slot));
    if (reading?.type !== "value") continue;
    const owner = known.owners.get(reading.fingerprint);
    if (owner !== undefined && owner !== name && stuck.has(owner)) {
      const message = `${slotId(slot)} still holds the only known value of ${owner}, which is left alone`;
      return { ...about, code: "SLOT_IN_USE", message, hint: `settle ${owner} first` };
    }
    const isKnown = known.fingerprints.has(reading.fingerprint) || known.last4s.has(reading.last4);
    if (isKnown || hasUsed(known.records.get(name), slot) || allowed.includes(name)) continue;
    const message = `${slotId(slot)} holds a value that Keywright did not put there`;
    const hint = `if it may be replaced, name the key: --allow ${name}`;
    return { ...about, code: "SLOT_OCCUPIED", message, hint };
  }
  return undefined;
}

/** A slot that had a value of ours is ours, whatever stands in it now. */
const hasUsed = (record: KeyRecord | undefined, slot: Slot): boolean =>
  [
    ...(record?.current?.receipts ?? []).map((receipt) => receipt.slot),
    ...(record?.intent?.slots ?? []),
  ].some((each) => slotId(each) === slotId(slot));
