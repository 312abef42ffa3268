/** A key that the store has and whose secret we hold: what delivery and promotion go on with. */

import type { Intent } from "../core/key-record.ts";
import type { Stamp } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";
import type { Attempt } from "./attempt.ts";
import type { KeyJob } from "./key-job.ts";

export interface MintedKey extends Attempt {
  readonly intent: Intent & { readonly fingerprint: string };
  readonly secret: Secret;
  readonly id: string;
  readonly expiresAt?: string;
}

export const stampOf = (job: KeyJob, { intent }: Pick<MintedKey, "intent">): Stamp => ({
  key: job.group.name,
  operation: intent.operation,
  generation: intent.generation,
  fingerprint: intent.fingerprint,
});
