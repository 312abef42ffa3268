/** Looks for the secret of an attempt in the sinks that can be read: how a mint survives a crash. */

import { type Slot, slotId } from "../core/desired.ts";
import { fingerprintOf } from "../core/key-format.ts";
import type { Intent } from "../core/key-record.ts";
import type { SinkEntry, Stage } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";
import { type KeyJob, readableSlots, sinkOf } from "./key-job.ts";

export interface FoundValue {
  readonly secret: Secret;
  /** Whether a consumer could have read it: it stands in a current slot. */
  readonly delivered: boolean;
  /** `slotId`s whose pending stage holds it. */
  readonly staged: ReadonlySet<string>;
}

/** By its fingerprint; while that is not known, by the stamp of its operation. */
export type Sought = Pick<Intent, "operation" | "fingerprint">;

export async function findValue(
  job: KeyJob,
  slots: readonly Slot[],
  intent: Sought,
): Promise<FoundValue | undefined> {
  let secret: Secret | undefined;
  let delivered = false;
  const staged = new Set<string>();
  for (const slot of readableSlots(job, slots)) {
    for (const stage of ["pending", "current"] as const) {
      const found = await readValue(job, slot, stage, intent);
      if (!found) continue;
      secret = found;
      if (stage === "current") delivered = true;
      else staged.add(slotId(slot));
    }
  }
  return secret && { secret, delivered, staged };
}

async function readValue(job: KeyJob, slot: Slot, stage: Stage, intent: Sought): Promise<Secret | undefined> {
  const entry = await sinkOf(job, slot).read(slot, stage);
  return entry && isOf(intent, entry) ? entry.secret : undefined;
}

/** What a store minted is known by its stamp alone until the ledger has its fingerprint. */
const isOf = ({ fingerprint, operation }: Sought, { secret, stamp }: SinkEntry): boolean =>
  fingerprint === undefined ? stamp?.operation === operation : fingerprintOf(secret) === fingerprint;
