/** What can happen to a personal token after its creation. Somebody else's is as good as none (security check A1). */

import type { Kysely } from "kysely";
import type { Tables } from "../database/tables.ts";
import type { AuditEntry } from "./audit.ts";
import type { Caller } from "./caller.ts";
import { type Change, change } from "./change.ts";
import { refuseEarlierEnd, refuseLockOut } from "./last-administrator.ts";
import { type PersonalToken, type TokenRow, buildToken } from "./personal-token.ts";
import { refuseNewExpiry } from "./policy.ts";
import { type IfMatch, refuseStale } from "./precondition.ts";
import { type Refusal, isRefusal } from "./refusal.ts";
import type { StoreContext } from "./store-context.ts";
import { type User, readUserAs } from "./user.ts";

/** What is left out stays. */
export interface TokenPatch {
  readonly name?: string;
  readonly description?: string;
  /** ISO 8601 with an offset; null: never. */
  readonly expiresAt?: string | null;
}

export interface TokenPage {
  readonly tokens: readonly PersonalToken[];
  /** The id to go on after; undefined at the end. */
  readonly next: string | undefined;
}

const NOT_FOUND: Refusal = { refused: "not-found", detail: "There is no such token." };

/** At most `limit` of the user's tokens after the id `after`, by id; revoked ones are left out. */
export async function listTokens(
  { database, clock }: StoreContext,
  user: Pick<User, "id" | "status">,
  limit: number,
  after = "",
): Promise<TokenPage> {
  const now = clock.now();
  const rows = await database
    .selectFrom("personal_tokens")
    .selectAll()
    .where("user_id", "=", user.id)
    .where("revoked_at", "is", null)
    .where("id", ">", after)
    .orderBy("id")
    .limit(limit + 1)
    .execute();
  const tokens = rows.slice(0, limit).map((row) => buildToken(row, user.status === "active", now));
  return { tokens, next: rows.length > limit ? tokens.at(-1)?.id : undefined };
}

/** One of the caller's own. */
export async function readToken(
  { database, clock }: StoreContext,
  { userId }: Caller,
  id: string,
): Promise<PersonalToken | Refusal> {
  const row = await readRow(database, userId, id);
  return row ? buildToken(row, true, clock.now()) : NOT_FOUND;
}

/** One of the caller's own. The policy holds for the new expiry as for a new token. */
export const updateToken = (
  context: StoreContext,
  caller: Caller,
  id: string,
  { expiresAt, ...plain }: TokenPatch,
  ifMatch?: IfMatch,
): Promise<PersonalToken | Refusal> =>
  change(context, caller, (made) =>
    changeRow(made, caller.userId, id, "UPDATE", ifMatch, async (row) => {
      const { transaction, now } = made;
      const { status } = buildToken(row, true, now);
      // As with keys: what has expired stays so.
      if (status === "revoked" || (status === "expired" && expiresAt !== undefined)) {
        return { refused: "key-not-live", detail: `The token ${id} is ${status}.` };
      }
      const refusal =
        (await refuseNewExpiry(transaction, row, expiresAt, now, "The token")) ??
        (await refuseEarlierEnd(transaction, now, row, expiresAt, { token: id }));
      if (refusal || expiresAt === undefined) return refusal ?? plain;
      return { ...plain, expires_at: expiresAt && new Date(expiresAt).toISOString() };
    }),
  );

/** One of the caller's own, also the one that it comes with. Idempotent. */
export const revokeOwnToken = (
  context: StoreContext,
  caller: Caller,
  id: string,
  ifMatch?: IfMatch,
): Promise<PersonalToken | Refusal> =>
  change(context, caller, (made) => revoke(made, caller.userId, id, ifMatch));

/** One of a user whose rights the caller has. Idempotent. */
export const revokeTokenOf = (
  context: StoreContext,
  caller: Caller,
  userId: string,
  id: string,
  ifMatch?: IfMatch,
): Promise<PersonalToken | Refusal> =>
  change(context, caller, async (made) => {
    const user = await readUserAs(caller, made.transaction, userId);
    return isRefusal(user) ? user : revoke(made, userId, id, ifMatch);
  });

const revoke = (
  made: Change,
  userId: string | null,
  id: string,
  ifMatch: IfMatch | undefined,
): Promise<PersonalToken | Refusal> =>
  changeRow(made, userId, id, "REVOKE", ifMatch, async (row) => {
    if (row.revoked_at !== null) return {};
    const lockOut = await refuseLockOut(made.transaction, made.now, { token: id });
    return lockOut ?? { revoked_at: made.now.toISOString() };
  });

async function changeRow(
  { transaction, now, record }: Change,
  userId: string | null,
  id: string,
  action: AuditEntry["action"],
  ifMatch: IfMatch | undefined,
  decide: (row: TokenRow) => Promise<Partial<TokenRow> | Refusal>,
): Promise<PersonalToken | Refusal> {
  const row = await readRow(transaction, userId, id);
  if (!row) return NOT_FOUND;
  const changes = refuseStale(ifMatch, row.version) ?? (await decide(row));
  if ("refused" in changes) return changes;
  if (Object.keys(changes).length === 0) return buildToken(row, true, now);
  const next = { ...row, ...changes, version: row.version + 1 };
  await transaction
    .updateTable("personal_tokens")
    .set({ ...changes, version: next.version })
    .where("id", "=", id)
    .execute();
  record({ action, objectType: "PERSONAL_API_KEY", objectId: id, details: changes });
  return buildToken(next, true, now);
}

/** An API key is nobody's: it has no tokens. */
async function readRow(
  database: Kysely<Tables>,
  userId: string | null,
  id: string,
): Promise<TokenRow | undefined> {
  if (userId === null) return undefined;
  return database
    .selectFrom("personal_tokens")
    .selectAll()
    .where("id", "=", id)
    .where("user_id", "=", userId)
    .executeTakeFirst();
}
