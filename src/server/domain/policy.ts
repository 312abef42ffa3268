/** The security policy: rules for keys made from now on (seed 000). Keys that are there already keep working. */

import type { Kysely } from "kysely";
import type { Expires } from "../../core/desired.ts";
import { policyBreaches } from "../../core/policy.ts";
import type { RoleRef } from "../../core/role-ref.ts";
import type { Tables } from "../database/tables.ts";
import type { Actor } from "./audit.ts";
import { change } from "./change.ts";
import { type KeyRow, parseRoles } from "./key.ts";
import type { Refusal } from "./refusal.ts";
import type { StoreContext } from "./store-context.ts";

export interface Policy {
  readonly requireExpiration: boolean;
  /** 1 to 400; null: no limit. */
  readonly maxLifetimeDays: number | null;
  /** As `renderRole` spells them; null: all. */
  readonly allowedRoles: readonly string[] | null;
}

const NO_POLICY: Policy = { requireExpiration: false, maxLifetimeDays: null, allowedRoles: null };

export async function readPolicy(database: Kysely<Tables>): Promise<Policy> {
  const row = await database.selectFrom("security_policy").selectAll().executeTakeFirst();
  if (!row) return NO_POLICY;
  return {
    requireExpiration: row.require_expiration === 1,
    maxLifetimeDays: row.max_lifetime_days,
    allowedRoles: row.allowed_roles === null ? null : (JSON.parse(row.allowed_roles) as string[]),
  };
}

export async function replacePolicy(context: StoreContext, actor: Actor, policy: Policy): Promise<Policy> {
  const values = {
    require_expiration: policy.requireExpiration ? 1 : 0,
    max_lifetime_days: policy.maxLifetimeDays,
    allowed_roles: policy.allowedRoles === null ? null : JSON.stringify(policy.allowedRoles),
    updated_at: context.clock.now().toISOString(),
  } as const;
  await change(context, actor, async ({ transaction, record }) => {
    await transaction
      .insertInto("security_policy")
      .values({ singleton: 1, ...values, version: 1 })
      .onConflict((conflict) =>
        conflict
          .column("singleton")
          .doUpdateSet((eb) => ({ ...values, version: eb("security_policy.version", "+", 1) })),
      )
      .execute();
    record({ action: "UPDATE", objectType: "SECURITY_POLICY", objectId: "policy", details: { ...policy } });
  });
  return policy;
}

/** The first rule that a key made now would break. `now` is the store's own time. */
export function checkPolicy(
  policy: Policy,
  key: { readonly roles: readonly RoleRef[]; readonly expiresAt: string | null },
  now: Date,
): Refusal | undefined {
  const { requireExpiration, maxLifetimeDays, allowedRoles } = policy;
  const rules = {
    requireExpiration,
    ...(maxLifetimeDays === null ? {} : { maxLifetimeDays }),
    ...(allowedRoles === null ? {} : { allowedRoles }),
  };
  const expires: Expires =
    key.expiresAt === null ? { type: "never" } : { type: "at", instant: key.expiresAt };
  const breach = policyBreaches({ roles: key.roles, expires }, rules, now)[0];
  return breach && { refused: "policy-violation", rule: breach.rule, detail: `The key ${breach.message}.` };
}

/**
 * Unless a key may get this expiry: what the policy allows a key made when it was made, or an earlier end than it has.
 * `expiresAt` undefined: it stays.
 */
export async function refuseNewExpiry(
  database: Kysely<Tables>,
  row: KeyRow,
  expiresAt: string | null | undefined,
  now: Date,
): Promise<Refusal | undefined> {
  if (expiresAt === undefined) return undefined;
  if (expiresAt !== null && Date.parse(expiresAt) <= now.getTime()) {
    return { refused: "expiry-in-past", detail: `expiresAt must be later than now, ${now.toISOString()}.` };
  }
  const isEarlier =
    expiresAt !== null && (row.expires_at === null || Date.parse(expiresAt) <= Date.parse(row.expires_at));
  if (isEarlier) return undefined;
  const { requireExpiration, maxLifetimeDays } = await readPolicy(database);
  const policy = { requireExpiration, maxLifetimeDays, allowedRoles: null };
  return checkPolicy(policy, { roles: parseRoles(row), expiresAt }, new Date(row.created_at));
}
