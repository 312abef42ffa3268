/** Custom roles: named sets of permissions, by tag. Default roles are fixed (see `permissions.ts`). */

import type { Kysely, Selectable } from "kysely";
import { canonicalJson } from "../../core/digest.ts";
import { DEFAULT_ROLES } from "../../core/role-ref.ts";
import type { Tables } from "../database/tables.ts";
import type { RolesTable } from "../database/workspace-tables.ts";
import type { Caller } from "./caller.ts";
import { change } from "./change.ts";
import { refuseLockOut } from "./last-administrator.ts";
import { DEFAULT_ROLE_PERMISSIONS, type Permission, isDefaultRole } from "./permissions.ts";
import { type IfMatch, refuseStale } from "./precondition.ts";
import type { Refusal } from "./refusal.ts";
import { refuseAbove } from "./rights.ts";
import { refuseRoleInUse } from "./role-in-use.ts";
import type { StoreContext } from "./store-context.ts";

export interface Role {
  readonly type: "default" | "custom";
  readonly tag: string;
  readonly displayName: string;
  readonly description: string;
  readonly permissions: readonly string[];
  /** Who manages it; null for a default role and for one made by hand. */
  readonly instance: string | null;
  /** Null for a default role. */
  readonly createdAt: string | null;
  /** 1 at creation, one more with every change; 0: a default role. */
  readonly version: number;
}

export interface RoleContent {
  readonly displayName: string;
  readonly description?: string;
  readonly permissions: readonly Permission[];
  readonly instance?: string;
}

/** `create`: only when it is not there; else only when it is, in one of these versions (`versionOfRole`). */
export type RolePrecondition = "create" | IfMatch | undefined;

/** A role that was deleted and made again is another one. */
export const versionOfRole = ({ version, createdAt }: Role): string =>
  createdAt === null ? `${version}` : `${version}.${Date.parse(createdAt)}`;

const RESERVED: Refusal = {
  refused: "role-reserved",
  detail: "This is a default role; it cannot be changed.",
};

const DEFAULTS: readonly Role[] = DEFAULT_ROLES.map((tag) => ({
  type: "default",
  tag,
  displayName: tag,
  description: "",
  permissions: DEFAULT_ROLE_PERMISSIONS[tag].toSorted(),
  instance: null,
  createdAt: null,
  version: 0,
}));

export async function listRoles(database: Kysely<Tables>): Promise<readonly Role[]> {
  const rows = await database.selectFrom("roles").selectAll().orderBy("tag").execute();
  return [...DEFAULTS, ...rows.map(buildRole)];
}

/** Undefined when there is none. */
export async function readRole(database: Kysely<Tables>, tag: string): Promise<Role | undefined> {
  const row = await database.selectFrom("roles").selectAll().where("tag", "=", tag).executeTakeFirst();
  return row ? buildRole(row) : DEFAULTS.find((role) => role.tag === tag);
}

/** Creates a role or replaces it as a whole; `created` tells which. Equal content is no change. */
export function putRole(
  context: StoreContext,
  caller: Caller,
  tag: string,
  content: RoleContent,
  precondition: RolePrecondition,
): Promise<{ readonly role: Role; readonly created: boolean } | Refusal> {
  const role = normalize(tag, content);
  const refusal = refuseGrant(caller, role);
  if (refusal) return Promise.resolve(refusal);
  return change(context, caller, async ({ transaction, now, record }) => {
    const present = await readRole(transaction, tag);
    const above = present && refuseRole(caller, present);
    if (above) return above;
    if (present && isSame(present, role)) return { role: present, created: false };
    const conflict =
      refuseReplacement(present, role, precondition) ??
      (present && (await refuseLockOut(transaction, now, { role })));
    if (conflict) return conflict;
    const at = now.toISOString();
    const next = { ...role, createdAt: present?.createdAt ?? at, version: (present?.version ?? 0) + 1 };
    await save(transaction, next, caller.id, at);
    const action = present ? "UPDATE" : "CREATE";
    record({ action, objectType: "ROLE", objectId: tag, details: { permissions: next.permissions } });
    return { role: next, created: present === undefined };
  });
}

