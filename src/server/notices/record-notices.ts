/** Writes down the notices that are due, so that somebody sends each. */

import type { Kysely } from "kysely";
import type { Tables } from "../database/tables.ts";
import { transact } from "../database/write.ts";
import { createId } from "../domain/key-names.ts";
import type { StoreContext } from "../domain/store-context.ts";
import {
  type EarlierNotice,
  type NewNotice,
  type NoticeDecision,
  type NoticeSubject,
  type NoticeTerms,
  dueNotices,
} from "./due-notices.ts";
import type { NoticeRow } from "./notice.ts";

/** At one go, for SQLite's limit on parameters. */
const MOST_ROWS = 500;

/** Those of some keys and tokens. Other processes may do the same at the same time: each notice is written once. */
export async function recordNotices(
  context: StoreContext,
  subjects: readonly NoticeSubject[],
  terms: NoticeTerms,
  now: Date,
): Promise<void> {
  if (subjects.length === 0) return;
  const earlier = await readEarlier(context.database, subjects);
  await store(context, dueNotices(subjects, earlier, terms, now), now);
}

const readEarlier = (
  database: Kysely<Tables>,
  subjects: readonly NoticeSubject[],
): Promise<readonly EarlierNotice[]> =>
  database
    .selectFrom("notices")
    .select(["id", "object_id", "expires_at", "days_before", "channel", "status"])
    .where(
      "object_id",
      "in",
      subjects.map(({ objectId }) => objectId),
    )
    .execute();

async function store(context: StoreContext, { create, supersede }: NoticeDecision, now: Date): Promise<void> {
  if (create.length === 0) return;
  const rows = create.map((notice) => buildRow(context, notice, now));
  await transact(context.database, async (transaction) => {
    for (let at = 0; at < rows.length; at += MOST_ROWS) {
      await insertNew(transaction, rows.slice(at, at + MOST_ROWS));
    }
    if (supersede.length === 0) return;
    await transaction
      .updateTable("notices")
      .set({ status: "superseded" })
      .where("id", "in", [...supersede])
      .where("status", "=", "pending")
      .execute();
  });
}

/** One that was dropped comes to life again with its id. */
const insertNew = (database: Kysely<Tables>, rows: readonly NoticeRow[]): Promise<unknown> =>
  database
    .insertInto("notices")
    .values([...rows])
    .onConflict((conflict) =>
      conflict
        .columns(["object_id", "expires_at", "days_before", "channel"])
        .doUpdateSet((eb) => ({
          status: eb.ref("excluded.status"),
          not_before: eb.ref("excluded.not_before"),
        }))
        .where("notices.status", "=", "dropped"),
    )
    .execute();

const buildRow = (
  { random }: Pick<StoreContext, "random">,
  { subject, channel, daysBefore, dueAt, status }: NewNotice,
  now: Date,
): NoticeRow => ({
  id: createId("notice", random, now),
  object_type: subject.objectType,
  object_id: subject.objectId,
  expires_at: subject.expiresAt,
  days_before: daysBefore,
  channel,
  status,
  due_at: dueAt,
  created_at: now.toISOString(),
  not_before: now.toISOString(),
  attempts: 0,
  sent_at: null,
  recipients: null,
  last_error: null,
});
