/** The revocations that end a name: its manifest is gone, or a person asks for it. */

import { type KeyRef, refOf, type RevokeKey } from "./change.ts";
import type { KeyGroup } from "./key-group.ts";
import type { CurrentKey, Intent } from "./key-record.ts";
import type { OwnedKey } from "./live.ts";
import { type KeyRequest, leakedOperations, requestsOf } from "./request.ts";
import { revocation } from "./retire-key.ts";

/**
 * The current key is gone through even when only the ledger still knows it: its slots are emptied. A leak that is told
 * now is about the leaked keys alone.
 */
export function removeKey(group: KeyGroup, requests: readonly KeyRequest[]): readonly RevokeKey[] {
  const { name, live, record } = group;
  const leaked = leakedOperations(group, requests);
  const changes = live.map((key) =>
    revocation(group, refOf(key), leaked.has(key.marker.operation) ? "leaked" : "removed"),
  );
  if (requestsOf(requests, "leak", name).length > 0)
    return changes.filter(({ reason }) => reason === "leaked");
  const current = record?.current;
  if (!current && live.length === 0) return record?.intent ? [forgetAttempt(group, record.intent)] : [];
  if (!current || live.some(({ marker }) => marker.operation === current.operation)) return changes;
  return [...changes, revocation(group, goneRef(current), "removed")];
}

function goneRef({ id, last4, generation, operation, promotedAt, expiresAt }: CurrentKey): KeyRef {
  const end = expiresAt !== undefined && { expiresAt };
  return { id, last4, generation, operation, createdAt: promotedAt, status: "expired", ...end };
}

/** The store never gave such a key an id, or has let it lapse. */
function forgetAttempt(group: KeyGroup, { operation, generation, at }: Intent): RevokeKey {
  const key = { id: "(none)", last4: "", status: "pending", createdAt: at, generation, operation } as const;
  return revocation(group, key, "unminted");
}

/** The live keys that the requests ask to end: all of the name, unless they give ids. */
export function revokeAsked(group: KeyGroup, requests: readonly KeyRequest[]): readonly RevokeKey[] {
  const asked = requestsOf(requests, "revoke", group.name);
  const isAsked = ({ id }: OwnedKey): boolean => asked.some(({ ids }) => ids?.includes(id) ?? true);
  return group.live.filter(isAsked).map((key) => revocation(group, refOf(key), "asked"));
}
