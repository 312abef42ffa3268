/** A replaced key goes on for whoever reads it from a secret of the store that has not got its successor. */

import type { Change, CreateSecret, RevokeKey, UpdateSecret } from "./change.ts";
import { type DesiredSecret, slotId } from "./desired.ts";
import type { Facts } from "./facts.ts";

/**
 * `changes` without the end of replaced keys whose copies in the store nothing in `changes` brings up to date: the secret is
 * blocked, or is left out. What may go wrong with those that do is for the run to see.
 */
export function holdCopied(changes: readonly Change[], facts: Facts): readonly Change[] {
  const settled = new Set(changes.flatMap((change) => (bringsValue(change) ? change.name : [])));
  const stale = (facts.desired.secrets ?? []).filter(
    (secret) => isOld(secret, facts) && !settled.has(secret.name),
  );
  const sources = new Set(stale.map(({ valueFrom }) => slotId(valueFrom)));
  const feeding = new Set(
    facts.desired.keys
      .filter(({ deliverTo }) => deliverTo.some((slot) => sources.has(slotId(slot))))
      .map(({ name }) => name),
  );
  return changes.filter((change) => !isSuperseded(change) || !feeding.has(change.name));
}

/** Whether a change of a secret gives it a value, and not just a name. */
export const bringsValue = (change: Change): change is CreateSecret | UpdateSecret =>
  change.kind === "Secret" &&
  (change.action === "create" ||
    (change.action === "update" && change.fields.some(({ field }) => field === "value")));

/** Whether the store holds another value than the slot, or may. */
const isOld = ({ name, tag }: DesiredSecret, { live, secretValues }: Facts): boolean =>
  (live.secrets?.owned ?? []).some((owned) => owned.name === name || owned.tag === tag) &&
  secretValues?.get(name)?.type !== "same";

const isSuperseded = (change: Change): change is RevokeKey =>
  change.kind === "ApiKey" && change.action === "revoke" && change.reason === "superseded";
