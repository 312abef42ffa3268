import type { DesiredState } from "./desired.ts";
import { compareText } from "./issue.ts";
import type { Kind, LiveKey } from "./live.ts";
import { renderRole, type RoleRef } from "./role-ref.ts";
import type { StoreNeeds } from "./store-examination.ts";

/** Before the manifests can be read: nothing but reading. */
export const READING_NEEDS: StoreNeeds = {
  roles: [],
  permissions: new Map(),
  kinds: new Set(),
  hasScopes: false,
};

/** What reconciling `desired` asks of the credential; `live`: keys of the store, foreign ones included. */
export function needsOf(
  desired: DesiredState,
  live: readonly Pick<LiveKey, "roles" | "marker">[],
  ownKeyId?: string,
): StoreNeeds {
  const ours = live.filter(({ marker }) => marker?.instance === desired.instance);
  const roles = [...desired.keys, ...ours].flatMap((key) => key.roles);
  return {
    roles: distinct(roles),
    permissions: new Map(desired.roles.map(({ name, permissions }) => [name, permissions])),
    kinds: kindsOf(desired, ours.length > 0),
    hasScopes: desired.keys.some(({ scope }) => scope !== undefined),
    ...(ownKeyId !== undefined && { ownKeyId }),
  };
}

/** Keys that are no longer declared are revoked. */
function kindsOf(
  { keys, roles, policy, secrets, allowlist }: DesiredState,
  hasOurs: boolean,
): ReadonlySet<Kind> {
  const kinds = new Set<Kind>();
  if (keys.length > 0 || hasOurs) kinds.add("ApiKey");
  if (roles.length > 0) kinds.add("Role");
  if (policy) kinds.add("SecurityPolicy");
  if (secrets?.length) kinds.add("Secret");
  if (allowlist) kinds.add("IpAllowlist");
  return kinds;
}

/** In the order of their text. */
function distinct(roles: readonly RoleRef[]): readonly RoleRef[] {
  const byText = new Map(roles.map((role) => [renderRole(role), role]));
  return [...byText].sort(([a], [b]) => compareText(a, b)).map(([, role]) => role);
}
