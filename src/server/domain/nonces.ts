/**
 * Nonces of signed requests, each good once for its key. They stand in the database, so that a replay is refused by
 * every process and after a restart.
 */

import type { Kysely } from "kysely";
import type { Tables } from "../database/tables.ts";
import { transact } from "../database/write.ts";

/** More than a key can use honestly while they live; with so many, nothing of that key is accepted. */
export const MOST_NONCES = 50_000;

/** Other processes on the database may be so much behind in their clocks. */
const CLOCK_GRACE_MS = 300_000;

/**
 * Whether `nonce` is new for the key, and now used. From `expiresAt` on the request's own timestamp refuses it, so
 * it is forgotten some time after.
 */
export const useNonce = (
  database: Kysely<Tables>,
  keyId: string,
  nonce: string,
  { expiresAt, now, most = MOST_NONCES }: { expiresAt: Date; now: Date; most?: number },
): Promise<boolean> =>
  transact(database, async (transaction) => {
    const forgotten = new Date(now.getTime() - CLOCK_GRACE_MS).toISOString();
    await transaction.deleteFrom("nonces").where("expires_at", "<", forgotten).execute();
    const { count } = await transaction
      .selectFrom("nonces")
      .select((eb) => eb.fn.countAll<number | string>().as("count"))
      .where("key_id", "=", keyId)
      .executeTakeFirstOrThrow();
    if (Number(count) >= most) return false;
    const { numInsertedOrUpdatedRows } = await transaction
      .insertInto("nonces")
      .values({ key_id: keyId, nonce, expires_at: expiresAt.toISOString() })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return numInsertedOrUpdatedRows === 1n;
  });
