/** Rotation of the pepper: new keys use the next version at once, each older key moves to it when it is used next. */

import type { Kysely } from "kysely";
import { KeywrightError } from "../../core/error.ts";
import { keyDigest } from "../../core/key-format.ts";
import type { Tables } from "../database/tables.ts";
import { write } from "../database/write.ts";
import { SYSTEM } from "../domain/audit.ts";
import { change } from "../domain/change.ts";
import type { StoreContext } from "../domain/store-context.ts";
import { unseal } from "../key-material/envelope.ts";
import { pepperedDigest } from "../key-material/pepper.ts";
import { type KeyFile, dropOlder, hasOlder, nameVersion, prepareVersion, readKeyFile } from "./key-file.ts";
import { type StorePlace, keyFilesOf, openExistingStore } from "./store-place.ts";

const BATCH = 100;

/** Live ones that were digested with an earlier version. */
export interface OlderDigests {
  readonly keys: number;
  readonly tokens: number;
}

export interface PepperState {
  readonly version: number;
  readonly older: OlderDigests;
}

/** Makes the next version the current one. */
export const rotatePepper = (place: StorePlace): Promise<PepperState> =>
  withPepper(place, async (file) => {
    const { context } = file;
    const version = await change(context, SYSTEM, async (made) =>
      nameVersion(file, made, await readKeyFile(file, made)),
    );
    await redigestAdvanced(context);
    return { version, older: await countOlder(context.database, version, context.clock.now()) };
  });

/** Only puts the next version into the file, to be copied to the store's other servers; gives its number. */
export const preparePepper = (place: StorePlace): Promise<number> =>
  withPepper(place, (file) =>
    change(file.context, SYSTEM, async (made) => {
      const { current } = await prepareVersion(file, await readKeyFile(file, made));
      return current;
    }),
  );

/** Removes the earlier versions; throws STORE_CONFLICT as long as a live key or token needs one. Gives what is left. */
export const dropOldPeppers = (place: StorePlace): Promise<number> =>
  withPepper(place, (file) =>
    change(file.context, SYSTEM, async (made) => {
      const found = await readKeyFile(file, made);
      const { current } = found.keyring;
      if (!hasOlder(found)) return current;
      // In the writers' line: nobody makes a key with an earlier version after this.
      const older = await countOlder(made.transaction, current, made.now);
      if (older.keys + older.tokens > 0) throw stillNeeded(older);
      await dropOlder(file, made, found);
      return current;
    }),
  );

async function withPepper<T>(place: StorePlace, work: (file: KeyFile) => Promise<T>): Promise<T> {
  const store = await openExistingStore(place);
  try {
    return await work({ kind: "pepper", path: keyFilesOf(place).pepperFile, context: store.context });
  } finally {
    await store.close();
  }
}

/** An advanced key is never shown as text, but can be read: it moves at once. */
async function redigestAdvanced({ database, keyMaterial }: StoreContext): Promise<void> {
  for (let after = "", isMore = true; isMore;) {
    const ids = await write(database, async (transaction) => {
      const { pepper, kek } = await keyMaterial.current(transaction);
      const rows = await transaction
        .selectFrom("keys")
        .select(["id", "sealed_key"])
        .where("pepper_version", "!=", pepper.current)
        .where("sealed_key", "is not", null)
        .where("id", ">", after)
        .orderBy("id")
        .limit(BATCH)
        .execute();
      for (const { id, sealed_key: sealed } of rows) {
        const digest = pepperedDigest(pepper, keyDigest(unseal(kek, id, sealed ?? "")));
        const moved = { digest, pepper_version: pepper.current };
        await transaction.updateTable("keys").set(moved).where("id", "=", id).execute();
      }
      return rows.map(({ id }) => id);
    });
    after = ids.at(-1) ?? after;
    isMore = ids.length === BATCH;
  }
}

/** What is expired or revoked stays so, and needs no digest. */
async function countOlder(database: Kysely<Tables>, version: number, now: Date): Promise<OlderDigests> {
  const at = now.toISOString();
  const keys = await database
    .selectFrom("keys")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("pepper_version", "!=", version)
    .where("revoked_at", "is", null)
    .where((eb) => eb.or([eb("pending_until", "is", null), eb("pending_until", ">", at)]))
    .where((eb) => eb.or([eb("retire_at", "is", null), eb("retire_at", ">", at)]))
    .where((eb) => eb.or([eb("expires_at", "is", null), eb("expires_at", ">", at)]))
    .executeTakeFirstOrThrow();
  const tokens = await database
    .selectFrom("personal_tokens")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("pepper_version", "!=", version)
    .where("revoked_at", "is", null)
    .where((eb) => eb.or([eb("expires_at", "is", null), eb("expires_at", ">", at)]))
    .executeTakeFirstOrThrow();
  return { keys: keys.count, tokens: tokens.count };
}

const stillNeeded = (older: OlderDigests): KeywrightError =>
  new KeywrightError(
    "STORE_CONFLICT",
    `An earlier version of the pepper is still needed by ${describeOlder(older)}.`,
    { hint: "Each moves when it is used next. Wait, or revoke those that nobody uses." },
  );

export const describeOlder = ({ keys, tokens }: OlderDigests): string =>
  `${keys} live ${keys === 1 ? "key" : "keys"} and ${tokens} live personal ${tokens === 1 ? "token" : "tokens"}`;
