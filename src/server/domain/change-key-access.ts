/** What a live key may do, changed in place: its roles and its scope. Only the Cortex Cloud façade offers it. */

import type { Kysely } from "kysely";
import { type RoleRef, renderRole } from "../../core/role-ref.ts";
import type { Tables } from "../database/tables.ts";
import type { Caller } from "./caller.ts";
import { changeRowAs } from "./change-key.ts";
import { type Change, change } from "./change.ts";
import { refuseRoles } from "./create-key.ts";
import { insertKeyRoles } from "./insert-key.ts";
import { type Key, type KeyRow, parseRoles, statusOf } from "./key.ts";
import { isAdministration, refuseLockOut } from "./last-administrator.ts";
import { checkPolicy, readPolicy } from "./policy.ts";
import type { Refusal } from "./refusal.ts";
import { readRights } from "./rights.ts";
import type { StoreContext } from "./store-context.ts";

const OWN_ACCESS: Refusal = {
  refused: "forbidden",
  detail: "A caller cannot change the roles or the scope of its own key.",
};

/**
 * Gives a key other roles and, unless undefined, another description. Nobody gives roles above their own, or takes
 * them from a key above themselves; the policy's roles hold for those that are new. The secret stays.
 */
export const changeKeyRoles = (
  context: StoreContext,
  caller: Caller,
  id: string,
  roles: readonly RoleRef[],
  description?: string,
): Promise<Key | Refusal> =>
  change(context, caller, (made) =>
    changeRowAs(caller, made, id, "UPDATE", async (row) => {
      const dead = refuseDead(row, made.now);
      if (dead) return dead;
      const described = description === undefined || description === row.description ? {} : { description };
      const added = without(roles, parseRoles(row));
      if (added.length === 0 && without(parseRoles(row), roles).length === 0) return described;
      if (id === caller.id) return OWN_ACCESS;
      const refusal = await refuseOtherRoles(made, caller, row, roles, added);
      if (refusal) return refusal;
      await replaceRoles(made.transaction, id, roles);
      return { ...described, roles: JSON.stringify(roles) };
    }),
  );

/** Replaces a key's scope by what `decide` makes of it; both are JSON, null when none was ever set. */
export const changeKeyScope = (
  context: StoreContext,
  caller: Caller,
  id: string,
  decide: (scope: string | null) => string,
): Promise<Key | Refusal> =>
  change(context, caller, (made) =>
    changeRowAs(caller, made, id, "UPDATE", (row) => {
      if (id === caller.id) return OWN_ACCESS;
      const scope = decide(row.scope);
      return refuseDead(row, made.now) ?? (scope === row.scope ? {} : { scope });
    }),
  );

const refuseDead = (row: KeyRow, now: Date): Refusal | undefined =>
  statusOf(row, now) === "revoked"
    ? { refused: "key-not-live", detail: `The key ${row.id} is revoked.` }
    : undefined;

async function refuseOtherRoles(
  { transaction, now }: Change,
  caller: Caller,
  row: KeyRow,
  roles: readonly RoleRef[],
  added: readonly RoleRef[],
): Promise<Refusal | undefined> {
  const refusal = await refuseRoles(transaction, caller, roles);
  if (refusal) return refusal;
  const { allowedRoles } = await readPolicy(transaction);
  const rules = { requireExpiration: false, maxLifetimeDays: null, allowedRoles };
  const broken = checkPolicy(rules, { roles: added, expiresAt: row.expires_at }, now);
  if (broken) return broken;
  const administers = isAdministration(await readRights(transaction, roles));
  return administers ? undefined : refuseLockOut(transaction, now, { key: row.id });
}

async function replaceRoles(database: Kysely<Tables>, id: string, roles: readonly RoleRef[]): Promise<void> {
  await database.deleteFrom("key_roles").where("key_id", "=", id).execute();
  await insertKeyRoles(database, id, roles);
}

function without(roles: readonly RoleRef[], others: readonly RoleRef[]): readonly RoleRef[] {
  const held = new Set(others.map(renderRole));
  return roles.filter((role) => !held.has(renderRole(role)));
}
