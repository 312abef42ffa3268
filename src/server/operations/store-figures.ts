import type { Kysely } from "kysely";
import type { Tables } from "../database/tables.ts";
import { KEY_STATUSES, type KeyStatus } from "../domain/key.ts";
import { hasStatus } from "../domain/list-keys.ts";
import type { StoreContext } from "../domain/store-context.ts";

/** How much there is in the store. */
export interface StoreFigures {
  readonly keys: ReadonlyMap<string, number>;
  readonly notices: ReadonlyMap<string, number>;
  readonly auditEntries: number;
}

const LIVE: readonly KeyStatus[] = KEY_STATUSES.filter((status) => status !== "revoked");

/** Counts the live keys by status, and the notices. It reads whole tables: not for every request. */
export async function readFigures({ database, clock }: StoreContext): Promise<StoreFigures> {
  const notices = await database
    .selectFrom("notices")
    .select(["status", (eb) => eb.fn.countAll<number>().as("count")])
    .groupBy("status")
    .execute();
  const head = await database.selectFrom("change_head").select("seq").executeTakeFirstOrThrow();
  return {
    keys: await countKeys(database, clock.now()),
    notices: new Map(notices.map(({ status, count }) => [status, count])),
    auditEntries: head.seq,
  };
}

async function countKeys(database: Kysely<Tables>, now: Date): Promise<ReadonlyMap<string, number>> {
  const counts = await database
    .selectFrom("keys")
    .select((eb) =>
      LIVE.map((status) =>
        eb.fn
          .countAll<number>()
          .filterWhere(hasStatus(eb, status, now.toISOString()))
          .as(status),
      ),
    )
    .where("revoked_at", "is", null)
    .executeTakeFirstOrThrow();
  return new Map(Object.entries(counts));
}
