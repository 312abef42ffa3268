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

/** Holding one key back can hold back the next: repeated until nothing more is held. */
export function holdContested(difference: Difference, facts: Facts, limits: Limits): Difference {
  const stuck = new Set(difference.blocked.map(({ name }) => name));
  const held = difference.changes
    .filter(isWriting)
    .flatMap((change) => obstacle(change, stuck, facts, limits) ?? []);
  if (held.length === 0) return difference;
  const names = new Set(held.map(({ name }) => name));
  const changes = difference.changes.filter(({ kind, name }) => kind !== "ApiKey" || !names.has(name));
  return holdContested({ changes, blocked: [...difference.blocked, ...held] }, facts, limits);
}

type Writing = CreateKey | RotateKey | UpdateKey;

const isWriting = (change: Change): change is Writing =>
  change.kind === "ApiKey" && change.action !== "revoke";

function obstacle(
  change: Writing,
  stuck: ReadonlySet<string>,
  facts: Facts,
  { allowed }: Limits,
): Blocked | undefined {
  const { name, desired } = change;
  const slots = change.action === "update" ? change.copyTo : desired.deliverTo;
  const about = { kind: "ApiKey", name, at: desired.origin } as const;
  for (const slot of slots) {
    const owner = ownerOf(slot, facts);
    if (owner !== undefined && owner !== name && stuck.has(owner)) {
      const message = `${slotId(slot)} still holds the only known value of ${owner}, which is left alone`;
      return { ...about, code: "SLOT_IN_USE", message, hint: `settle ${owner} first` };
    }
    if (isStrange(slot, desired.name, facts) && !allowed.includes(name)) {
      const message = `${slotId(slot)} holds a value that Keywright did not put there`;
      return {
        ...about,
        code: "SLOT_OCCUPIED",
        message,
        hint: `if it may be replaced, name the key: --allow ${name}`,
      };
    }
  }
  return undefined;
}

/** The key whose current value lies in `slot`. */
function ownerOf(slot: Slot, { slots, records }: Facts): string | undefined {
  const reading = slots.get(slotId(slot));
  if (reading?.type !== "value") return undefined;
  return [...records.values()].find(({ current }) => current?.fingerprint === reading.fingerprint)?.name;
}

/** A slot that had a value of ours is ours, whatever stands in it now. */
function isStrange(slot: Slot, name: string, { slots, records, live }: Facts): boolean {
  const reading = slots.get(slotId(slot));
  if (reading?.type !== "value" || live.keys.some(({ last4 }) => last4 === reading.last4)) return false;
  return ![...records.values()].some(
    (record) => knows(record, reading.fingerprint) || (record.name === name && hasUsed(record, slot)),
  );
}

const knows = ({ current, intent }: KeyRecord, fingerprint: string): boolean =>
  current?.fingerprint === fingerprint || intent?.fingerprint === fingerprint;

const hasUsed = ({ current, intent }: KeyRecord, slot: Slot): boolean =>
  [...(current?.receipts ?? []).map((receipt) => receipt.slot), ...(intent?.slots ?? [])].some(
    (each) => slotId(each) === slotId(slot),
  );
