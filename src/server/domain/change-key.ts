/** What can happen to a key after its creation: reading, editing, activating, revoking. */

import type { Kysely } from "kysely";
import type { Tables } from "../database/tables.ts";
import type { AuditEntry } from "./audit.ts";
import type { Caller } from "./caller.ts";
import { type Change, change } from "./change.ts";
import { insertLabels } from "./insert-key.ts";
import { type Key, type KeyRow, buildExpiry, buildKey, parseRoles, statusOf } from "./key.ts";
import { isAdministration, refuseEarlierEnd, refuseLockOut } from "./last-administrator.ts";
import { refuseNewExpiry } from "./policy.ts";
import { type IfMatch, refuseStale } from "./precondition.ts";
import type { Refusal } from "./refusal.ts";
import { readRights, refuseAbove } from "./rights.ts";
import type { StoreContext } from "./store-context.ts";

/** What is left out stays; `labels` are replaced as a whole. */
export interface KeyPatch {
  readonly name?: string;
  readonly description?: string;
  readonly owner?: string | null;
  readonly labels?: Readonly<Record<string, string>>;
  /** ISO 8601 with an offset; null: never. The policy holds for it as for a new key. */
  readonly expiresAt?: string | null;
}

export const NO_SUCH_KEY: Refusal = { refused: "not-found", detail: "There is no such key." };

export async function readKey(context: StoreContext, id: string): Promise<Key | Refusal> {
  const row = await readRow(context.database, id);
  return row ? buildKey(row, context.clock.now()) : NO_SUCH_KEY;
}

export const updateKey = (
  context: StoreContext,
  caller: Caller,
  id: string,
  patch: KeyPatch,
  ifMatch?: IfMatch,
): Promise<Key | Refusal> =>
  change(context, caller, (made) => {
    const decide = async (row: KeyRow): Promise<Changes> => {
      const { transaction, now } = made;
      const { labels, expiresAt, ...plain } = patch;
      const status = statusOf(row, now);
      // What has expired stays so: whoever dropped the key since then counted on it.
      if (status === "revoked" || (status === "expired" && expiresAt !== undefined)) {
        return notLive(row, status);
      }
      const refusal = await refuseNewExpiry(transaction, row, expiresAt, now);
      if (refusal) return refusal;
      const lockOut = await refuseEarlierEnd(transaction, now, row, expiresAt, { key: id });
      if (lockOut) return lockOut;
      if (labels) {
        await transaction.deleteFrom("key_labels").where("key_id", "=", id).execute();
        await insertLabels(transaction, id, labels);
      }
      return {
        ...plain,
        ...(labels === undefined ? {} : { labels: JSON.stringify(labels) }),
        ...(expiresAt === undefined ? {} : buildExpiry(row.created_at, expiresAt)),
      };
    };
    return changeRowAs(caller, made, id, "UPDATE", decide, ifMatch);
  });

/** Idempotent. Refused for a key that is expired or revoked. */
export const activateKey = (
  context: StoreContext,
  caller: Caller,
  id: string,
  ifMatch?: IfMatch,
): Promise<Key | Refusal> =>
  change(context, caller, (made) =>
    changeRowAs(caller, made, id, "ACTIVATE", (row) => activate(made, row, caller), ifMatch),
  );

/** As `activateKey`, by who has shown the key itself. */
export const activateByUse = (context: StoreContext, id: string): Promise<Key | Refusal> =>
  change(context, { type: "API_KEY", id, ipAddress: null }, (made) =>
    changeRow(made, id, "ACTIVATE", (row) => activate(made, row)),
  );

/** `caller`: undefined when the key itself was shown. */
async function activate(made: Change, row: KeyRow, caller?: Caller): Promise<Changes> {
  const status = statusOf(row, made.now);
  if (status === "active") return {};
  if (status !== "pending") return notLive(row, status);
  if (row.replaces !== null) {
    const above = caller && (await refuseEnding(made, caller, row.replaces));
    if (above) return above;
    // Its roles may have become lesser ones since it was made.
    const administers = isAdministration(await readRights(made.transaction, parseRoles(row)));
    const lockOut = !administers && (await refuseLockOut(made.transaction, made.now, { key: row.replaces }));
    if (lockOut) return lockOut;
    await retire(made, row.replaces, row.overlap_seconds ?? 0);
  }
  return { activated_at: made.now.toISOString(), pending_until: null };
}

