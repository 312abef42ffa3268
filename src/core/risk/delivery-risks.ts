import { type Slot, slotId } from "../desired.ts";
import { isHeldElsewhere } from "../held-elsewhere.ts";
import type { Risk } from "./risk.ts";
import type { KeptKey, Succession } from "./succession.ts";

/**
 * Of a key that exists, or did: the slots that get its value, or its successor's, and never had one. Where the ledger
 * remembers no delivery at all, nothing is said, unless the key is known to be held elsewhere.
 */
export function deliveryRisks(succession: Succession): readonly Risk[] {
  const { change } = succession;
  const { name } = change;
  const known = knownSlots(succession);
  if (!known) return [];
  return targetsOf(change)
    .filter((slot) => !known.has(slotId(slot)))
    .map((slot) => ({
      class: "delivery-widened",
      kind: "ApiKey",
      name,
      message: `${name}: also to ${slotId(slot)}`,
    }));
}

/** That have the value, or may have it: those of an attempt that an earlier run began count. */
function knownSlots({ change, live, record, recorded }: Succession): ReadonlySet<string> | undefined {
  if (!recorded && !isHeldElsewhere(change.desired, live)) return undefined;
  const slots = [...(recorded?.receipts ?? []).map(({ slot }) => slot), ...(record?.intent?.slots ?? [])];
  return new Set(slots.map(slotId));
}

function targetsOf(change: KeptKey): readonly Slot[] {
  if (change.action === "adopt") return [];
  return change.action === "update" ? change.copyTo : change.desired.deliverTo;
}
