/** Notices about keys that somebody else made: when those who hold their values lose them, and when that is over. */

import type { Change } from "./change.ts";
import type { Facts } from "./facts.ts";
import { isHeldElsewhere } from "./held-elsewhere.ts";
import { currentOf, groupKeys, type KeyGroup } from "./key-group.ts";
import { keyText } from "./key-text.ts";
import type { Notice } from "./notice.ts";

/** `changes` as planned. Sorted by name. */
export function custodyNotices(facts: Facts, changes: readonly Change[]): readonly Notice[] {
  const revocations = changes.filter((change) => change.kind === "ApiKey" && change.action === "revoke");
  const removed = new Set(revocations.filter(({ reason }) => reason === "removed").map(({ key }) => key.id));
  return groupKeys(facts.desired, facts.live.keys, facts.records).flatMap((group) => [
    ...losses(group, removed),
    ...taken(group),
  ]);
}

/** The manifest that said whose value it is went first; what remains is that the ledger knows of no delivery. */
function losses({ name, live, record }: KeyGroup, removed: ReadonlySet<string>): readonly Notice[] {
  const { current, intent, retiring = [], abandoned = [] } = record ?? {};
  const known = new Set(
    [current, intent, ...retiring, ...abandoned].flatMap((each) => each?.operation ?? []),
  );
  return live
    .filter(({ id, marker }) => removed.has(id) && !known.has(marker.operation))
    .map((key) => ({
      code: "HELD_ELSEWHERE" as const,
      message:
        `${name}: revoking ${keyText(key)} ends a key that Keywright never delivered, as far as the ledger knows: ` +
        "whoever holds its value elsewhere loses access",
    }));
}

function taken(group: KeyGroup): readonly Notice[] {
  const { name, desired } = group;
  const current = currentOf(group);
  if (!desired?.adopt || !current || isHeldElsewhere(desired, current)) return [];
  const message = `${name}: ${keyText(current)} took the place of the key that was adopted; spec.adopt can be taken out`;
  return [{ code: "CUSTODY_TAKEN", message }];
}
