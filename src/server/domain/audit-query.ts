/** Reading the audit log, up to the latest failed attempt in this process. Reading it is itself not audited. */

import type { Expression, ExpressionBuilder, SqlBool } from "kysely";
import type { AuditLogTable } from "../database/log-tables.ts";
import type { Tables } from "../database/tables.ts";
import { flushAttempts } from "./flush-attempts.ts";
import type { StoreContext } from "./store-context.ts";

/** All conditions hold together; one that is absent, or an empty list, is no condition. */
export interface AuditFilter {
  /** From this instant on. */
  readonly startTime?: Date;
  /** Until just before this instant. */
  readonly endTime?: Date;
  readonly actions?: readonly string[];
  readonly objectTypes?: readonly string[];
  readonly objectIds?: readonly string[];
  readonly actorTypes?: readonly string[];
  readonly actorIds?: readonly string[];
  readonly ipAddresses?: readonly string[];
}

/** An audit entry as it was written. */
export interface AuditLine {
  /** 1, 2, 3, … without a gap. */
  readonly seq: number;
  readonly at: string;
  readonly actorType: string;
  readonly actorId: string | null;
  readonly ipAddress: string | null;
  readonly action: string;
  readonly objectType: string;
  readonly objectId: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** SHA-256 in hex over the entry before and this one. */
  readonly hash: string;
}

/** One numbered page, newest first unless `order` says otherwise, with the number of entries on all pages. */
export async function listAudit(
  context: StoreContext,
  filter: AuditFilter,
  { limit, offset }: { readonly limit: number; readonly offset: number },
  order: "asc" | "desc" = "desc",
): Promise<{ readonly entries: readonly AuditLine[]; readonly total: number }> {
  await flushAttempts(context, "all");
  const found = context.database.selectFrom("audit_log").where((eb) => matches(eb, filter));
  const { total } = await found
    .select((eb) => eb.fn.countAll<number>().as("total"))
    .executeTakeFirstOrThrow();
  const rows = await found.selectAll().orderBy("seq", order).limit(limit).offset(offset).execute();
  return { entries: rows.map(buildLine), total };
}

/** At most `limit` entries, newest first, older than number `before`; new entries move no other one. */
export async function listAuditBefore(
  context: StoreContext,
  filter: AuditFilter,
  limit: number,
  before = Number.MAX_SAFE_INTEGER,
): Promise<{ readonly entries: readonly AuditLine[]; readonly next: number | undefined }> {
  await flushAttempts(context, "all");
  const rows = await context.database
    .selectFrom("audit_log")
    .selectAll()
    .where((eb) => matches(eb, filter))
    .where("seq", "<", before)
    .orderBy("seq", "desc")
    .limit(limit + 1)
    .execute();
  const entries = rows.slice(0, limit).map(buildLine);
  return { entries, next: rows.length > limit ? entries.at(-1)?.seq : undefined };
}

const COLUMNS = {
  actions: "action",
  objectTypes: "object_type",
  objectIds: "object_id",
  actorTypes: "actor_type",
  actorIds: "actor_id",
  ipAddresses: "ip_address",
} as const;

type LogExpression = ExpressionBuilder<Tables, "audit_log">;

function matches(eb: LogExpression, filter: AuditFilter): Expression<SqlBool> {
  const { startTime, endTime } = filter;
  const conditions: Expression<SqlBool>[] = [];
  if (startTime) conditions.push(eb("at", ">=", startTime.toISOString()));
  if (endTime) conditions.push(eb("at", "<", endTime.toISOString()));
  for (const [name, column] of Object.entries(COLUMNS)) {
    const wanted = filter[name as keyof typeof COLUMNS] ?? [];
    if (wanted.length > 0) conditions.push(eb(column, "in", [...wanted]));
  }
  return eb.and(conditions);
}

const buildLine = (row: AuditLogTable): AuditLine => ({
  seq: row.seq,
  at: row.at,
  actorType: row.actor_type,
  actorId: row.actor_id,
  ipAddress: row.ip_address,
  action: row.action,
  objectType: row.object_type,
  objectId: row.object_id,
  details: JSON.parse(row.details) as Record<string, unknown>,
  hash: row.hash,
});
