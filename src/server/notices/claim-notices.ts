/**
 * Sending without sending twice: a process claims notices for some minutes, sends them and marks them. When it dies
 * in between, another takes them up after the claim and sends them again, with the same ids.
 */

import type { Kysely } from "kysely";
import type { Tables } from "../database/tables.ts";
import { transact } from "../database/write.ts";
import type { StoreContext } from "../domain/store-context.ts";
import { isNotifiable } from "./due-notices.ts";
import type { NoticeChannel, NoticeRow } from "./notice.ts";
import { type NoticeMessage, buildMessage } from "./notice-message.ts";
import { readSubjects } from "./read-subjects.ts";

/** Longer than any attempt. */
const CLAIM_MS = 2 * 60_000;

export interface ClaimedNotice {
  readonly row: NoticeRow;
  readonly message: NoticeMessage;
}

export interface Claim {
  readonly notices: readonly ClaimedNotice[];
  /** There may be more. */
  readonly isFull: boolean;
}

/** At most `limit`, those that wait longest first. What has come to nothing meanwhile is dropped and not given. */
export function claimNotices(context: StoreContext, channel: NoticeChannel, limit: number): Promise<Claim> {
  return transact(context.database, async (transaction) => {
    const now = context.clock.now();
    const rows = await takeWaiting(transaction, channel, limit, now);
    const ids = rows.map((row) => row.object_id);
    const subjects = new Map(
      (await readSubjects(transaction, ids)).map((subject) => [subject.objectId, subject]),
    );
    const claimed = rows.flatMap((row) => {
      const subject = subjects.get(row.object_id);
      const isOwed = subject?.expiresAt === row.expires_at && isNotifiable(subject, now);
      return isOwed ? [{ row, message: buildMessage(factsOf(row, context.storeId), subject, now) }] : [];
    });
    const live = new Set(claimed.map(({ row }) => row.id));
    await drop(
      transaction,
      rows.map(({ id }) => id).filter((id) => !live.has(id)),
    );
    return { notices: claimed, isFull: rows.length === limit };
  });
}

const factsOf = (row: NoticeRow, storeId: string) => ({
  id: row.id,
  storeId,
  daysBefore: row.days_before,
  dueAt: row.due_at,
});

/** Of several processes that ask at once, each gets others: the outer conditions look at the row as it then is. */
async function takeWaiting(
  database: Kysely<Tables>,
  channel: NoticeChannel,
  limit: number,
  now: Date,
): Promise<readonly NoticeRow[]> {
  const waiting = database
    .selectFrom("notices")
    .select("id")
    .where("status", "=", "pending")
    .where("channel", "=", channel)
    .where("not_before", "<=", now.toISOString())
    .orderBy("not_before")
    .limit(limit);
  return database
    .updateTable("notices")
    .set((eb) => ({
      not_before: new Date(now.getTime() + CLAIM_MS).toISOString(),
      attempts: eb("attempts", "+", 1),
    }))
    .where("id", "in", waiting)
    .where("status", "=", "pending")
    .where("not_before", "<=", now.toISOString())
    .returningAll()
    .execute();
}

async function drop(database: Kysely<Tables>, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await database
    .updateTable("notices")
    .set({ status: "dropped" })
    .where("id", "in", [...ids])
    .execute();
}

/** What is too late, of all channels: also of those that nobody serves any more. */
export const dropExpired = ({ database, clock }: StoreContext): Promise<unknown> =>
  transact(database, (transaction) =>
    transaction
      .updateTable("notices")
      .set({ status: "dropped" })
      .where("status", "=", "pending")
      .where("expires_at", "<=", clock.now().toISOString())
      .execute(),
  );