/** Undefined when it is done. */
export const deleteRole = (
  context: StoreContext,
  caller: Caller,
  tag: string,
  ifMatch?: IfMatch,
): Promise<Refusal | undefined> =>
  change(context, caller, async ({ transaction, now, record }) => {
    if (isDefaultRole(tag)) return RESERVED;
    const role = await readRole(transaction, tag);
    if (!role) return { refused: "not-found", detail: "There is no such custom role." };
    const refusal =
      refuseRole(caller, role) ??
      refuseStale(ifMatch, versionOfRole(role)) ??
      (await refuseRoleInUse(transaction, tag, now));
    if (refusal) return refusal;
    await transaction.deleteFrom("roles").where("tag", "=", tag).execute();
    record({ action: "DELETE", objectType: "ROLE", objectId: tag });
    return undefined;
  });

const normalize = (tag: string, content: RoleContent): Role => ({
  type: "custom",
  tag,
  displayName: content.displayName,
  description: content.description ?? "",
  permissions: [...new Set(content.permissions)].sort(),
  instance: content.instance ?? null,
  createdAt: null,
  version: 1,
});

/** Nobody gives away what they lack, and nobody edits a role that they have. */
function refuseGrant(caller: Caller, role: Role): Refusal | undefined {
  if (isDefaultRole(role.tag.toUpperCase())) {
    return RESERVED;
  }
  if (caller.roles.some((held) => held.type === "custom" && held.tag === role.tag)) {
    return { refused: "forbidden", detail: "A caller cannot change a role that it has itself." };
  }
  return refuseRole(caller, role);
}

const refuseRole = (caller: Caller, { tag, permissions }: Role): Refusal | undefined =>
  refuseAbove(caller, permissions, `The role ${tag} holds`);

function refuseReplacement(
  present: Role | undefined,
  next: Role,
  precondition: RolePrecondition,
): Refusal | undefined {
  if (present && precondition === "create") {
    return { refused: "precondition-failed", detail: `The role ${next.tag} exists already.` };
  }
  if (!present && precondition !== "create" && precondition !== undefined) {
    return { refused: "precondition-failed", detail: `The role ${next.tag} does not exist.` };
  }
  const stale = present && precondition !== "create" && refuseStale(precondition, versionOfRole(present));
  if (stale) return stale;
  if (present && next.instance !== null && present.instance !== next.instance) {
    const manager = present.instance === null ? "was made by hand" : `is managed by ${present.instance}`;
    return { refused: "role-managed-elsewhere", detail: `The role ${next.tag} ${manager}.` };
  }
  return undefined;
}

async function save(database: Kysely<Tables>, role: Role, createdBy: string, now: string): Promise<void> {
  const values = {
    display_name: role.displayName,
    description: role.description,
    permissions: JSON.stringify(role.permissions),
    instance: role.instance,
    updated_at: now,
  };
  await database
    .insertInto("roles")
    .values({ tag: role.tag, created_by: createdBy, created_at: now, ...values, version: 1 })
    .onConflict((conflict) =>
      conflict.column("tag").doUpdateSet((eb) => ({ ...values, version: eb("roles.version", "+", 1) })),
    )
    .execute();
}

const buildRole = (row: Selectable<RolesTable>): Role => ({
  type: "custom",
  tag: row.tag,
  displayName: row.display_name,
  description: row.description,
  permissions: JSON.parse(row.permissions) as string[],
  instance: row.instance,
  createdAt: row.created_at,
  version: row.version,
});

const isSame = (a: Role, b: Role): boolean => contentOf(a) === contentOf(b);

const contentOf = (role: Role): string => canonicalJson({ ...role, createdAt: null, version: 0 });
