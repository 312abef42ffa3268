/** What notices need to know of keys and personal tokens. */

import type { Kysely } from "kysely";
import type { Tables } from "../database/tables.ts";
import type { NoticeSubject } from "./due-notices.ts";
import type { NoticeObject } from "./notice.ts";

/** A place in the order of expiry. */
export interface ExpiryPlace {
  readonly expiresAt: string;
  readonly objectId: string;
}

/** At most `limit` that expire after `after` and no later than `until`, in the order of expiry; none that is revoked. */
export const readExpiring: Readonly<
  Record<
    NoticeObject,
    (
      database: Kysely<Tables>,
      after: ExpiryPlace,
      until: string,
      limit: number,
    ) => Promise<readonly NoticeSubject[]>
  >
> = {
  API_KEY: async (database, after, until, limit) =>
    buildSubjects(
      "API_KEY",
      await keys(database)
        .where((eb) => eb(eb.refTuple("expires_at", "id"), ">", eb.tuple(after.expiresAt, after.objectId)))
        .where("expires_at", "<=", until)
        .where("revoked_at", "is", null)
        .orderBy("expires_at")
        .orderBy("id")
        .limit(limit)
        .execute(),
    ),
  PERSONAL_API_KEY: async (database, after, until, limit) =>
    buildSubjects(
      "PERSONAL_API_KEY",
      await tokens(database)
        .where((eb) =>
          eb(eb.refTuple("token.expires_at", "token.id"), ">", eb.tuple(after.expiresAt, after.objectId)),
        )
        .where("token.expires_at", "<=", until)
        .where("token.revoked_at", "is", null)
        .orderBy("token.expires_at")
        .orderBy("token.id")
        .limit(limit)
        .execute(),
    ),
};

/** Those of `ids` that have an expiry. */
export async function readSubjects(
  database: Kysely<Tables>,
  ids: readonly string[],
): Promise<readonly NoticeSubject[]> {
  if (ids.length === 0) return [];
  const found = await keys(database)
    .where("id", "in", [...ids])
    .execute();
  const foundTokens = await tokens(database)
    .where("token.id", "in", [...ids])
    .execute();
  return [...buildSubjects("API_KEY", found), ...buildSubjects("PERSONAL_API_KEY", foundTokens)];
}

const keys = (database: Kysely<Tables>) =>
  database
    .selectFrom("keys")
    .select(["id", "name", "last4", "owner", "created_at", "expires_at"])
    .select(["revoked_at", "pending_until", "retire_at"]);

/** A disabled user's token is as good as revoked. */
const tokens = (database: Kysely<Tables>) =>
  database
    .selectFrom("personal_tokens as token")
    .innerJoin("users as user", "user.id", "token.user_id")
    .select(["token.id", "token.name", "token.last4", "user.email as owner", "token.created_at"])
    .select(["token.expires_at", "token.revoked_at", "user.status", "user.updated_at"]);

type Row = Awaited<ReturnType<ReturnType<typeof keys>["execute"]>>[number];
type TokenRow = Awaited<ReturnType<ReturnType<typeof tokens>["execute"]>>[number];

const buildSubjects = (
  objectType: NoticeObject,
  rows: readonly (Row | TokenRow)[],
): readonly NoticeSubject[] =>
  rows.flatMap((row) => {
    const { id, name, last4, owner, created_at: createdAt, expires_at: expiresAt } = row;
    if (expiresAt === null) return [];
    return [{ objectType, objectId: id, name, last4, owner, createdAt, expiresAt, life: lifeOf(row) }];
  });

function lifeOf(row: Row | TokenRow): NoticeSubject["life"] {
  const { expires_at, revoked_at } = row;
  if (!("status" in row)) {
    return { expires_at, revoked_at, pending_until: row.pending_until, retire_at: row.retire_at };
  }
  const ended = row.status === "disabled" ? row.updated_at : revoked_at;
  return { expires_at, revoked_at: ended, pending_until: null, retire_at: null };
}
