/** Which keys of somebody's manifests a simulated store can be asked for. */

import type { Blocked } from "../core/blocked.ts";
import type { DesiredKey, DesiredState } from "../core/desired.ts";
import { diff } from "../core/diff.ts";
import { ownedState } from "../core/ownership.ts";
import { STORE_PROFILES, type StoreName } from "../stores/store-profile.ts";

export interface SimulableKeys {
  readonly keys: readonly DesiredKey[];
  /** Why the others are left out: a plan for an empty store of this kind leaves them alone. */
  readonly blocked: readonly Blocked[];
}

export function simulableKeys(desired: DesiredState, store: StoreName, now: Date): SimulableKeys {
  const empty = { keys: [], roles: [], policy: undefined, complete: true };
  const { blocked } = diff({
    desired,
    live: ownedState(empty, desired.instance),
    records: new Map(),
    slots: new Map(),
    capabilities: STORE_PROFILES[store].capabilities,
    requests: [],
    now,
  });
  const held = new Set(blocked.flatMap(({ kind, name }) => (kind === "ApiKey" ? name : [])));
  return { keys: desired.keys.filter(({ name }) => !held.has(name)), blocked };
}
