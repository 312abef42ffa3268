/** The first administrator: a key like any other, made at the first start and left in a file for its owner. */

import { rm } from "node:fs/promises";
import { KeywrightError } from "../core/error.ts";
import { createKey, isKeyText, keyDigest, last4Of } from "../core/key-format.ts";
import { Secret } from "../core/secret.ts";
import { SYSTEM } from "./domain/audit.ts";
import { change } from "./domain/change.ts";
import { insertKey } from "./domain/insert-key.ts";
import { buildKeyRow } from "./domain/key-row.ts";
import type { StoreContext } from "./domain/store-context.ts";
import { writeOnce } from "./durable-file.ts";
import { readPrivateFile } from "./read-private-file.ts";

const ADMINISTRATOR = {
  name: "Administrator (first start)",
  description: "Made at the first start of this store; its token was written to the data directory.",
  roles: [{ type: "default", role: "ADMIN" }],
} as const;

/** Whether this call registered it. The file is on disk before the store knows the key. */
export async function registerAdmin(context: StoreContext, path: string): Promise<boolean> {
  if (await isRegistered(context)) return false;
  const isNew = (await readPrivateFile(path)) === undefined;
  if (isNew) await writeOnce(path, `${createKey(context.keyFormat, context.random).reveal()}\n`);
  const token = await readAdminToken(path);
  if (await registerToken(context, token)) return true;
  // Another server, with a directory of its own, was first: this token will never be good for anything.
  if (isNew && !(await isKnown(context, token))) await rm(path, { force: true });
  return false;
}

const registerToken = (context: StoreContext, token: Secret): Promise<boolean> =>
  change(context, SYSTEM, async (made) => {
    const { numUpdatedRows } = await made.transaction
      .updateTable("store")
      .set({ admin_registered_at: made.now.toISOString() })
      .where("admin_registered_at", "is", null)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return false;
    const request = { ...ADMINISTRATOR, digest: keyDigest(token), last4: last4Of(token) };
    const origin = { terms: { state: "active" }, requestDigest: null, secret: undefined } as const;
    const row = await buildKeyRow(context, made, null, request, origin);
    await insertKey(made.transaction, row, request);
    made.record({ action: "CREATE", objectType: "API_KEY", objectId: row.id, details: { name: row.name } });
    return true;
  });

async function isKnown({ credentials }: StoreContext, token: Secret): Promise<boolean> {
  return (await credentials.find(keyDigest(token))) !== undefined;
}

/** Throws STORE_UNUSABLE when the file is gone or holds something else. */
export async function readAdminToken(path: string): Promise<Secret> {
  const text = (await readPrivateFile(path))?.trim();
  if (text !== undefined && isKeyText(text)) return Secret.of(text);
  const what = text === undefined ? "is missing" : "does not hold a key";
  throw new KeywrightError("STORE_UNUSABLE", `The administrator's token file ${path} ${what}.`, {
    hint: "Put it back from your backup: it is written once, at the first start, and the store keeps no copy.",
  });
}

async function isRegistered({ database }: StoreContext): Promise<boolean> {
  const store = await database.selectFrom("store").select("admin_registered_at").executeTakeFirst();
  return typeof store?.admin_registered_at === "string";
}
