/**
 * Slots that a key's values lie in and that no manifest declares any longer. They stay in the record, as
 * receipts, until they are empty: a crash before that leaves the next run something to see.
 */

import { type Slot, slotId } from "../core/desired.ts";
import type { Intent, Receipt } from "../core/key-record.ts";
import { abandonedFingerprints } from "./abandon.ts";
import { claim, type KeyJob, recordBody } from "./key-job.ts";
import type { MintedKey } from "./minted-key.ts";
import { removeValue } from "./remove-value.ts";

/** For the record that the attempt's key is promoted with; `job.record` is still the one before it. */
export function leftReceipts(job: KeyJob, { intent }: MintedKey): readonly Receipt[] {
  const { generation, fingerprint, at } = intent;
  const old = (job.record?.current?.receipts ?? []).filter(({ slot }) => isLeft(job, slotId(slot)));
  const known = new Set(old.map(({ slot }) => slotId(slot)));
  const reached = leftSlots(job, intent).filter((slot) => !known.has(slotId(slot)));
  return [...old, ...reached.map((slot) => ({ slot, generation, fingerprint, at }))];
}

/** Those that an attempt may have written to, and that are nobody's now. */
export const leftSlots = (job: KeyJob, { slots }: Intent): readonly Slot[] =>
  slots.filter((slot) => isLeft(job, slotId(slot)));

/** Where another key has moved in, its delivery replaces the value. */
const isLeft = ({ slots }: KeyJob, id: string): boolean => !slots.has(id);

export async function emptyLeftSlots(job: KeyJob, { intent }: MintedKey): Promise<void> {
  const current = job.record?.current;
  const left = (current?.receipts ?? []).filter(({ slot }) => isLeft(job, slotId(slot)));
  if (!current || left.length === 0) return;
  const values = [intent.fingerprint, ...abandonedFingerprints(job)];
  for (const { slot, fingerprint } of left) {
    await removeValue(job, slot, new Set([fingerprint, ...values]), intent.operation);
  }
  const receipts = current.receipts.filter((receipt) => !left.includes(receipt));
  await claim(job, { ...recordBody(job), current: { ...current, receipts } });
}
