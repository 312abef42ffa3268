/** The one request that makes a key. */

import type { DesiredKey } from "../core/desired.ts";
import { expiresAt } from "../core/expiry.ts";
import type { CreateKeyRequest, Minted } from "../core/ports.ts";
import type { Attempt } from "./attempt.ts";
import { effect } from "./effect.ts";
import type { KeyJob } from "./key-job.ts";
import { keySubject } from "./upcoming-effects.ts";

export interface CreatedKey {
  readonly answer: Minted;
  readonly asked: CreateKeyRequest;
}

/** Sent once, whatever comes of it: after STORE_OUTCOME_UNKNOWN the next run looks what the store has made of it. */
export async function createKeyOf(job: KeyJob, desired: DesiredKey, attempt: Attempt): Promise<CreatedKey> {
  const asked = requestOf(job, desired, attempt);
  const answer = await effect(job.run, keySubject(job, "create-key", attempt), () =>
    job.run.world.store.create(asked),
  );
  return { answer, asked };
}

function requestOf(
  { run, group }: KeyJob,
  desired: DesiredKey,
  { intent, secret }: Attempt,
): CreateKeyRequest {
  const end = expiresAt(desired.expires, run.world.clock.now());
  const { operation, generation } = intent;
  return {
    kind: "ApiKey",
    marker: { instance: run.instance, name: group.name, generation, operation },
    displayName: desired.displayName,
    description: desired.description,
    labels: desired.labels,
    roles: desired.roles,
    securityLevel: desired.securityLevel,
    ...(secret && { secret }),
    ...(desired.owner !== undefined && { owner: desired.owner }),
    ...(desired.scope && { scope: desired.scope }),
    ...(end !== undefined && { expiresAt: end }),
  };
}
