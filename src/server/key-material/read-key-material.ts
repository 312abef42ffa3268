import type { Kysely } from "kysely";
import { KeywrightError } from "../../core/error.ts";
import type { StoreTable, Tables } from "../database/tables.ts";
import { KEYRINGS, type Keyring, type KeyringKind, keyringCheck, readKeyring } from "./keyring.ts";

/** The store's secrets outside its database. */
export interface KeyMaterial {
  readonly pepper: Keyring;
  readonly kek: Keyring;
}

export interface KeyFiles {
  readonly pepperFile: string;
  readonly kekFile: string;
}

/**
 * The key material of a store that is there. Throws STORE_UNUSABLE when a file is missing, is another store's, or
 * lacks the version that the database names.
 */
export async function readKeyMaterial(database: Kysely<Tables>, files: KeyFiles): Promise<KeyMaterial> {
  for (let store = await readStore(database); ;) {
    try {
      return await readKeyMaterialOf(store, files);
    } catch (error) {
      // A rotation may have come between the two readings.
      const before = store;
      store = await readStore(database);
      if (isSameMaterial(before, store)) throw error;
    }
  }
}

const readStore = (database: Kysely<Tables>): Promise<StoreTable> =>
  database.selectFrom("store").selectAll().executeTakeFirstOrThrow();

const isSameMaterial = (a: StoreTable, b: StoreTable): boolean =>
  a.pepper_version === b.pepper_version && a.kek_version === b.kek_version;

/** As `readKeyMaterial`, by the store's row alone. */
export async function readKeyMaterialOf(
  store: StoreTable,
  { pepperFile, kekFile }: KeyFiles,
): Promise<KeyMaterial> {
  const pepper = (await readKeyring("pepper", pepperFile)) ?? refuseMissing("pepper", pepperFile, store.id);
  checkKeyring(pepper, pepperFile, store.id, store.pepper_version, store.pepper_check);
  const kek = (await readKeyring("kek", kekFile)) ?? refuseMissing("kek", kekFile, store.id);
  checkKeyring(kek, kekFile, store.id, store.kek_version, store.kek_check);
  return namedBy(store, pepper, kek);
}

/** A file can already hold a version that the database does not know yet: what the database names is current. */
export const namedBy = (store: StoreTable, pepper: Keyring, kek: Keyring): KeyMaterial => ({
  pepper: { ...pepper, current: store.pepper_version },
  kek: { ...kek, current: store.kek_version ?? kek.current },
});

export function refuseMissing(kind: KeyringKind, path: string, storeId: string): never {
  const { noun, without } = KEYRINGS[kind];
  throw new KeywrightError("STORE_UNUSABLE", `The ${noun} file ${path} of the store ${storeId} is missing.`, {
    hint: `Put it back from your backup, copy it from another server of this store, or say where it is. Without it ${without}.`,
  });
}

/** Throws STORE_UNUSABLE unless the keyring is the one whose `version` the store has noted as `expected`. */
export function checkKeyring(
  keyring: Keyring,
  path: string,
  storeId: string,
  version: number | null,
  expected: string | null,
): void {
  if (version !== null && keyringCheck(keyring, version, storeId) === expected) return;
  const { noun } = KEYRINGS[keyring.kind];
  throw new KeywrightError(
    "STORE_UNUSABLE",
    `The ${noun} in ${path} is not the one of the store ${storeId}.`,
    {
      hint: `Put the ${noun} file that belongs to this database in its place, from your backup or from another server of this store; each store has its own.`,
    },
  );
}
