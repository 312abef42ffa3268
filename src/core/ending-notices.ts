/** Notices about keys that somebody has to know of while they end, or fail to. */

import type { Change } from "./change.ts";
import { isPast, isValid } from "./expiry.ts";
import type { Facts } from "./facts.ts";
import { isHeldElsewhere } from "./held-elsewhere.ts";
import { currentOf, groupKeys, type KeyGroup } from "./key-group.ts";
import { keyText } from "./key-text.ts";
import type { Notice } from "./notice.ts";
import { leakedOperations } from "./request.ts";

/** `changes` as planned. Sorted by name. */
export function endingNotices(facts: Facts, changes: readonly Change[]): readonly Notice[] {
  const revocations = changes.filter((change) => change.kind === "ApiKey" && change.action === "revoke");
  const gone = new Set(revocations.map(({ key }) => key.id));
  const asked = new Set(revocations.filter(({ reason }) => reason === "asked").map(({ name }) => name));
  const groups = groupKeys(facts.desired, facts.live.keys, facts.records);
  return groups.flatMap((group) => [
    ...stillLeaked(group, facts, gone),
    ...(asked.has(group.name) ? accessEnds(group, facts, gone) : []),
  ]);
}

/** What this plan does not end stays dangerous, whatever holds it up. */
const stillLeaked = (
  group: KeyGroup,
  { requests, now }: Facts,
  gone: ReadonlySet<string>,
): readonly Notice[] => {
  const leaked = leakedOperations(group, requests);
  return group.live
    .filter((key) => leaked.has(key.marker.operation) && isValid(key, now) && !gone.has(key.id))
    .map((key) => ({
      code: "LEAKED_KEY_VALID" as const,
      message:
        `${group.name}: the secret of ${keyText(key)} leaked and IS STILL VALID: this plan does not end it; ` +
        `to end it without a replacement: keywright revoke ${group.name}`,
    }));
};

/** An outage that was asked for is announced in so many words. */
function accessEnds(group: KeyGroup, { now }: Facts, gone: ReadonlySet<string>): readonly Notice[] {
  const { name, live, desired, record } = group;
  if (live.some((key) => isValid(key, now) && !gone.has(key.id))) return [];
  const isAdopted = isHeldElsewhere(desired, currentOf(group)) && !record?.intent;
  const next =
    desired && !isAdopted && !isPast(desired.expires, now)
      ? "it is still declared, so the next apply mints a new key"
      : "no new key is minted for it";
  return [{ code: "ACCESS_ENDS", message: `${name}: its consumers lose access at once; ${next}` }];
}
