/** Filters, sorting and paging of the key list, in SQL. */

import { type Expression, type ExpressionBuilder, type SqlBool, sql } from "kysely";
import { renderRole } from "../../../core/role-ref.ts";
import type { Tables } from "../../database/tables.ts";
import type { KeyRow } from "../../domain/key.ts";
import type { StoreContext } from "../../domain/store-context.ts";
import type { CloudRole } from "./cloud-role.ts";
import type { Page } from "./cloud-shapes.ts";

/** All hold together. A key without an expiry is neither before nor after any instant. */
export type KeyCondition =
  | { readonly field: "id"; readonly operator: "in"; readonly value: readonly number[] }
  /** Any of the roles. */
  | { readonly field: "roles"; readonly operator: "contains"; readonly value: readonly string[] }
  | { readonly field: "expiration"; readonly operator: "gte" | "lte"; readonly value: number };

export const SORT_FIELDS = ["id", "creation_time", "expiration"] as const;

export interface KeySort {
  readonly field: (typeof SORT_FIELDS)[number];
  readonly keyword: "asc" | "desc";
}

interface FoundKeys {
  readonly rows: readonly KeyRow[];
  readonly filterCount: number;
  readonly totalCount: number;
}

/** All keys that are not revoked, expired ones too. */
export async function searchKeys(
  context: StoreContext,
  roles: readonly CloudRole[],
  { filters, sort, page }: { filters: readonly KeyCondition[]; sort: KeySort; page: Page },
): Promise<FoundKeys> {
  const now = context.clock.now().toISOString();
  const live = context.database.selectFrom("keys").where((eb) => isLive(eb, now));
  const found = live.where((eb) => eb.and(filters.map((filter) => holds(eb, roles, filter))));
  const count = { count: sql<number | string>`count(*)`.as("count") };
  const total = await live.select(count.count).executeTakeFirstOrThrow();
  const filtered = await found.select(count.count).executeTakeFirstOrThrow();
  const rows = await found
    .selectAll()
    .orderBy(SORT_COLUMNS[sort.field], sort.keyword)
    .orderBy("number", sort.keyword)
    .limit(page.limit)
    .offset(page.offset)
    .execute();
  return { rows, filterCount: Number(filtered.count), totalCount: Number(total.count) };
}

/** What never expires comes after all that does; the engines would differ about nulls. */
const SORT_COLUMNS = {
  id: sql`number`,
  creation_time: sql`created_at`,
  expiration: sql`coalesce(expires_at, '~')`,
} as const;

type KeysExpression = ExpressionBuilder<Tables, "keys">;

const isLive = (eb: KeysExpression, now: string): Expression<SqlBool> =>
  eb.and([
    eb("revoked_at", "is", null),
    eb.or([eb("pending_until", "is", null), eb("pending_until", ">", now)]),
    eb.or([eb("retire_at", "is", null), eb("retire_at", ">", now)]),
  ]);

function holds(
  eb: KeysExpression,
  roles: readonly CloudRole[],
  condition: KeyCondition,
): Expression<SqlBool> {
  if (condition.field === "id") return isIn(eb, "number", condition.value);
  if (condition.field === "roles") return hasRole(eb, roles, condition.value);
  const instant = new Date(condition.value).toISOString();
  return eb("expires_at", condition.operator === "gte" ? ">=" : "<=", instant);
}

const isIn = (eb: KeysExpression, column: "number", values: readonly number[]): Expression<SqlBool> =>
  values.length === 0 ? NEVER : eb(column, "in", [...values]);

function hasRole(
  eb: KeysExpression,
  roles: readonly CloudRole[],
  names: readonly string[],
): Expression<SqlBool> {
  const wanted = roles.filter(({ name }) => names.includes(name)).map(({ ref }) => renderRole(ref));
  if (wanted.length === 0) return NEVER;
  return eb.exists(
    eb
      .selectFrom("key_roles")
      .select("key_roles.key_id")
      .whereRef("key_roles.key_id", "=", "keys.id")
      .where("key_roles.role", "in", wanted),
  );
}

const NEVER = sql<SqlBool>`1 = 0`;
