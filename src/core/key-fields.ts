/** Which fields of a key differ from its manifest, as text for people. */

import { type FieldChange, fieldChange } from "./change.ts";
import type { DesiredKey } from "./desired.ts";
import { renderExpires } from "./expiry.ts";
import { scopeDifferences, scopeField } from "./key-scope.ts";
import { listText } from "./list-text.ts";
import type { LiveKey } from "./live.ts";
import type { StoreCapabilities } from "./ports.ts";
import { renderRoles } from "./role-ref.ts";
import type { RotationReason } from "./rotation.ts";

/** What only a new key can change, for display. */
export function mintedFields(
  desired: DesiredKey,
  current: LiveKey,
  reasons: readonly RotationReason[],
): readonly FieldChange[] {
  const has = (code: RotationReason["code"]): boolean => reasons.some((reason) => reason.code === code);
  return [
    ...(has("roles-changed")
      ? [fieldChange("roles", rolesText(current.roles), rolesText(desired.roles))]
      : []),
    ...(has("expiry-changed")
      ? [fieldChange("expires", current.expiresAt ?? "never", renderExpires(desired.expires))]
      : []),
    ...(has("security-level-changed")
      ? [fieldChange("securityLevel", current.securityLevel, desired.securityLevel)]
      : []),
  ];
}

/** What can change in place, as far as the store holds it. */
export function storedFields(
  desired: DesiredKey,
  current: LiveKey,
  { updatable }: StoreCapabilities,
): readonly FieldChange[] {
  const pairs = {
    displayName: [current.displayName, desired.displayName],
    description: [current.description, desired.description],
    owner: [current.owner, desired.owner],
    labels: [labelsText(current.labels), labelsText(desired.labels)],
    roles: [rolesText(current.roles), rolesText(desired.roles)],
  } as const;
  return updatable.flatMap((field) => {
    if (field === "scope") return scopeFields(desired, current);
    const [from, to] = pairs[field];
    return from === to ? [] : [fieldChange(field, from, to)];
  });
}

/** Area by area. What the store does not tell would differ for ever: see `scope-notices.ts`. */
const scopeFields = (desired: DesiredKey, current: LiveKey): readonly FieldChange[] =>
  scopeDifferences(desired.scope, current.scope).flatMap(({ area, from, to }) =>
    from === undefined ? [] : [fieldChange(scopeField(area), from, to)],
  );

const rolesText = (roles: DesiredKey["roles"]): string => renderRoles(roles).join(", ");

const labelsText = (labels: Readonly<Record<string, string>>): string =>
  listText(Object.entries(labels).map(([label, value]) => `${label}=${value}`));
