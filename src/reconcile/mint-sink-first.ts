/**
 * Minting where the client makes the secret: `stage → create (PENDING)`. The secret is in the sink's pending stage
 * before the store hears of it, so there is never an active key outside its sink.
 */

import type { DesiredKey } from "../core/desired.ts";
import { KeywrightError } from "../core/error.ts";
import type { Attempt } from "./attempt.ts";
import { createKeyOf } from "./create-key.ts";
import { stageSecret } from "./deliver.ts";
import { announce } from "./effect.ts";
import type { KeyJob } from "./key-job.ts";
import { type MintedKey, stampOf } from "./minted-key.ts";
import { upcomingEffects } from "./upcoming-effects.ts";

export async function mintSinkFirst(job: KeyJob, desired: DesiredKey, attempt: Attempt): Promise<MintedKey> {
  const { intent, secret, live, staged } = attempt;
  const { fingerprint } = intent;
  if (!secret || fingerprint === undefined) throw new Error("an attempt began without its secret");
  const isResumed = intent.run !== job.run.id;
  if (isResumed) await announceRest(job, desired, attempt);
  const stamped = { intent: { ...intent, fingerprint } };
  await stageSecret(job, desired.deliverTo, secret, stampOf(job, stamped), staged);
  const { id, expiresAt } = live ?? (await createKeyOf(job, desired, attempt)).answer;
  if (id === undefined) throw new KeywrightError("STORE_CONTRACT", "the store did not name the key it made");
  return { ...attempt, ...stamped, secret, id, ...(expiresAt !== undefined && { expiresAt }) };
}

const announceRest = (job: KeyJob, desired: DesiredKey, attempt: Attempt): Promise<void> =>
  announce(job.run, upcomingEffects(job, desired, attempt), (events) =>
    job.run.world.ledger.append(...events),
  );
