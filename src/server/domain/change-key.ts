/** What can happen to a key after its creation: reading, naming, activating, revoking. */

import type { Kysely } from "kysely";
import type { Tables } from "../database/tables.ts";
import { write } from "../database/write.ts";
import type { Caller } from "./caller.ts";
import { insertLabels } from "./create-key.ts";
import { type Key, type KeyRow, buildKey, parseRoles, statusOf } from "./key.ts";
import { isLastAdministrator } from "./last-administrator.ts";
import type { Refusal } from "./refusal.ts";
import { readRights, refuseAbove } from "./rights.ts";
import type { StoreContext } from "./store-context.ts";

/** What is left out stays; `labels` are replaced as a whole. */
export interface KeyPatch {
  readonly name?: string;
  readonly description?: string;
  readonly owner?: string | null;
  readonly labels?: Readonly<Record<string, string>>;
}

const LAST_ADMINISTRATOR: Refusal = {
  refused: "last-administrator",
  detail: "No other active key may edit both keys and roles; make another administrator first.",
};

const NOT_FOUND: Refusal = { refused: "not-found", detail: "There is no such key." };

export async function readKey(context: StoreContext, id: string): Promise<Key | Refusal> {
  const row = await readRow(context.database, id);
  return row ? buildKey(row, context.clock.now()) : NOT_FOUND;
}

export const updateKey = (
  context: StoreContext,
  caller: Caller,
  id: string,
  patch: KeyPatch,
): Promise<Key | Refusal> =>
  changeRowAs(caller, context, id, async (transaction, row, now) => {
    if (statusOf(row, now) === "revoked") return notLive(row, "revoked");
    const { labels } = patch;
    if (labels) {
      await transaction.deleteFrom("key_labels").where("key_id", "=", id).execute();
      await insertLabels(transaction, id, labels);
    }
    return {
      ...(patch.name === undefined ? {} : { name: patch.name }),
      ...(patch.description === undefined ? {} : { description: patch.description }),
      ...(patch.owner === undefined ? {} : { owner: patch.owner }),
      ...(labels === undefined ? {} : { labels: JSON.stringify(labels) }),
    };
  });

/** Idempotent. Refused for a key that is expired or revoked. */
export const activateKey = (context: StoreContext, caller: Caller, id: string): Promise<Key | Refusal> =>
  changeRowAs(caller, context, id, activate);

/** As `activateKey`, by who has shown the key itself. */
export const activateByUse = (context: StoreContext, id: string): Promise<Key | Refusal> =>
  changeRow(context, id, activate);

function activate(_: Kysely<Tables>, row: KeyRow, now: Date): Changes {
  const status = statusOf(row, now);
  if (status === "active") return {};
  return status === "pending"
    ? { activated_at: now.toISOString(), pending_until: null }
    : notLive(row, status);
}

/** Idempotent. The row stays, and so does the date of the first revocation. */
export const revokeKey = (context: StoreContext, caller: Caller, id: string): Promise<Key | Refusal> =>
  changeRowAs(caller, context, id, async (transaction, row, now) => {
    if (id === caller.id) {
      return { refused: "own-key", detail: "A caller cannot revoke the key that it authenticates with." };
    }
    if (statusOf(row, now) === "revoked") return {};
    // Its caller may have been revoked since it was let in: two administrators cannot end each other.
    return (await isLastAdministrator(transaction, row, now))
      ? LAST_ADMINISTRATOR
      : { revoked_at: now.toISOString(), pending_until: null };
  });

const notLive = (row: KeyRow, status: string): Refusal => ({
  refused: "key-not-live",
  detail: `The key ${row.id} is ${status}.`,
});

type Changes = Partial<KeyRow> | Refusal;
type Decide = (transaction: Kysely<Tables>, row: KeyRow, now: Date) => Changes | Promise<Changes>;

/** Nobody changes a key that may do what they may not. */
const changeRowAs = (
  caller: Caller,
  context: StoreContext,
  id: string,
  decide: Decide,
): Promise<Key | Refusal> =>
  changeRow(context, id, async (transaction, row, now) => {
    const rights = await readRights(transaction, parseRoles(row));
    return refuseAbove(caller, rights, `The key ${row.id} has`) ?? decide(transaction, row, now);
  });

function changeRow(context: StoreContext, id: string, decide: Decide): Promise<Key | Refusal> {
  return write(context.database, async (transaction) => {
    const now = context.clock.now();
    const row = await readRow(transaction, id);
    if (!row) return NOT_FOUND;
    const changes = await decide(transaction, row, now);
    if ("refused" in changes) return changes;
    if (Object.keys(changes).length === 0) return buildKey(row, now);
    const next = { ...row, ...changes, version: row.version + 1 };
    await transaction
      .updateTable("keys")
      .set({ ...changes, version: next.version })
      .where("id", "=", id)
      .execute();
    return buildKey(next, now);
  });
}

const readRow = (database: Kysely<Tables>, id: string): Promise<KeyRow | undefined> =>
  database.selectFrom("keys").selectAll().where("id", "=", id).executeTakeFirst();
