import type { Kysely } from "kysely";
import type { Tables } from "../database/tables.ts";

/** Revokes for good the PENDING keys whose time is over. They are refused from that time on, swept or not. */
export async function sweepLapsedKeys(database: Kysely<Tables>, now: Date): Promise<void> {
  await database
    .updateTable("keys")
    .set((eb) => ({
      revoked_at: eb.ref("pending_until"),
      pending_until: null,
      version: eb("version", "+", 1),
    }))
    .where("pending_until", "<=", now.toISOString())
    .execute();
}
