/**
 * Mints one key so that no crash, at any point, loses it or leaves one that nobody knows:
 *
 *   intend → stage → create (PENDING) → verify (activates) → deliver → unstage → promote → empty left slots
 *
 * The secret is in the sink's pending stage before the store hears of it; the key authenticates before a
 * consumer can read it; the old key stays current, and valid for the overlap, until the ledger says otherwise.
 * Whatever step dies, the next run finds the secret by the fingerprint that the intent recorded and goes on,
 * or finds that nobody has it and begins again.
 */

import type { CreateKey, RotateKey } from "../core/change.ts";
import type { DesiredKey } from "../core/desired.ts";
import { isKeywrightError, KeywrightError } from "../core/error.ts";
import { expiresAt } from "../core/expiry.ts";
import { last4Of } from "../core/key-format.ts";
import { currentOf } from "../core/key-group.ts";
import type { Receipt } from "../core/key-record.ts";
import type { Minted } from "../core/ports.ts";
import { type Attempt, beginAttempt, resumeAttempt, stampOf } from "./attempt.ts";
import { deliverSecret, probeSlots, stageSecret, unstageSecret } from "./deliver.ts";
import { effect } from "./effect.ts";
import type { KeyJob } from "./key-job.ts";
import { emptyLeftSlots, leftReceipts, leftSlots } from "./left-slots.ts";
import { promote } from "./promote.ts";

export async function mintKey(job: KeyJob, { desired }: CreateKey | RotateKey): Promise<readonly Receipt[]> {
  await probeSlots(job, desired.deliverTo);
  const previous = currentOf(job.group);
  const resumed = await resumeAttempt(job, desired);
  if (!resumed) return carryThrough(job, desired, await beginAttempt(job, desired), previous);
  try {
    return await carryThrough(job, desired, resumed, previous);
  } catch (error) {
    if (!isDeadAttempt(error)) throw error;
    return carryThrough(job, desired, await beginAttempt(job, desired), previous);
  }
}

/** The key of the attempt is revoked, expired or was never activated in time: it can come to nothing. */
const isDeadAttempt = (error: unknown): boolean =>
  isKeywrightError(error, "STORE_CONFLICT") || isKeywrightError(error, "VERIFY_FAILED");

async function carryThrough(
  job: KeyJob,
  desired: DesiredKey,
  attempt: Attempt,
  previous: ReturnType<typeof currentOf>,
): Promise<readonly Receipt[]> {
  const stamp = stampOf(job, attempt);
  const { deliverTo } = desired;
  await stageSecret(job, deliverTo, attempt.secret, stamp, attempt.staged);
  const minted = attempt.live ?? (await create(job, desired, attempt));
  await verify(job, attempt, minted);
  const receipts = await deliverSecret(job, deliverTo, attempt.secret, stamp);
  await unstageSecret(job, [...deliverTo, ...leftSlots(job, attempt.intent)], stamp);
  await promote(job, desired, attempt, minted, [...receipts, ...leftReceipts(job, attempt)], previous);
  await emptyLeftSlots(job, attempt);
  return receipts;
}

function create(job: KeyJob, desired: DesiredKey, { intent, secret }: Attempt): Promise<Minted> {
  const { store, clock } = job.run.world;
  const end = expiresAt(desired.expires, clock.now());
  const { operation, generation } = intent;
  return keyEffect(job, "create-key", operation, undefined, () =>
    store.create({
      kind: "ApiKey",
      marker: { instance: job.run.instance, name: job.group.name, generation, operation },
      displayName: desired.displayName,
      description: desired.description,
      labels: desired.labels,
      roles: desired.roles,
      securityLevel: desired.securityLevel,
      secret,
      ...(desired.owner !== undefined && { owner: desired.owner }),
      ...(end !== undefined && { expiresAt: end }),
    }),
  );
}

/** The first use of the key: it activates, and proves that it works before any consumer is given it. */
async function verify(job: KeyJob, { intent, secret }: Attempt, { id }: Pick<Minted, "id">): Promise<void> {
  const answer = await keyEffect(job, "verify-key", intent.operation, id, () =>
    job.run.world.store.verify(secret),
  );
  if (answer.valid && answer.id === id) return;
  const what = answer.valid ? `it belongs to ${answer.id}` : `the store says ${answer.reason}`;
  throw new KeywrightError(
    "VERIFY_FAILED",
    `the new key ${id} (…${last4Of(secret)}) does not authenticate: ${what}`,
    { hint: "the old key stays current; the next run begins again with a new key" },
  );
}

const keyEffect = <T>(
  job: KeyJob,
  name: "create-key" | "verify-key",
  operation: string,
  target: string | undefined,
  act: () => Promise<T>,
): Promise<T> =>
  effect(
    job.run,
    {
      effect: name,
      kind: "ApiKey",
      name: job.group.name,
      operation,
      ...(target !== undefined && { target }),
    },
    act,
  );
