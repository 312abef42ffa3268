/** Whose a live thing is. Foreign things leave here, before the diff, so that no later step can touch them. */

import type { ForeignKey, LiveKey, LivePolicy, LiveRole, LiveState, OwnedKey } from "./live.ts";
import type { RoleRef } from "./role-ref.ts";

export interface LiveReading {
  readonly keys: readonly LiveKey[];
  readonly roles: readonly LiveRole[];
  readonly policy: LivePolicy | undefined;
  readonly complete: boolean;
}

const isOwned = (key: LiveKey, instance: string): key is OwnedKey => key.marker?.instance === instance;

/**
 * What of a reading belongs to `instance`, or is to: the manifests adopt these ids. The rest is only counted and named, but for
 * the keys that we may be authenticating with.
 */
export function ownedState(
  reading: LiveReading,
  instance: string,
  ownKeyIds: readonly string[] = [],
  adoptedIds: ReadonlySet<string> = new Set(),
): LiveState {
  const keys = reading.keys.filter((key) => isOwned(key, instance));
  const others = reading.keys.filter((key) => !isOwned(key, instance));
  const strangers = others.filter(({ id }) => !ownKeyIds.includes(id) && !adoptedIds.has(id));
  const roles = reading.roles.filter((role) => role.instance === instance);
  return {
    keys,
    adoptable: others.filter(({ id }) => adoptedIds.has(id)),
    roles,
    ...(reading.policy && { policy: reading.policy }),
    foreign: {
      keys: strangers.length,
      listed: strangers.map(asForeign),
      roles: reading.roles.filter((role) => role.instance !== instance).map((role) => role.name),
      ids: strangers.filter(({ status }) => status !== "expired").map(({ id }) => id),
      heldRoles: [...new Set(others.flatMap(({ roles }) => roles.flatMap(customTag)))],
    },
    complete: reading.complete,
  };
}

const customTag = (role: RoleRef): readonly string[] => (role.type === "custom" ? [role.tag] : []);

const asForeign = ({ id, displayName, createdAt, marker }: LiveKey): ForeignKey => ({
  id,
  displayName,
  createdAt,
  ...(marker && { instance: marker.instance }),
});
