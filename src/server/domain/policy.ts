/** The security policy: rules for keys made from now on (seed 000). Keys that are there already keep working. */

import type { Kysely } from "kysely";
import type { Expires } from "../../core/desired.ts";
import { canonicalJson } from "../../core/digest.ts";
import { policyBreaches } from "../../core/policy.ts";
import type { RoleRef } from "../../core/role-ref.ts";
import type { Tables } from "../database/tables.ts";
import type { Actor } from "./audit.ts";
import { change } from "./change.ts";
import type { KeyRow } from "./key.ts";
import { type IfMatch, refuseStale } from "./precondition.ts";
import type { Refusal } from "./refusal.ts";
import type { StoreContext } from "./store-context.ts";

export interface Policy {
  readonly requireExpiration: boolean;
  /** 1 to 400; null: no limit. */
  readonly maxLifetimeDays: number | null;
  /** As `renderRole` spells them; null: all. */
  readonly allowedRoles: readonly string[] | null;
}

/** As it stands: 0 at first, one more with every change. */
export interface PresentPolicy extends Policy {
  readonly version: number;
}

const NO_POLICY: PresentPolicy = {
  requireExpiration: false,
  maxLifetimeDays: null,
  allowedRoles: null,
  version: 0,
};

export async function readPolicy(database: Kysely<Tables>): Promise<PresentPolicy> {
  const row = await database.selectFrom("security_policy").selectAll().executeTakeFirst();
  if (!row) return NO_POLICY;
  return {
    requireExpiration: row.require_expiration === 1,
    maxLifetimeDays: row.max_lifetime_days,
    allowedRoles: row.allowed_roles === null ? null : (JSON.parse(row.allowed_roles) as string[]),
    version: row.version,
  };
}

/** Equal content is no change. */
export const replacePolicy = (
  context: StoreContext,
  actor: Actor,
  policy: Policy,
  ifMatch?: IfMatch,
): Promise<PresentPolicy | Refusal> =>
  change(context, actor, async ({ transaction, now, record }) => {
    const present = await readPolicy(transaction);
    const next = { ...policy, version: present.version };
    if (canonicalJson(next) === canonicalJson(present)) return present;
    const stale = refuseStale(ifMatch, present.version);
    if (stale) return stale;
    const values = {
      require_expiration: policy.requireExpiration ? 1 : 0,
      max_lifetime_days: policy.maxLifetimeDays,
      allowed_roles: policy.allowedRoles === null ? null : JSON.stringify(policy.allowedRoles),
      updated_at: now.toISOString(),
      version: present.version + 1,
    } as const;
    await transaction
      .insertInto("security_policy")
      .values({ singleton: 1, ...values })
      .onConflict((conflict) => conflict.column("singleton").doUpdateSet(values))
      .execute();
    record({ action: "UPDATE", objectType: "SECURITY_POLICY", objectId: "policy", details: { ...policy } });
    return { ...next, version: values.version };
  });

/** As `core/policy.ts` takes them. */
export const rulesOf = ({ requireExpiration, maxLifetimeDays, allowedRoles }: Policy) => ({
  requireExpiration,
  ...(maxLifetimeDays === null ? {} : { maxLifetimeDays }),
  ...(allowedRoles === null ? {} : { allowedRoles }),
});

/** The first rule that a key made now would break. `now` is the store's own time. */
export function checkPolicy(
  policy: Policy,
  key: { readonly roles: readonly RoleRef[]; readonly expiresAt: string | null },
  now: Date,
  what = "The key",
): Refusal | undefined {
  const expires: Expires =
    key.expiresAt === null ? { type: "never" } : { type: "at", instant: key.expiresAt };
  const breach = policyBreaches({ roles: key.roles, expires }, rulesOf(policy), now)[0];
  return breach && { refused: "policy-violation", rule: breach.rule, detail: `${what} ${breach.message}.` };
}

/**
 * Unless a key may get this expiry: what the policy allows a key made when it was made, or an earlier end than it has.
 * `expiresAt` undefined: it stays.
 */
export async function refuseNewExpiry(
  database: Kysely<Tables>,
  row: Pick<KeyRow, "created_at" | "expires_at">,
  expiresAt: string | null | undefined,
  now: Date,
  what = "The key",
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
  return checkPolicy(policy, { roles: [], expiresAt }, new Date(row.created_at), what);
}
