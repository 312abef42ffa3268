/**
 * Minting where the store makes the secret and shows it once: `create → stage → identify → record`. The intent was
 * claimed before, so a key whose secret dies with this process is known for ours by its marker and is revoked by the
 * next run. From the pending stage on the secret survives; from the record on it is known by its fingerprint.
 */

import type { DesiredKey } from "../core/desired.ts";
import { KeywrightError } from "../core/error.ts";
import { fingerprintOf } from "../core/key-format.ts";
import type { LiveKey } from "../core/live.ts";
import type { Secret } from "../core/secret.ts";
import type { Attempt } from "./attempt.ts";
import { createKeyOf } from "./create-key.ts";
import { stageSecret } from "./deliver.ts";
import { announce } from "./effect.ts";
import { identifyKey } from "./identify-key.ts";
import { claim, type KeyJob, recordBody } from "./key-job.ts";
import { type MintedKey, stampOf } from "./minted-key.ts";
import type { Asker } from "./share-reading.ts";
import { deliveryEffects, upcomingEffects } from "./upcoming-effects.ts";

export async function mintInStore(job: KeyJob, desired: DesiredKey, attempt: Attempt): Promise<MintedKey> {
  const { live } = attempt;
  if (live) return stageResumed(job, desired, attempt, live);
  const listing = job.run.listing.expect();
  try {
    return await mintAnew(job, desired, attempt, listing);
  } finally {
    listing.leave();
  }
}

/** `listing`: where the store does not name the key, it is looked for together with those that are minted side by side. */
async function mintAnew(
  job: KeyJob,
  desired: DesiredKey,
  attempt: Attempt,
  listing: Asker<readonly LiveKey[]>,
): Promise<MintedKey> {
  const { answer, asked } = await createKeyOf(job, desired, attempt);
  const { secret } = answer;
  if (!secret) throw new KeywrightError("STORE_CONTRACT", "the store did not show the key it made");
  const stamped = fingerprinted(attempt, secret);
  await stageSecret(job, desired.deliverTo, secret, stampOf(job, stamped), stamped.staged);
  const { id, expiresAt } =
    answer.id === undefined
      ? await identifyKey(job, { ...stamped, asked }, listing)
      : { ...answer, id: answer.id };
  return record(job, desired, { ...stamped, id, ...(expiresAt !== undefined && { expiresAt }) });
}

/** An earlier run has the store's answer in a sink: what is missing is only the rest. */
async function stageResumed(
  job: KeyJob,
  desired: DesiredKey,
  attempt: Attempt,
  { id, expiresAt }: NonNullable<Attempt["live"]>,
): Promise<MintedKey> {
  if (!attempt.secret) throw new Error("an attempt was taken up without its secret");
  const stamped = fingerprinted(attempt, attempt.secret);
  await announce(job.run, upcomingEffects(job, desired, attempt), (events) =>
    job.run.world.ledger.append(...events),
  );
  await stageSecret(job, desired.deliverTo, stamped.secret, stampOf(job, stamped), stamped.staged);
  return record(job, desired, { ...stamped, id, ...(expiresAt !== undefined && { expiresAt }) });
}

const fingerprinted = (attempt: Attempt, secret: Secret): Omit<MintedKey, "id"> => ({
  ...attempt,
  intent: { ...attempt.intent, fingerprint: fingerprintOf(secret) },
  secret,
});

/** A sink need not keep the stamp of a current value: from here on the fingerprint finds it. */
async function record(job: KeyJob, desired: DesiredKey, minted: MintedKey): Promise<MintedKey> {
  await claim(job, { ...recordBody(job), intent: minted.intent }, deliveryEffects(job, desired, minted));
  return minted;
}
