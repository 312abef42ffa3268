/** What a sink was found to hold, and whether that is the key that consumers should have. */

import { type Slot, slotId } from "./desired.ts";
import type { CurrentKey } from "./key-record.ts";
import type { LiveKey } from "./live.ts";

export type SlotReading =
  | { readonly type: "value"; readonly fingerprint: string; readonly last4: string }
  | { readonly type: "empty" }
  /** The sink never gives a value back: receipts are all we have. */
  | { readonly type: "blind" }
  /** It could not be read just now. */
  | { readonly type: "unreadable"; readonly message: string };

/** `good`: holds the current key, as far as can be known. */
export type SlotState = "good" | "empty" | "stale" | "unknown";

/**
 * Compares a reading with the current key: by fingerprint where the ledger knows the key, otherwise by its
 * last four characters. A blind slot is good when it has a receipt for the current generation.
 */
export function slotState(
  slot: Slot,
  reading: SlotReading | undefined,
  current: Pick<LiveKey, "last4">,
  recorded: CurrentKey | undefined,
): SlotState {
  switch (reading?.type) {
    case "value":
      return isSameValue(reading, current, recorded) ? "good" : "stale";
    case "empty":
      return "empty";
    case "blind":
      return blindState(slot, recorded);
    case "unreadable":
    case undefined:
      return "unknown";
  }
}

const isSameValue = (
  reading: { readonly fingerprint: string; readonly last4: string },
  current: Pick<LiveKey, "last4">,
  recorded: CurrentKey | undefined,
): boolean => (recorded ? reading.fingerprint === recorded.fingerprint : reading.last4 === current.last4);

function blindState(slot: Slot, recorded: CurrentKey | undefined): SlotState {
  if (!recorded) return "unknown";
  const receipt = recorded.receipts.find((each) => slotId(each.slot) === slotId(slot));
  return receipt?.generation === recorded.generation ? "good" : "empty";
}
