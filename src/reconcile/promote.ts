/** The one write that makes a new key the current one and starts the old one's overlap. */

import type { DesiredKey, Expires } from "../core/desired.ts";
import { hasDesiredExpiry } from "../core/expiry.ts";
import { last4Of } from "../core/key-format.ts";
import type { AbandonedMint, CurrentKey, Intent, Receipt, RetiringKey } from "../core/key-record.ts";
import type { OwnedKey } from "../core/live.ts";
import { mintRequest } from "../core/mint-request.ts";
import { abandonedMints } from "./abandon.ts";
import { claim, type KeyJob, recordBody } from "./key-job.ts";
import type { MintedKey } from "./minted-key.ts";
import { isFound, redated, retiringAfter } from "./retiring.ts";
import { vanishedKey } from "./unlisted-key.ts";

export async function promote(
  job: KeyJob,
  desired: DesiredKey,
  minted: MintedKey,
  receipts: readonly Receipt[],
  previous: OwnedKey | undefined,
): Promise<void> {
  const vanished = vanishedKey(job, desired.rotation.overlapMs);
  const abandoned = abandonedMints(job, vanished).map((each) => spared(job, desired, each));
  const { leaked = [] } = recordBody(job);
  await claim(job, {
    current: currentKey(job, desired, minted, receipts),
    retiring: retiringKeys(job, desired, minted, previous),
    protected: desired.protected,
    ...(abandoned.length > 0 && { abandoned }),
    ...(leaked.length > 0 && { leaked }),
  });
}

/**
 * What was given up may have stood in a blind slot until now, or an overtaken run may have delivered it: whoever has
 * read it gets an overlap.
 */
function spared(job: KeyJob, desired: DesiredKey, mint: AbandonedMint): AbandonedMint {
  const { mayBeRead, ...kept } = mint;
  const key = job.group.live.find(({ marker }) => marker.operation === kept.operation);
  if (!key || !(mayBeRead || isFound(job, desired, key))) return mint;
  return { ...kept, revokeAt: retiringAfter(job, key, desired.rotation.overlapMs).retireAt };
}

function currentKey(
  job: KeyJob,
  desired: DesiredKey,
  { intent, secret, live, id, expiresAt }: MintedKey,
  receipts: readonly Receipt[],
): CurrentKey {
  return {
    operation: intent.operation,
    generation: intent.generation,
    id,
    fingerprint: intent.fingerprint,
    last4: last4Of(secret),
    expires: mintedUnder(desired, intent, live),
    promotedAt: job.run.world.clock.now().toISOString(),
    receipts,
    ...(intent.serial !== undefined && { serial: intent.serial }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}

/** A key that an earlier run registered may follow an older manifest: then its own end is the rule. */
function mintedUnder(desired: DesiredKey, { request }: Intent, live: OwnedKey | undefined): Expires {
  const { expires } = desired;
  // That run's clock may have been further off than its key's own dates allow for.
  if (!live || request === mintRequest(desired) || hasDesiredExpiry(expires, live, undefined)) return expires;
  return live.expiresAt === undefined ? { type: "never" } : { type: "at", instant: live.expiresAt };
}

/**
 * The old current key, and whatever else of this name was in use and has no date yet: without a record of
 * who uses it, a key gets the same overlap as one that is known to be used.
 */
function retiringKeys(
  job: KeyJob,
  desired: DesiredKey,
  { intent }: MintedKey,
  previous: OwnedKey | undefined,
): readonly RetiringKey[] {
  const dated = redated(job, desired);
  const recorded = job.group.record?.current;
  // When the current key is gone from the store, a twin that the store made of it may still be there.
  const gone = previous ? undefined : recorded?.operation;
  const abandoned = new Set(job.record?.abandoned?.map(({ operation }) => operation));
  const undated = job.group.live.filter(
    (key) =>
      key.marker.operation !== intent.operation &&
      !abandoned.has(key.marker.operation) &&
      (key === previous || !recorded || key.marker.operation === gone) &&
      key.status !== "pending" &&
      !dated.some(({ operation }) => operation === key.marker.operation),
  );
  const live = new Set(job.group.live.map((key) => key.marker.operation));
  return [
    ...dated.filter(({ operation }) => live.has(operation)),
    ...undated.map((key) => retiringAfter(job, key, desired.rotation.overlapMs)),
  ];
}
