/** How the keys of a name end that have been replaced already, or that no manifest declares any longer. */

import type { ForecastEntry, KeyOutlook } from "./forecast-entry.ts";
import type { KeyGroup } from "./key-group.ts";
import type { OwnedKey } from "./live.ts";

/** In no particular order. */
export function forecastEndings(outlook: KeyOutlook): readonly ForecastEntry[] {
  const { group, current } = outlook;
  const intent = group.record?.intent?.operation;
  return group.live.flatMap((key) => {
    const isServing = key === current || key.marker.operation === intent;
    return group.desired && isServing ? [] : [...revocation(key, outlook), ...expiry(key, outlook)];
  });
}

function revocation(key: OwnedKey, { group, current, revoked, now }: KeyOutlook): readonly ForecastEntry[] {
  const retireAt = retireAtOf(key, group, current);
  const isPlanned = revoked.has(key.id);
  const isLate = retireAt !== undefined && Date.parse(retireAt) <= now.getTime();
  const at = isPlanned && !isLate ? now.toISOString() : retireAt;
  if (at === undefined) return [];
  const entry = { ...about(key, group), at, needsApply: true };
  if (!group.desired) return [{ ...entry, what: "retires", message: "no longer declared" }];
  if (!isLate)
    return [{ ...entry, what: "retires", message: isPlanned ? "not needed any more" : "its overlap ends" }];
  const message = isPlanned
    ? "its overlap is over"
    : "its overlap is over, but no other key can do without it yet";
  return [{ ...entry, what: "overdue", message }];
}

/** As the ledger has it, or as the diff reckons without the ledger; undefined: it has no date. */
function retireAtOf(
  { marker: { operation } }: OwnedKey,
  { record, desired }: KeyGroup,
  current: OwnedKey | undefined,
): string | undefined {
  const retiring = record?.retiring.find((each) => each.operation === operation)?.retireAt;
  const abandoned = record?.abandoned?.find((each) => each.operation === operation)?.revokeAt;
  if (retiring !== undefined || abandoned !== undefined) return retiring ?? abandoned;
  if (!desired || !current || record?.current) return undefined;
  return new Date(Date.parse(current.createdAt) + desired.rotation.overlapMs).toISOString();
}

/** Unless the next apply is to revoke it anyway. */
function expiry(key: OwnedKey, { group, revoked, now, current }: KeyOutlook): readonly ForecastEntry[] {
  const { expiresAt } = key;
  if (expiresAt === undefined || revoked.has(key.id) || Date.parse(expiresAt) <= now.getTime()) return [];
  const retireAt = retireAtOf(key, group, current);
  if (retireAt !== undefined && Date.parse(retireAt) <= Date.parse(expiresAt)) return [];
  const message = group.desired ? "replaced already" : "no longer declared, and not revoked";
  return [{ ...about(key, group), at: expiresAt, what: "expires", needsApply: false, message }];
}

const about = (
  { id, marker }: OwnedKey,
  { name }: KeyGroup,
): Pick<ForecastEntry, "name" | "generation" | "id"> => ({ name, generation: marker.generation, id });
