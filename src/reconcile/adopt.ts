/** What the ledger is told of a key that it did not know, once its value has been seen. */

import { type DesiredKey, slotId } from "../core/desired.ts";
import type { CurrentKey, Receipt } from "../core/key-record.ts";
import type { OwnedKey } from "../core/live.ts";
import type { KeyJob } from "./key-job.ts";

export interface SeenValue {
  readonly fingerprint: string;
  readonly last4: string;
}

/** With a receipt for each slot that was found to hold the value. */
export function adopted(job: KeyJob, key: OwnedKey, desired: DesiredKey, value: SeenValue): CurrentKey {
  const { fingerprint, last4 } = value;
  const { generation, operation } = key.marker;
  const at = job.run.world.clock.now().toISOString();
  const { serial } = desired.rotation;
  const receipts: readonly Receipt[] = desired.deliverTo
    .filter((slot) => {
      const reading = job.slots.get(slotId(slot));
      return reading?.type === "value" && reading.fingerprint === fingerprint;
    })
    .map((slot) => ({ slot, generation, fingerprint, at }));
  return {
    operation,
    generation,
    id: key.id,
    fingerprint,
    last4,
    expires: desired.expires,
    promotedAt: at,
    receipts,
    ...(serial !== undefined && { serial }),
    ...(key.expiresAt !== undefined && { expiresAt: key.expiresAt }),
  };
}
