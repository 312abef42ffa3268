import type { Expression, ExpressionBuilder, SqlBool } from "kysely";
import type { Tables } from "../database/tables.ts";
import { type Key, type KeyStatus, buildKey } from "./key.ts";
import type { StoreContext } from "./store-context.ts";

export interface KeyFilter {
  readonly statuses: readonly KeyStatus[];
  /** Name and value; a key must have all of them. */
  readonly labels: readonly (readonly [name: string, value: string])[];
}

export interface KeyPage {
  readonly keys: readonly Key[];
  /** The id to go on after; undefined at the end. */
  readonly next: string | undefined;
}

/** At most `limit` keys after the id `after`, by id. Keys made or revoked meanwhile move no other key. */
export async function listKeys(
  context: StoreContext,
  filter: KeyFilter,
  limit: number,
  after: string | undefined,
): Promise<KeyPage> {
  const now = context.clock.now();
  const rows = await context.database
    .selectFrom("keys")
    .selectAll()
    .where((eb) => eb.or(filter.statuses.map((status) => hasStatus(eb, status, now.toISOString()))))
    .where((eb) => eb.and(filter.labels.map(([name, value]) => hasLabel(eb, name, value))))
    .where("id", ">", after ?? "")
    .orderBy("id")
    .limit(limit + 1)
    .execute();
  const keys = rows.slice(0, limit).map((row) => buildKey(row, now));
  return { keys, next: rows.length > limit ? keys.at(-1)?.id : undefined };
}

type KeysExpression = ExpressionBuilder<Tables, "keys">;

/** `statusOf`, in SQL. */
function hasStatus(eb: KeysExpression, status: KeyStatus, now: string): Expression<SqlBool> {
  const isLapsed = eb("pending_until", "<=", now);
  if (status === "revoked") return eb.or([eb("revoked_at", "is not", null), isLapsed]);
  const isLive = [
    eb("revoked_at", "is", null),
    eb.or([eb("pending_until", "is", null), eb("pending_until", ">", now)]),
  ];
  if (status === "expired") return eb.and([...isLive, eb("expires_at", "<=", now)]);
  const isUnexpired = eb.or([eb("expires_at", "is", null), eb("expires_at", ">", now)]);
  return eb.and([...isLive, isUnexpired, eb("pending_until", status === "pending" ? "is not" : "is", null)]);
}

const hasLabel = (eb: KeysExpression, name: string, value: string): Expression<SqlBool> =>
  eb.exists(
    eb
      .selectFrom("key_labels")
      .select("key_labels.key_id")
      .whereRef("key_labels.key_id", "=", "keys.id")
      .where("key_labels.name", "=", name)
      .where("key_labels.value", "=", value),
  );
