/** Checks the audit log's chain: that no entry was changed, taken out or put in since it was written. */

import { setImmediate as letOthersRun } from "node:timers/promises";
import type { Kysely } from "kysely";
import type { AuditLogTable } from "../database/log-tables.ts";
import type { Tables } from "../database/tables.ts";
import { NO_HASH, auditHash } from "./audit.ts";

/** A place in the chain. Whoever keeps one outside the store can tell later that it is still the same chain. */
export interface AuditHead {
  /** 0: before the first entry. */
  readonly seq: number;
  readonly hash: string;
}

export type AuditCheck =
  | { readonly whole: true; readonly head: AuditHead }
  | { readonly whole: false; readonly firstBroken: number; readonly reason: BreakReason };

/** An entry is missing, or is not as it was written, or came otherwise than with a change. */
export const BREAK_REASONS = ["missing", "changed", "added"] as const;
type BreakReason = (typeof BREAK_REASONS)[number];

const BATCH = 500;

/** Walks all entries that there are, from the first, and stops at the first broken one. Others are served meanwhile. */
export async function verifyAudit(database: Kysely<Tables>): Promise<AuditCheck> {
  const { head, newest } = await readHead(database);
  let last: AuditHead = { seq: 0, hash: NO_HASH };
  while (last.seq < head.seq) {
    const rows = await readBatch(database, last.seq, head.seq);
    // The head knows of more entries than there are.
    if (rows.length === 0) return broken(last.seq + 1, "missing");
    for (const row of rows) {
      const reason = breakOf(last, row);
      if (reason) return broken(last.seq + 1, reason);
      last = { seq: row.seq, hash: row.hash };
    }
    await letOthersRun();
  }
  if (last.hash !== head.hash) return broken(head.seq, "changed");
  return newest > head.seq ? broken(head.seq + 1, "added") : { whole: true, head };
}

/** Whether a whole chain goes through a place that was noted earlier: else it was written anew since. */
export async function goesThrough(database: Kysely<Tables>, known: AuditHead): Promise<boolean> {
  if (known.seq === 0) return known.hash === NO_HASH;
  const row = await database
    .selectFrom("audit_log")
    .select("hash")
    .where("seq", "=", known.seq)
    .executeTakeFirst();
  return row?.hash === known.hash;
}

const broken = (firstBroken: number, reason: BreakReason): AuditCheck => ({
  whole: false,
  firstBroken,
  reason,
});

function breakOf(last: AuditHead, { hash, ...content }: AuditLogTable): BreakReason | undefined {
  if (content.seq !== last.seq + 1) return "missing";
  return auditHash(last.hash, content) === hash ? undefined : "changed";
}

/** In one statement, so that no change comes between. */
async function readHead(database: Kysely<Tables>): Promise<{ head: AuditHead; newest: number }> {
  const row = await database
    .selectFrom("change_head")
    .select(["seq", "hash"])
    .select((eb) =>
      eb
        .selectFrom("audit_log")
        .select((log) => log.fn.max<number | null>("audit_log.seq").as("seq"))
        .as("newest"),
    )
    .executeTakeFirstOrThrow();
  return { head: { seq: row.seq, hash: row.hash }, newest: row.newest ?? 0 };
}

function readBatch(database: Kysely<Tables>, after: number, upTo: number): Promise<readonly AuditLogTable[]> {
  return database
    .selectFrom("audit_log")
    .selectAll()
    .where("seq", ">", after)
    .where("seq", "<=", upTo)
    .orderBy("seq")
    .limit(BATCH)
    .execute();
}
