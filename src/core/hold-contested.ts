/**
 * Slots that a key may not be written to in this run: one that holds the current value of a key which cannot move
 * out yet, and one that holds a value of strangers, unless a person named the key that replaces it.
 */

import type { Blocked } from "./blocked.ts";
import type { Change, CreateKey, RotateKey, UpdateKey } from "./change.ts";
import { type Slot, slotId } from "./desired.ts";
import type { Difference } from "./diff.ts";
import type { Facts } from "./facts.ts";
import { isInFocus } from "./focus.ts";
import type { Limits } from "./guard.ts";
import { isHeldElsewhere } from "./held-elsewhere.ts";
import type { KeyRecord } from "./key-record.ts";
import { standsAlone } from "./stands-alone.ts";

export function holdContested(difference: Difference, facts: Facts, limits: Limits): Difference {
  const known = knownValues(facts);
  const blocked = [...difference.blocked];
  let { changes } = difference;
  // Holding one key back can hold back the next.
  for (;;) {
    const left = new Set(blocked.map(({ name }) => name));
    const isStuck = (name: string): boolean => left.has(name) || !isInFocus(name, facts);
    const held = changes
      .filter(isWriting)
      .flatMap((change) => obstacle(change, isStuck, known, limits) ?? []);
    if (held.length === 0) return { changes, blocked };
    const names = new Set(held.map(({ name }) => name));
    changes = changes.filter(
      (change) =>
        change.kind !== "ApiKey" ||
        !names.has(change.name) ||
        standsAlone(change, difference.changes, facts.now),
    );
    blocked.push(...held);
  }
}

type Writing = CreateKey | RotateKey | UpdateKey;

const isWriting = (change: Change): change is Writing =>
  change.kind === "ApiKey" && change.action !== "revoke" && change.action !== "adopt";

/** What is known of the values in the slots, looked up many times. */
interface KnownValues extends Pick<Facts, "slots" | "records"> {
  /** By fingerprint: the key whose current value it is. */
  readonly owners: ReadonlyMap<string, string>;
  readonly fingerprints: ReadonlySet<string>;
  /** Last four characters, and ids where there are none. */
  readonly tails: ReadonlySet<string>;
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
    tails: new Set(live.keys.map(({ id, last4 }) => last4 ?? id)),
  };
}

function obstacle(
  change: Writing,
  isStuck: (name: string) => boolean,
  known: KnownValues,
  { allowed }: Limits,
): Blocked | undefined {
  const { name, desired } = change;
  const slots = change.action === "update" ? change.copyTo : desired.deliverTo;
  const about = { kind: "ApiKey", name, at: desired.origin } as const;
  for (const slot of slots) {
    const reading = known.slots.get(slotId(slot));
    const owner = reading?.type === "value" ? known.owners.get(reading.fingerprint) : undefined;
    if (owner !== undefined && owner !== name && isStuck(owner)) {
      const message = `${slotId(slot)} still holds the only known value of ${owner}, which is left alone`;
      return { ...about, code: "SLOT_IN_USE", message, hint: `settle ${owner} first` };
    }
    const isKnown = !isStrange(change, slot, known);
    if (isKnown || hasUsed(known.records.get(name), slot) || allowed.includes(name)) continue;
    const message = `${slotId(slot)} holds a value that Keywright did not put there`;
    const hint = `if it may be replaced, name the key: --allow ${name}`;
    return { ...about, code: "SLOT_OCCUPIED", message, hint };
  }
  return undefined;
}

/**
 * Whether something stands in `slot` that no key of ours accounts for. A value that is only known to be there may be the
 * key's own where the ledger, which would know, knows nothing of the key: then its successor may go there.
 */
function isStrange(change: Writing, slot: Slot, known: KnownValues): boolean {
  const reading = known.slots.get(slotId(slot));
  if (reading?.type === "value") {
    const { fingerprint, last4, keyId } = reading;
    return (
      !known.fingerprints.has(fingerprint) && !known.tails.has(last4) && !known.tails.has(keyId ?? last4)
    );
  }
  if (reading?.type !== "blind" || !reading.found) return false;
  return !mayBeOwn(change, known) && ![...known.records.values()].some((record) => hasUsed(record, slot));
}

/** What is held elsewhere was never delivered by us. */
const mayBeOwn = (change: Writing, { records }: KnownValues): boolean =>
  change.action === "rotate" &&
  !records.get(change.name)?.current &&
  !isHeldElsewhere(change.desired, change.current);

/** A slot that had a value of ours, or may have had one, is ours, whatever stands in it now. */
const hasUsed = (record: KeyRecord | undefined, slot: Slot): boolean =>
  [
    ...(record?.current?.receipts ?? []).map((receipt) => receipt.slot),
    ...(record?.intent?.slots ?? []),
  ].some((each) => slotId(each) === slotId(slot));
