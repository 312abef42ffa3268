/** The manifests of a scenario in the words of the store that it is about. */

import type { DesiredKey, DesiredState } from "../core/desired.ts";
import type { StoreCapabilities } from "../core/ports.ts";
import { type RoleRef, renderRole } from "../core/role-ref.ts";
import { STORE_PROFILES, type StoreName } from "../stores/store-profile.ts";

/** As they are where the store has what they ask for. */
export function fitState(state: DesiredState, store: StoreName): DesiredState {
  const { capabilities } = STORE_PROFILES[store];
  return { ...state, keys: state.keys.map((key) => fitKey(key, capabilities)) };
}

function fitKey(key: DesiredKey, { roles, updatable }: StoreCapabilities): DesiredKey {
  const { name, displayName, description } = key;
  const isUnnamed = !updatable.includes("displayName");
  return {
    ...key,
    // Where a key has no name, its description says what the name would.
    ...(isUnnamed && description === "" && displayName !== name && { description: displayName }),
    ...(!roles.custom && { roles: key.roles.map(namedRole) }),
  };
}

/** Where all roles are the store's own, each goes by the name that the store shows. */
const namedRole = (ref: RoleRef): RoleRef => ({
  type: "default",
  role: NAMED[renderRole(ref)] ?? renderRole(ref),
});

const NAMED: Readonly<Record<string, string>> = {
  READ_ONLY: "Viewer",
  USER: "Public API Action",
  ADMIN: "Privileged Security Admin",
};
