/**
 * Mints one key so that no crash, at any point, loses it or leaves one that nobody knows:
 *
 *   intend → mint → verify → deliver → unstage → promote → empty left slots
 *
 * The key authenticates before a consumer can read it; the old key stays current, and valid for the overlap, until the
 * ledger says otherwise. Who makes the secret decides how it is minted (`mint-sink-first.ts`, `mint-in-store.ts`).
 * Whatever step dies, the next run finds the secret in a sink and goes on, or finds that nobody has it, revokes what
 * came of the attempt, and begins again.
 */

import type { CreateKey, RotateKey } from "../core/change.ts";
import type { DesiredKey } from "../core/desired.ts";
import { isKeywrightError, KeywrightError } from "../core/error.ts";
import { last4Of } from "../core/key-format.ts";
import { currentOf } from "../core/key-group.ts";
import type { Receipt } from "../core/key-record.ts";
import type { OwnedKey } from "../core/live.ts";
import { type Attempt, beginAttempt, findAttempt } from "./attempt.ts";
import { deliverSecret, probeSlots, unstageSecret } from "./deliver.ts";
import { effect } from "./effect.ts";
import type { KeyJob } from "./key-job.ts";
import { emptyLeftSlots, leftReceipts } from "./left-slots.ts";
import { mintInStore } from "./mint-in-store.ts";
import { mintSinkFirst } from "./mint-sink-first.ts";
import { type MintedKey, stampOf } from "./minted-key.ts";
import { promote } from "./promote.ts";
import { refuseUnlisted } from "./unlisted-key.ts";
import { keySubject, stagedSlots } from "./upcoming-effects.ts";

export async function mintKey(job: KeyJob, { desired }: CreateKey | RotateKey): Promise<readonly Receipt[]> {
  await probeSlots(job, desired.deliverTo);
  const previous = currentOf(job.group);
  const earlier = await findAttempt(job, desired);
  try {
    if (earlier.attempt) return await carryThrough(job, desired, earlier.attempt, previous);
  } catch (error) {
    if (!isDeadAttempt(error)) throw error;
  }
  await refuseUnlisted(job, desired);
  return carryThrough(job, desired, await beginAttempt(job, desired, earlier), previous);
}

/** The key of the attempt is revoked, expired or was never activated in time: it can come to nothing. */
const isDeadAttempt = (error: unknown): boolean =>
  isKeywrightError(error, "STORE_CONFLICT") || isKeywrightError(error, "VERIFY_FAILED");

async function carryThrough(
  job: KeyJob,
  desired: DesiredKey,
  attempt: Attempt,
  previous: OwnedKey | undefined,
): Promise<readonly Receipt[]> {
  const { by } = job.run.world.store.capabilities.mint;
  const mint = by === "client" ? mintSinkFirst : mintInStore;
  const minted = await mint(job, desired, attempt);
  const stamp = stampOf(job, minted);
  await verify(job, minted);
  const receipts = await deliverSecret(job, desired.deliverTo, minted.secret, stamp);
  await unstageSecret(job, stagedSlots(job, desired, minted), stamp);
  await promote(job, desired, minted, [...receipts, ...leftReceipts(job, minted)], previous);
  await emptyLeftSlots(job, minted);
  return receipts;
}

/** The key proves that it works, before any consumer is given it; where it was PENDING, this activates it. */
async function verify(job: KeyJob, minted: MintedKey): Promise<void> {
  const { id, secret } = minted;
  const answer = await effect(job.run, keySubject(job, "verify-key", minted), () =>
    job.run.world.store.verify(secret),
  );
  if (answer.valid && (answer.id === undefined || answer.id === id)) return;
  const what = answer.valid ? `it belongs to ${answer.id}` : `the store says ${answer.reason}`;
  throw new KeywrightError(
    "VERIFY_FAILED",
    `the new key ${id} (…${last4Of(secret)}) does not authenticate: ${what}`,
    { hint: "the old key stays current; the next run begins again with a new key" },
  );
}
