/** The first administrator: a key like any other, made at the first start and left in a file for its owner. */

import { KeywrightError } from "../core/error.ts";
import { createKey, isKeyText, keyDigest, last4Of } from "../core/key-format.ts";
import { Secret } from "../core/secret.ts";
import { write } from "./database/write.ts";
import { createKeyId, insertKey } from "./domain/create-key.ts";
import type { KeyRow } from "./domain/key.ts";
import type { StoreContext } from "./domain/store-context.ts";
import { writeOnce } from "./durable-file.ts";
import { pepperedDigest } from "./key-material/pepper.ts";
import { readPrivateFile } from "./read-private-file.ts";

/** Whether this call registered it. The file is on disk before the store knows the key. */
export async function registerAdmin(context: StoreContext, path: string): Promise<boolean> {
  if (await isRegistered(context)) return false;
  if ((await readPrivateFile(path)) === undefined) {
    await writeOnce(path, `${createKey(context.keyFormat, context.random).reveal()}\n`);
  }
  const row = buildRow(context, await readAdminToken(path));
  return write(context.database, async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable("store")
      .set({ admin_registered_at: row.created_at })
      .where("admin_registered_at", "is", null)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return false;
    await insertKey(transaction, row, { roles: [{ type: "default", role: "ADMIN" }] });
    return true;
  });
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

function buildRow(context: StoreContext, token: Secret): KeyRow {
  const now = context.clock.now();
  return {
    id: createKeyId(context, now),
    name: "Administrator (first start)",
    description: "Made at the first start of this store; its token was written to the data directory.",
    owner: null,
    labels: "{}",
    roles: JSON.stringify([{ type: "default", role: "ADMIN" }]),
    security_level: "standard",
    last4: last4Of(token),
    digest: pepperedDigest(context.pepper, keyDigest(token)),
    pepper_version: context.pepper.current,
    idempotency_key: null,
    request_digest: null,
    created_at: now.toISOString(),
    expires_at: null,
    pending_until: null,
    activated_at: now.toISOString(),
    revoked_at: null,
    version: 1,
  };
}
