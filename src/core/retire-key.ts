/** Which live keys of a name are revoked: because its manifest is gone, or because another key took their place. */

import { type KeyRef, refOf, type RevokeKey } from "./change.ts";
import type { DesiredKey } from "./desired.ts";
import { isValid } from "./expiry.ts";
import type { KeyGroup } from "./key-group.ts";
import type { Intent } from "./key-record.ts";
import type { OwnedKey } from "./live.ts";

/** The current key is gone through even when only the ledger still knows it: its slots are emptied. */
export function removeKey(group: KeyGroup): readonly RevokeKey[] {
  const { live, record } = group;
  const changes = live.map((key) => revoke(group, refOf(key), "removed"));
  const current = record?.current;
  if (!current && live.length === 0) return record?.intent ? [forgetAttempt(group, record.intent)] : [];
  if (!current || live.some(({ marker }) => marker.operation === current.operation)) return changes;
  const { id, last4, generation, operation, promotedAt: createdAt, expiresAt } = current;
  const gone: KeyRef = {
    id,
    last4,
    generation,
    operation,
    createdAt,
    status: "expired",
    ...(expiresAt !== undefined && { expiresAt }),
  };
  return [...changes, revoke(group, gone, "removed")];
}

/** The store never gave such a key an id, or has let it lapse. */
function forgetAttempt(group: KeyGroup, { operation, generation, at }: Intent): RevokeKey {
  const key = { id: "(none)", last4: "", status: "pending", createdAt: at, generation, operation } as const;
  return revoke(group, key, "unminted");
}

/**
 * Revokes what the current key has superseded. Unless the name has a valid key then (`hasValid`: the current one,
 * or the one that this plan mints first), nothing goes that is valid; nor does what consumers can still read. Where the
 * ledger cannot tell what consumers use, nothing goes unless every slot holds the current key (`isInPlace`).
 */
export function retireKeys(
  group: KeyGroup,
  desired: DesiredKey,
  current: OwnedKey | undefined,
  retirement: Retirement,
): readonly RevokeKey[] {
  const { record, live } = group;
  const { now, hasValid, isHeld } = retirement;
  return live
    .filter((key) => key !== current && key.marker.operation !== record?.intent?.operation)
    .filter((key) => (hasValid && !isHeld(key)) || !isValid(key, now))
    .flatMap((key) => {
      const reason = endOf(key, group, desired, current, retirement);
      return reason ? [revoke(group, refOf(key), reason)] : [];
    });
}

/** Why `key` ends now; undefined: it does not. */
function endOf(
  { marker: { operation } }: OwnedKey,
  { record }: KeyGroup,
  desired: DesiredKey,
  current: OwnedKey | undefined,
  { now, isInPlace }: Retirement,
): RevokeKey["reason"] | undefined {
  const retiring = record?.retiring.find((each) => each.operation === operation);
  if (retiring) return isReached(retiring.retireAt, now) ? "superseded" : undefined;
  const abandoned = record?.abandoned?.find((each) => each.operation === operation);
  if (abandoned) return isReached(abandoned.revokeAt, now) ? "abandoned" : undefined;
  if (operation === record?.current?.operation) return "duplicate";
  if (!current || !isInPlace) return undefined;
  const retireAt = Date.parse(current.createdAt) + desired.rotation.overlapMs;
  return now.getTime() >= retireAt ? "superseded" : undefined;
}

export interface Retirement {
  readonly now: Date;
  readonly hasValid: boolean;
  readonly isInPlace: boolean;
  /** Whether a declared slot still holds the key's value, or may hold it. */
  readonly isHeld: (key: OwnedKey) => boolean;
}

const isReached = (instant: string, now: Date): boolean => now.getTime() >= Date.parse(instant);

const revoke = (group: KeyGroup, key: KeyRef, reason: RevokeKey["reason"]): RevokeKey => ({
  action: "revoke",
  kind: "ApiKey",
  name: group.name,
  key,
  reason,
  protected: group.desired?.protected ?? group.record?.protected ?? false,
});
