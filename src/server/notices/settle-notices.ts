import { SYSTEM } from "../domain/audit.ts";
import { type Change, change } from "../domain/change.ts";
import type { StoreContext } from "../domain/store-context.ts";
import type { Delivery } from "../../messages/delivery.ts";
import type { NoticeRow } from "./notice.ts";

const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 60 * 60_000;

export interface SettledNotice {
  readonly row: NoticeRow;
  readonly delivery: Delivery;
}

/** Marks what was sent, with its audit entry, and puts off what failed. */
export async function settleNotices(context: StoreContext, settled: readonly SettledNotice[]): Promise<void> {
  if (settled.length === 0) return;
  await change(context, SYSTEM, async (made) => {
    await markSent(
      made,
      settled.filter(({ delivery }) => delivery.sent),
    );
    for (const { row, delivery } of settled) {
      if (delivery.sent) await keepDetails(made, row, delivery);
      else await putOff(made, row, delivery.reason);
    }
  });
}

/** Whoever had the claim by then: they were sent. */
async function markSent(
  { transaction, now, record }: Change,
  settled: readonly SettledNotice[],
): Promise<void> {
  if (settled.length === 0) return;
  const marked = await transaction
    .updateTable("notices")
    .set({ status: "sent", sent_at: now.toISOString(), last_error: null })
    .where(
      "id",
      "in",
      settled.map(({ row }) => row.id),
    )
    .where("status", "<>", "sent")
    .returning(["id", "object_type", "object_id", "channel", "days_before", "expires_at"])
    .execute();
  for (const row of marked) {
    const { id: notice, channel, days_before: daysBefore, expires_at: expiresAt } = row;
    record({
      action: "NOTIFY",
      objectType: row.object_type,
      objectId: row.object_id,
      details: { notice, channel, daysBefore, expiresAt },
    });
  }
}

async function keepDetails(
  { transaction }: Change,
  { id }: NoticeRow,
  { recipients, remark }: Extract<Delivery, { sent: true }>,
): Promise<void> {
  if (!recipients && remark === undefined) return;
  await transaction
    .updateTable("notices")
    .set({ recipients: JSON.stringify(recipients ?? []), last_error: remark ?? null })
    .where("id", "=", id)
    .execute();
}

/** Unless the claim has passed to somebody else. */
async function putOff({ transaction, now }: Change, row: NoticeRow, reason: string): Promise<void> {
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (row.attempts - 1), LONGEST_PAUSE_MS);
  await transaction
    .updateTable("notices")
    .set({ not_before: new Date(now.getTime() + pauseMs).toISOString(), last_error: reason })
    .where("id", "=", row.id)
    .where("status", "=", "pending")
    .where("attempts", "=", row.attempts)
    .execute();
}
