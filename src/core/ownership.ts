/** Whose a live thing is. Foreign things leave here, before the diff, so that no later step can touch them. */

import type { LiveKey, LivePolicy, LiveRole, LiveState, OwnedKey } from "./live.ts";

export interface LiveReading {
  readonly keys: readonly LiveKey[];
  readonly roles: readonly LiveRole[];
  readonly policy: LivePolicy | undefined;
  readonly complete: boolean;
}

const isOwned = (key: LiveKey, instance: string): key is OwnedKey => key.marker?.instance === instance;

/** What of a reading belongs to `instance`; the rest is only counted, but for the key that we authenticate with. */
export function ownedState(reading: LiveReading, instance: string, ownKeyId?: string): LiveState {
  const keys = reading.keys.filter((key) => isOwned(key, instance));
  const roles = reading.roles.filter((role) => role.instance === instance);
  return {
    keys,
    roles,
    ...(reading.policy && { policy: reading.policy }),
    foreign: {
      keys: reading.keys.filter((key) => !isOwned(key, instance) && key.id !== ownKeyId).length,
      roles: reading.roles.filter((role) => role.instance !== instance).map((role) => role.name),
    },
    complete: reading.complete,
  };
}
