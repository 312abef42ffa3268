/** What of the present policy a key breaks that may be older than it: for people to see. Such a key keeps working. */

import type { Expression, ExpressionBuilder, SqlBool } from "kysely";
import { DAY_MS } from "../../core/duration.ts";
import { type PolicyRule, policyBreaches } from "../../core/policy.ts";
import type { Tables } from "../database/tables.ts";
import type { Key } from "./key.ts";
import { type Policy, rulesOf } from "./policy.ts";

/** The rules that a key breaks, by its roles and the lifetime that it was given. */
export function breachesOf(
  policy: Policy,
  { roles, createdAt, expiresAt }: Pick<Key, "roles" | "createdAt" | "expiresAt">,
): readonly PolicyRule[] {
  const expires =
    expiresAt === null ? { type: "never" as const } : { type: "at" as const, instant: expiresAt };
  return policyBreaches({ roles, expires }, rulesOf(policy), new Date(createdAt)).map(({ rule }) => rule);
}

/** Whether a key breaks any: `breachesOf`, in SQL. */
export function isBreach(
  eb: ExpressionBuilder<Tables, "keys">,
  { requireExpiration, maxLifetimeDays, allowedRoles }: Policy,
): Expression<SqlBool> {
  const breaches: Expression<SqlBool>[] = [];
  if (requireExpiration) breaches.push(eb("keys.lifetime_ms", "is", null));
  if (maxLifetimeDays !== null) {
    // Spelt out, so that its contrary holds for a key that never expires.
    const hasLifetime = eb("keys.lifetime_ms", "is not", null);
    breaches.push(eb.and([hasLifetime, eb("keys.lifetime_ms", ">", maxLifetimeDays * DAY_MS)]));
  }
  if (allowedRoles !== null) breaches.push(hasRoleBeyond(eb, allowedRoles));
  return eb.or(breaches);
}

/** Finds those keys first, by the index of roles: to ask for each key would take much longer. */
function hasRoleBeyond(
  eb: ExpressionBuilder<Tables, "keys">,
  allowed: readonly string[],
): Expression<SqlBool> {
  const keys = eb.selectFrom("key_roles").select("key_roles.key_id");
  return eb(
    "keys.id",
    "in",
    allowed.length === 0 ? keys : keys.where("key_roles.role", "not in", [...allowed]),
  );
}
