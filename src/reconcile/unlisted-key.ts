/** A list that is behind: a key that works and is not listed is not gone, and another one would be one too many. */

import type { DesiredKey } from "../core/desired.ts";
import { HOUR_MS } from "../core/duration.ts";
import { KeywrightError } from "../core/error.ts";
import type { AbandonedMint } from "../core/key-record.ts";
import { reachedSlots } from "./attempt.ts";
import { effect } from "./effect.ts";
import { findValue, type Sought } from "./find-value.ts";
import { isLeaked, type KeyJob, recordBody } from "./key-job.ts";
import { keySubject } from "./upcoming-effects.ts";

/** How long after its mint a key that works is waited for. */
const LATE_MS = HOUR_MS;

/**
 * Where the store mints: STORE_INCOMPLETE when a key that was made within the last hour authenticates and is not listed.
 * After that time another is made, since a person may have taken its marker away.
 */
export async function refuseUnlisted(job: KeyJob, desired: DesiredKey): Promise<void> {
  const { store } = job.run.world;
  if (store.capabilities.mint.by === "client") return;
  for (const intent of lateKeys(job)) {
    const found = await findValue(job, reachedSlots(job, desired), intent);
    if (!found) continue;
    const answer = await effect(job.run, keySubject(job, "verify-key", { intent }), () =>
      store.verify(found.secret),
    );
    if (answer.valid) throw unlisted(intent);
  }
}

type LateKey = Sought & { readonly generation: number };

function lateKeys(job: KeyJob): readonly LateKey[] {
  const { current, intent } = recordBody(job);
  const now = job.run.world.clock.now().getTime();
  const minted = [
    ...(intent ? [{ ...intent, since: intent.at }] : []),
    // What a person took the marker from is listed: nobody need wait for it.
    ...(current && !job.foreign.has(current.id) ? [{ ...current, since: current.promotedAt }] : []),
  ];
  return minted.filter(
    ({ operation, since }) =>
      !isListed(job, operation) && !isLeaked(job, operation) && now - Date.parse(since) < LATE_MS,
  );
}

const isListed = ({ group }: KeyJob, operation: string): boolean =>
  group.live.some(({ marker }) => marker.operation === operation);

const unlisted = ({ generation }: LateKey): KeywrightError =>
  new KeywrightError(
    "STORE_INCOMPLETE",
    `the key of generation ${generation} works, and the store does not list it (yet)`,
    { hint: "run again in a while: it is taken up once it is listed; after an hour another one is made" },
  );

/**
 * Where the store mints, its list may yet come to show the key that was current and is not to be seen: it is known then
 * for what it is, and revoked after the overlap.
 */
export function vanishedKey(job: KeyJob, overlapMs: number): readonly AbandonedMint[] {
  const { current } = recordBody(job);
  const { store, clock } = job.run.world;
  if (
    !current ||
    job.foreign.has(current.id) ||
    store.capabilities.mint.by === "client" ||
    isListed(job, current.operation)
  )
    return [];
  const { operation, generation } = current;
  return [{ operation, generation, revokeAt: new Date(clock.now().getTime() + overlapMs).toISOString() }];
}
