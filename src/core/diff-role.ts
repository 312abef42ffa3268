/** What must change for roles and for the security policy. */

import { type FieldChange, fieldChange, type RoleChange, type UpdatePolicy } from "./change.ts";
import type { DesiredPolicy, DesiredRole } from "./desired.ts";
import { compareText } from "./issue.ts";
import { listText } from "./list-text.ts";
import type { LivePolicy, LiveRole } from "./live.ts";

/** Sorted by tag; roles that are no longer declared are revoked. */
export function diffRoles(desired: readonly DesiredRole[], live: readonly LiveRole[]): readonly RoleChange[] {
  const liveByTag = new Map(live.map((role) => [role.name, role]));
  const declared = new Set(desired.map((role) => role.name));
  const changes = desired.flatMap((role) => diffRole(role, liveByTag.get(role.name)));
  const removed = live
    .filter((role) => !declared.has(role.name))
    .map((role) => ({ action: "revoke", kind: "Role", name: role.name }) as const);
  return [...changes, ...removed].sort((a, b) => compareText(a.name, b.name));
}

function diffRole(desired: DesiredRole, live: LiveRole | undefined): readonly RoleChange[] {
  if (!live) return [{ action: "create", kind: "Role", name: desired.name, desired }];
  const fields = differing({
    displayName: [live.displayName, desired.displayName],
    description: [live.description, desired.description],
    permissions: [listText(live.permissions), listText(desired.permissions)],
  });
  return fields.length > 0 ? [{ action: "update", kind: "Role", name: desired.name, desired, fields }] : [];
}

/** A policy that is not declared is not managed, and a store without one has nothing to change. */
export function diffPolicy(
  desired: DesiredPolicy | undefined,
  live: LivePolicy | undefined,
): readonly UpdatePolicy[] {
  if (!desired || !live) return [];
  const fields = differing({
    requireExpiration: [String(live.requireExpiration), String(desired.requireExpiration)],
    maxLifetimeDays: [live.maxLifetimeDays?.toString(), desired.maxLifetimeDays?.toString()],
    allowedRoles: [optionalList(live.allowedRoles), optionalList(desired.allowedRoles)],
  });
  return fields.length > 0
    ? [{ action: "update", kind: "SecurityPolicy", name: desired.name, desired, fields }]
    : [];
}

const optionalList = (items: readonly string[] | undefined): string | undefined => items && listText(items);

const differing = (
  pairs: Readonly<Record<string, readonly [string | undefined, string | undefined]>>,
): readonly FieldChange[] =>
  Object.entries(pairs)
    .filter(([, [from, to]]) => from !== to)
    .map(([field, [from, to]]) => fieldChange(field, from, to));
