/** Reading the notices: who was told of which expiry, when and how. */

import type { Expression, ExpressionBuilder, SqlBool } from "kysely";
import type { Tables } from "../database/tables.ts";
import type { StoreContext } from "../domain/store-context.ts";
import {
  type Notice,
  type NoticeChannel,
  type NoticeObject,
  type NoticeStatus,
  buildNotice,
} from "./notice.ts";

/** All conditions hold together; one that is absent, or an empty list, is no condition. */
export interface NoticeFilter {
  readonly types?: readonly NoticeObject[];
  readonly objectIds?: readonly string[];
  readonly statuses?: readonly NoticeStatus[];
  readonly channels?: readonly NoticeChannel[];
  /** Made at this instant or later. */
  readonly from?: Date;
  /** Made before this instant. */
  readonly to?: Date;
}

/** One numbered page, newest first, with the number of notices on all pages. */
export async function listNotices(
  context: StoreContext,
  filter: NoticeFilter,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ readonly notices: readonly Notice[]; readonly total: number }> {
  const { total } = await context.database
    .selectFrom("notices")
    .select((eb) => eb.fn.countAll<number | string>().as("total"))
    .where((eb) => matches(eb, filter))
    .executeTakeFirstOrThrow();
  const rows = await newestFirst(context, filter).limit(limit).offset(offset).execute();
  return { notices: rows.map(buildNotice), total: Number(total) };
}

/** At most `limit` notices, newest first, made before the one with the id `before`; new ones move no other. */
export async function listNoticesBefore(
  context: StoreContext,
  filter: NoticeFilter,
  limit: number,
  before: string | undefined,
): Promise<{ readonly notices: readonly Notice[]; readonly next: string | undefined }> {
  const all = newestFirst(context, filter);
  const older = before === undefined ? all : all.where("notices.id", "<", before);
  const rows = await older.limit(limit + 1).execute();
  const notices = rows.slice(0, limit).map(buildNotice);
  return { notices, next: rows.length > limit ? notices.at(-1)?.id : undefined };
}

const newestFirst = ({ database }: StoreContext, filter: NoticeFilter) =>
  database
    .selectFrom("notices")
    .leftJoin("keys", "keys.id", "notices.object_id")
    .leftJoin("personal_tokens", "personal_tokens.id", "notices.object_id")
    .selectAll("notices")
    .select((eb) => eb.fn.coalesce("keys.name", "personal_tokens.name").as("name"))
    .where((eb) => matches(eb, filter))
    .orderBy("notices.id", "desc");

const COLUMNS = {
  types: "notices.object_type",
  objectIds: "notices.object_id",
  statuses: "notices.status",
  channels: "notices.channel",
} as const;

function matches(eb: ExpressionBuilder<Tables, "notices">, filter: NoticeFilter): Expression<SqlBool> {
  const { from, to } = filter;
  const conditions: Expression<SqlBool>[] = [];
  if (from) conditions.push(eb("notices.created_at", ">=", from.toISOString()));
  if (to) conditions.push(eb("notices.created_at", "<", to.toISOString()));
  for (const [name, column] of Object.entries(COLUMNS)) {
    const wanted: readonly string[] = filter[name as keyof typeof COLUMNS] ?? [];
    if (wanted.length > 0) conditions.push(eb(column, "in", [...wanted] as never));
  }
  return eb.and(conditions);
}
