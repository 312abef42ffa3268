/** The one request that makes a key. */

import type { DesiredKey } from "../core/desired.ts";
import { expiresAt } from "../core/expiry.ts";
import type { Minted } from "../core/ports.ts";
import type { Attempt } from "./attempt.ts";
import { effect } from "./effect.ts";
import type { KeyJob } from "./key-job.ts";
import { keySubject } from "./upcoming-effects.ts";

/** Sent once, whatever comes of it: after STORE_OUTCOME_UNKNOWN the next run looks what the store has made of it. */
export function createKeyOf(job: KeyJob, desired: DesiredKey, attempt: Attempt): Promise<Minted> {
  const { store, clock } = job.run.world;
  const end = expiresAt(desired.expires, clock.now());
  const { operation, generation } = attempt.intent;
  return effect(job.run, keySubject(job, "create-key", attempt), () =>
    store.create({
      kind: "ApiKey",
      marker: { instance: job.run.instance, name: job.group.name, generation, operation },
      displayName: desired.displayName,
      description: desired.description,
      labels: desired.labels,
      roles: desired.roles,
      securityLevel: desired.securityLevel,
      ...(attempt.secret && { secret: attempt.secret }),
      ...(desired.owner !== undefined && { owner: desired.owner }),
      ...(desired.scope && { scope: desired.scope }),
      ...(end !== undefined && { expiresAt: end }),
    }),
  );
}
