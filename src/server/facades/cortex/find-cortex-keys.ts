/**
 * The keys that the Cortex API knows of: active ones, and expired ones until they are deleted. Keys that are still
 * PENDING or revoked do not exist for it.
 */

import type { Expression, ExpressionBuilder, SqlBool } from "kysely";
import type { Tables } from "../../database/tables.ts";
import type { KeyRow } from "../../domain/key.ts";
import type { StoreContext } from "../../domain/store-context.ts";
import type { Page } from "./paging.ts";

interface KeysOfPage {
  readonly rows: readonly KeyRow[];
  /** Of all pages. */
  readonly total: number;
}

/**
 * By id, which is by creation. The rows and the total are of one instant: both come from one statement. It finds and
 * counts ids in the index `keys_listing` before it reads the rows of the page.
 */
export async function listCortexKeys(
  { database, clock }: StoreContext,
  { limit, offset }: Page,
): Promise<KeysOfPage> {
  const now = clock.now();
  const known = database.selectFrom("keys").where((eb) => isKnown(eb, now));
  const counted = known.select((eb) => eb.fn.countAll<number | string>().as("total"));
  const rows = await database
    .selectFrom("keys")
    .selectAll()
    .select(counted.as("total"))
    .where("id", "in", known.select("id").orderBy("id").limit(limit).offset(offset))
    .orderBy("id")
    .execute();
  // Beyond the end no row tells the total.
  const { total } = rows[0] ?? (await counted.executeTakeFirstOrThrow());
  return { rows, total: Number(total) };
}

export const findCortexKey = ({ database, clock }: StoreContext, cid: string): Promise<KeyRow | undefined> =>
  database
    .selectFrom("keys")
    .selectAll()
    .where("cid", "=", cid)
    .where((eb) => isKnown(eb, clock.now()))
    .executeTakeFirst();

const NEVER = "9999";

/** Nothing that an index of one column answers: SQLite would take that of the few keys that are pending or replaced. */
const isKnown = (eb: ExpressionBuilder<Tables, "keys">, now: Date): Expression<SqlBool> =>
  eb.and([
    eb(eb.fn.coalesce("revoked_at", "pending_until"), "is", null),
    eb(eb.fn.coalesce("retire_at", eb.val(NEVER)), ">", now.toISOString()),
  ]);
