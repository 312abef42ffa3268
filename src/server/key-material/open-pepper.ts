import type { Kysely } from "kysely";
import { KeywrightError } from "../../core/error.ts";
import type { Clock, Random } from "../../core/ports.ts";
import type { StoreTable, Tables } from "../database/tables.ts";
import { write } from "../database/write.ts";
import { type Pepper, createPepper, pepperCheck, readPepper } from "./pepper.ts";

/**
 * Brings the store and its pepper together: makes both at the first start, and refuses a store whose pepper is
 * missing or another one (STORE_UNUSABLE), since all its keys would be invalid.
 */
export async function openPepper(
  database: Kysely<Tables>,
  path: string,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Promise<{ readonly pepper: Pepper; readonly storeId: string }> {
  // In this order: a store that is there was made after its pepper.
  const store = await readStore(database);
  const found = await readPepper(path);
  if (store && !found) throw missing(path, store.id);
  const pepper = found ?? (await createPepper(path, random));
  const settled = store ?? (await createStore(database, pepper, random, clock.now()));
  const isRight = pepperCheck(pepper, settled.pepper_version, settled.id) === settled.pepper_check;
  if (!isRight) throw wrong(path, settled.id);
  return { pepper, storeId: settled.id };
}

const readStore = (database: Kysely<Tables>): Promise<StoreTable | undefined> =>
  database.selectFrom("store").selectAll().executeTakeFirst();

/** Of several first starts at once, the first one's store is everybody's. */
const createStore = (
  database: Kysely<Tables>,
  pepper: Pepper,
  random: Random,
  now: Date,
): Promise<StoreTable> =>
  write(database, async (transaction) => {
    const present = await readStore(transaction);
    if (present) return present;
    const id = `ks_${Buffer.from(random.bytes(8)).toString("hex")}`;
    const store: StoreTable = {
      singleton: 1,
      id,
      created_at: now.toISOString(),
      pepper_version: pepper.current,
      pepper_check: pepperCheck(pepper, pepper.current, id),
      admin_registered_at: null,
    };
    await transaction.insertInto("store").values(store).execute();
    return store;
  });

const missing = (path: string, storeId: string): KeywrightError =>
  new KeywrightError("STORE_UNUSABLE", `The pepper file ${path} of the store ${storeId} is missing.`, {
    hint: "Put it back from your backup, or say where it is. Without it no key of this store can be verified.",
  });

const wrong = (path: string, storeId: string): KeywrightError =>
  new KeywrightError("STORE_UNUSABLE", `The pepper in ${path} is not the one of the store ${storeId}.`, {
    hint: "Put the pepper file that belongs to this database back from your backup; each store has its own.",
  });
