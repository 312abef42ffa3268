/** Which live keys of a declared name are revoked: another key took their place, or their secret leaked. */

import { type KeyRef, refOf, type RevokeKey } from "./change.ts";
import type { DesiredKey } from "./desired.ts";
import { isValid } from "./expiry.ts";
import type { KeyGroup } from "./key-group.ts";
import type { AbandonedMint } from "./key-record.ts";
import type { OwnedKey } from "./live.ts";
import { type KeyRequest, leakedOperations } from "./request.ts";

/**
 * Revokes what the current key has superseded. Unless the name has a valid key then (`hasValid`: the current one,
 * or the one that this plan mints first), nothing goes that is valid; nor does what consumers can still read. Where the
 * ledger cannot tell what consumers use, nothing goes unless every slot holds the current key (`isInPlace`).
 * A key whose secret leaked has no overlap: it goes as soon as another one serves.
 */
export function retireKeys(
  group: KeyGroup,
  desired: DesiredKey,
  current: OwnedKey | undefined,
  retirement: Retirement,
): readonly RevokeKey[] {
  const leaked = leakedOperations(group, retirement.requests);
  return group.live.flatMap((key) => {
    const isLeaked = leaked.has(key.marker.operation);
    const reason = isLeaked
      ? endOfLeaked(key, group, current, retirement)
      : endOf(key, group, desired, current, retirement);
    return reason ? [revocation(group, refOf(key), reason)] : [];
  });
}

/** What the current key, or an attempt that may have been delivered, serves now must be replaced first. */
function endOfLeaked(
  key: OwnedKey,
  { record }: KeyGroup,
  current: OwnedKey | undefined,
  { now, hasValid, isMinting }: Retirement,
): RevokeKey["reason"] | undefined {
  const isServing = key === current || key.marker.operation === record?.intent?.operation;
  return !isValid(key, now) || (isServing ? isMinting : hasValid) ? "leaked" : undefined;
}

/** Why `key` ends now; undefined: it does not. */
function endOf(
  key: OwnedKey,
  { record }: KeyGroup,
  desired: DesiredKey,
  current: OwnedKey | undefined,
  { now, hasValid, isHeld, isInPlace, isMinting }: Retirement,
): RevokeKey["reason"] | undefined {
  const { operation } = key.marker;
  if (key === current || operation === record?.intent?.operation) return undefined;
  const mayGo = (hasValid && !isHeld(key)) || !isValid(key, now);
  if (!mayGo) return undefined;
  const retiring = record?.retiring.find((each) => each.operation === operation);
  if (retiring) return isReached(retiring.retireAt, now) ? "superseded" : undefined;
  const abandoned = record?.abandoned?.find((each) => each.operation === operation);
  if (abandoned) return isEnded(abandoned, now, isMinting) ? "abandoned" : undefined;
  if (operation === record?.current?.operation) return "duplicate";
  if (!current || !isInPlace) return undefined;
  const retireAt = Date.parse(current.createdAt) + desired.rotation.overlapMs;
  return now.getTime() >= retireAt ? "superseded" : undefined;
}

/** The delivery that takes it out of a blind slot gives it a new date. */
const isEnded = ({ revokeAt, mayBeRead }: AbandonedMint, now: Date, isMinting: boolean): boolean =>
  isReached(revokeAt, now) && !(mayBeRead && isMinting);

export interface Retirement {
  readonly now: Date;
  readonly hasValid: boolean;
  /** Whether this plan mints a key of this name. */
  readonly isMinting: boolean;
  readonly isInPlace: boolean;
  /** Whether a declared slot still holds the key's value, or may hold it. */
  readonly isHeld: (key: OwnedKey) => boolean;
  readonly requests: readonly KeyRequest[];
}

const isReached = (instant: string, now: Date): boolean => now.getTime() >= Date.parse(instant);

export const revocation = (group: KeyGroup, key: KeyRef, reason: RevokeKey["reason"]): RevokeKey => ({
  action: "revoke",
  kind: "ApiKey",
  name: group.name,
  key,
  reason,
  protected: group.desired?.protected ?? group.record?.protected ?? false,
});
