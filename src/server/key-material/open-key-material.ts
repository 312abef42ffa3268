import type { Kysely } from "kysely";
import type { Clock, Random } from "../../core/ports.ts";
import type { StoreTable, Tables } from "../database/tables.ts";
import { write } from "../database/write.ts";
import { type Keyring, type KeyringKind, createKeyring, keyringCheck, readKeyring } from "./keyring.ts";
import {
  type KeyFiles,
  type KeyMaterial,
  checkKeyring,
  namedBy,
  readKeyMaterial,
  refuseMissing,
} from "./read-key-material.ts";

export interface KeyMaterialOptions extends KeyFiles {
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Brings the store and its key material together: makes what is missing at the first start, and refuses a store
 * whose pepper or key-encryption key is missing or another one (STORE_UNUSABLE), since it could read nothing.
 */
export async function openKeyMaterial(
  database: Kysely<Tables>,
  options: KeyMaterialOptions,
): Promise<KeyMaterial & { readonly storeId: string }> {
  // In this order: a store that is there was made after its pepper.
  const store = await readStore(database);
  if (typeof store?.kek_check === "string") {
    return { ...(await readKeyMaterial(database, options)), storeId: store.id };
  }
  const pepper = await openKeyring("pepper", options.pepperFile, store?.id, options.random);
  const settled = store ?? (await createStore(database, pepper, options));
  // Before the other key is made: whoever has another pepper must not register anything.
  checkKeyring(pepper, options.pepperFile, settled.id, settled.pepper_version, settled.pepper_check);
  const kek = await openKeyring(
    "kek",
    options.kekFile,
    settled.kek_check === null ? undefined : settled.id,
    options.random,
  );
  const complete = await registerKek(database, kek);
  checkKeyring(kek, options.kekFile, complete.id, complete.kek_version, complete.kek_check);
  return { ...namedBy(complete, pepper, kek), storeId: complete.id };
}

const readStore = (database: Kysely<Tables>): Promise<StoreTable | undefined> =>
  database.selectFrom("store").selectAll().executeTakeFirst();

/** Made unless `storeId` says that a store already depends on it. */
async function openKeyring(
  kind: KeyringKind,
  path: string,
  storeId: string | undefined,
  random: Random,
): Promise<Keyring> {
  const found = await readKeyring(kind, path);
  if (found) return found;
  return storeId === undefined ? createKeyring(kind, path, random) : refuseMissing(kind, path, storeId);
}

/** Of several first starts at once, the first one's store is everybody's. */
const createStore = (
  database: Kysely<Tables>,
  pepper: Keyring,
  { random, clock }: KeyMaterialOptions,
): Promise<StoreTable> =>
  write(database, async (transaction) => {
    const present = await readStore(transaction);
    if (present) return present;
    const id = `ks_${Buffer.from(random.bytes(8)).toString("hex")}`;
    const store: StoreTable = {
      singleton: 1,
      id,
      created_at: clock.now().toISOString(),
      pepper_version: pepper.current,
      pepper_check: keyringCheck(pepper, pepper.current, id),
      kek_version: null,
      kek_check: null,
      admin_registered_at: null,
    };
    await transaction.insertInto("store").values(store).execute();
    return store;
  });

const registerKek = (database: Kysely<Tables>, kek: Keyring): Promise<StoreTable> =>
  write(database, async (transaction) => {
    const { id } = await transaction.selectFrom("store").select("id").executeTakeFirstOrThrow();
    await transaction
      .updateTable("store")
      .set({ kek_version: kek.current, kek_check: keyringCheck(kek, kek.current, id) })
      .where("kek_check", "is", null)
      .execute();
    return transaction.selectFrom("store").selectAll().executeTakeFirstOrThrow();
  });