/** The replaced key may have been given more since its successor was made. */
async function refuseEnding(
  { transaction }: Change,
  caller: Caller,
  id: string,
): Promise<Refusal | undefined> {
  const replaced = await readRow(transaction, id);
  if (!replaced) return undefined;
  return refuseAbove(
    caller,
    await readRights(transaction, parseRoles(replaced)),
    `The replaced key ${id} has`,
  );
}

/** From now on the replaced key has its overlap left, and no more than it had before. */
async function retire(
  { transaction, now, record }: Change,
  id: string,
  overlapSeconds: number,
): Promise<void> {
  const retireAt = new Date(now.getTime() + overlapSeconds * 1000).toISOString();
  const { numUpdatedRows } = await transaction
    .updateTable("keys")
    .set((eb) => ({ retire_at: retireAt, version: eb("version", "+", 1) }))
    .where("id", "=", id)
    .where("revoked_at", "is", null)
    .where((eb) => eb.or([eb("retire_at", "is", null), eb("retire_at", ">", retireAt)]))
    .executeTakeFirst();
  if (numUpdatedRows > 0n) {
    record({ action: "UPDATE", objectType: "API_KEY", objectId: id, details: { retireAt } });
  }
}

/** Idempotent. The row stays, and so does the date of the first revocation. */
export const revokeKey = (
  context: StoreContext,
  caller: Caller,
  id: string,
  ifMatch?: IfMatch,
): Promise<Key | Refusal> => change(context, caller, (made) => revokeKeyIn(made, caller, id, ifMatch));

/** As `revokeKey`, inside a change. */
export function revokeKeyIn(
  made: Change,
  caller: Caller,
  id: string,
  ifMatch?: IfMatch,
): Promise<Key | Refusal> {
  const decide = async (row: KeyRow): Promise<Changes> => {
    const { transaction, now } = made;
    if (id === caller.id) {
      return { refused: "own-key", detail: "A caller cannot revoke the key that it authenticates with." };
    }
    if (statusOf(row, now) === "revoked") return {};
    // Its caller may have been revoked since it was let in: two administrators cannot end each other.
    const lockOut = await refuseLockOut(transaction, now, { key: id });
    return lockOut ?? { revoked_at: now.toISOString(), pending_until: null };
  };
  return changeRowAs(caller, made, id, "REVOKE", decide, ifMatch);
}

export const notLive = (row: KeyRow, status: string): Refusal => ({
  refused: "key-not-live",
  detail: `The key ${row.id} is ${status}.`,
});

type Changes = Partial<KeyRow> | Refusal;
type Decide = (row: KeyRow) => Changes | Promise<Changes>;
type Action = AuditEntry["action"];

/** Nobody changes a key that may do what they may not. */
export const changeRowAs = (
  caller: Caller,
  made: Change,
  id: string,
  action: Action,
  decide: Decide,
  ifMatch?: IfMatch,
): Promise<Key | Refusal> =>
  changeRow(made, id, action, async (row) => (await refuseTouch(caller, made, row, ifMatch)) ?? decide(row));

/** Unless the caller may do all that the key may, and has seen its latest version. */
export async function refuseTouch(
  caller: Caller,
  { transaction }: Change,
  row: KeyRow,
  ifMatch: IfMatch | undefined,
): Promise<Refusal | undefined> {
  const rights = await readRights(transaction, parseRoles(row));
  return refuseAbove(caller, rights, `The key ${row.id} has`) ?? refuseStale(ifMatch, row.version);
}

async function changeRow(made: Change, id: string, action: Action, decide: Decide): Promise<Key | Refusal> {
  const { transaction, now, record } = made;
  const row = await readRow(transaction, id);
  if (!row) return NO_SUCH_KEY;
  const changes = await decide(row);
  if ("refused" in changes) return changes;
  if (Object.keys(changes).length === 0) return buildKey(row, now);
  const next = { ...row, ...changes, version: row.version + 1 };
  await transaction
    .updateTable("keys")
    .set({ ...changes, version: next.version })
    .where("id", "=", id)
    .execute();
  record({ action, objectType: "API_KEY", objectId: id, details: changes });
  return buildKey(next, now);
}

export const readRow = (database: Kysely<Tables>, id: string): Promise<KeyRow | undefined> =>
  database.selectFrom("keys").selectAll().where("id", "=", id).executeTakeFirst();
