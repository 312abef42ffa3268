/** What a sink was found to hold, and whether that is the key that consumers should have. */

import { type Slot, slotId } from "./desired.ts";
import type { CurrentKey, Receipt } from "./key-record.ts";
import type { LiveKey } from "./live.ts";
import type { SinkInspection } from "./ports.ts";
import { hasTail, type SecretTail } from "./secret-tail.ts";

export type SlotReading =
  | ({ readonly type: "value"; readonly fingerprint: string } & SecretTail)
  | { readonly type: "empty" }
  /** The sink never gives a value back: receipts are all we have, and what it `found` where it can be inspected. */
  | { readonly type: "blind"; readonly found?: SinkInspection }
  /** It could not be read just now. */
  | { readonly type: "unreadable"; readonly message: string };

/**
 * `good`: holds the current key, as far as can be known. `empty`: holds nothing, or never got it. `stale`: holds
 * something else. `unknown`: cannot be told.
 */
export type SlotState = "good" | "empty" | "stale" | "unknown";

/**
 * Compares a reading with the current key: by fingerprint where the ledger knows the key, otherwise by its
 * last four characters, or its id. A blind slot is good when it has a receipt for the current generation, and nobody has written to it
 * since, as far as its sink tells.
 */
export function slotState(
  slot: Slot,
  reading: SlotReading | undefined,
  current: Pick<LiveKey, "id" | "last4">,
  recorded: CurrentKey | undefined,
): SlotState {
  switch (reading?.type) {
    case "value":
      return isSameValue(reading, current, recorded) ? "good" : "stale";
    case "empty":
      return "empty";
    case "blind":
      return recorded ? blindState(reading.found, receiptOf(slot, recorded)) : "unknown";
    case "unreadable":
    case undefined:
      return "unknown";
  }
}

/** The proof that `slot` got this very key. */
export const receiptOf = (slot: Slot, { receipts, generation }: CurrentKey): Receipt | undefined =>
  receipts.find(
    (each) => slotId(each.slot) === slotId(slot) && each.generation === generation && !each.isBegun,
  );

const isSameValue = (
  reading: SecretTail & { readonly fingerprint: string },
  current: Pick<LiveKey, "id" | "last4">,
  recorded: CurrentKey | undefined,
): boolean => (recorded ? reading.fingerprint === recorded.fingerprint : hasTail(current, reading));

function blindState(found: SinkInspection | undefined, receipt: Receipt | undefined): SlotState {
  if (!receipt) return found ? "stale" : "empty";
  // A receipt from before the sink had versions proves no less than one of a sink without any.
  if (found?.version === undefined || receipt.version === undefined) return "good";
  return found.version === receipt.version ? "good" : "stale";
}
