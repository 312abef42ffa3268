/**
 * Rotation of the key-encryption key: the next version, every sealed value sealed again under it, the old version
 * dropped. An earlier rotation that was stopped is finished first, which is all that is done then.
 */

import { type Kysely, sql } from "kysely";
import type { Random } from "../../core/ports.ts";
import type { Tables } from "../database/tables.ts";
import { write } from "../database/write.ts";
import { SYSTEM } from "../domain/audit.ts";
import { type Change, change } from "../domain/change.ts";
import { seal, unseal } from "../key-material/envelope.ts";
import type { Keyring } from "../key-material/keyring.ts";
import { type KeyFile, dropOlder, hasOlder, nameVersion, prepareVersion, readKeyFile } from "./key-file.ts";
import { type StorePlace, keyFilesOf, openExistingStore } from "./store-place.ts";

const BATCH = 100;
const SEALED = [
  { table: "keys", column: "sealed_key" },
  { table: "secrets", column: "sealed_value" },
] as const;

export interface KekRotation {
  readonly version: number;
  /** How many values this call sealed again. */
  readonly resealed: number;
  /** It only finished an earlier rotation. */
  readonly hasResumed: boolean;
}

/** `progress` gets the number of values sealed again so far, after each step. */
export async function rotateKek(
  place: StorePlace,
  progress: (resealed: number) => void = () => undefined,
): Promise<KekRotation> {
  const store = await openExistingStore(place);
  const file: KeyFile = { kind: "kek", path: keyFilesOf(place).kekFile, context: store.context };
  try {
    const begun = await change(store.context, SYSTEM, (made) => begin(file, made));
    progress(0);
    let resealed = 0;
    for (const sealed of SEALED) {
      resealed += await resealAll(file, sealed, (count) => progress(resealed + count));
    }
    await change(store.context, SYSTEM, (made) => end(file, made));
    return { ...begun, resealed };
  } finally {
    await store.close();
  }
}

/** Only puts the next version into the file, to be copied to the store's other servers; gives its number. */
export async function prepareKek(place: StorePlace): Promise<number> {
  const store = await openExistingStore(place);
  const file: KeyFile = { kind: "kek", path: keyFilesOf(place).kekFile, context: store.context };
  try {
    return await change(store.context, SYSTEM, async (made) => {
      const { current } = await prepareVersion(file, await readKeyFile(file, made));
      return current;
    });
  } finally {
    await store.close();
  }
}

async function begin(file: KeyFile, made: Change): Promise<Pick<KekRotation, "version" | "hasResumed">> {
  const found = await readKeyFile(file, made);
  const hasResumed = hasOlder(found);
  const version = hasResumed ? found.keyring.current : await nameVersion(file, made, found);
  return { hasResumed, version };
}

/** Throws when a value is still under an earlier version: that is a bug, and nothing is dropped. */
async function end(file: KeyFile, made: Change): Promise<void> {
  const found = await readKeyFile(file, made);
  if (!hasOlder(found)) return;
  for (const sealed of SEALED) {
    const [left] = await readOlder(made.transaction, sealed, found.keyring.current, "");
    if (left) throw new Error(`${left.id} is still sealed under an earlier version`);
  }
  await dropOlder(file, made, found);
}

type Sealed = (typeof SEALED)[number];

async function resealAll(
  { context }: KeyFile,
  sealed: Sealed,
  progress: (count: number) => void,
): Promise<number> {
  let count = 0;
  for (let after = "", isMore = true; isMore;) {
    const ids = await write(context.database, async (transaction) => {
      const { kek } = await context.keyMaterial.current(transaction);
      const rows = await readOlder(transaction, sealed, kek.current, after);
      for (const row of rows) await reseal(transaction, sealed, kek, context.random, row);
      return rows.map(({ id }) => id);
    });
    count += ids.length;
    if (ids.length > 0) progress(count);
    after = ids.at(-1) ?? after;
    isMore = ids.length === BATCH;
  }
  return count;
}

interface SealedRow {
  readonly id: string;
  readonly value: string;
}

async function readOlder(
  database: Kysely<Tables>,
  { table, column }: Sealed,
  version: number,
  after: string,
): Promise<readonly SealedRow[]> {
  const value = sql.ref(column);
  const { rows } = await sql<SealedRow>`
    select id, ${value} as value from ${sql.table(table)}
    where id > ${after} and ${value} not like ${`v${version}.%`} order by id limit ${BATCH}`.execute(
    database,
  );
  return rows;
}

async function reseal(
  database: Kysely<Tables>,
  { table, column }: Sealed,
  kek: Keyring,
  random: Random,
  { id, value }: SealedRow,
): Promise<void> {
  const next = seal(kek, random, id, unseal(kek, id, value));
  await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${next} where id = ${id}`.execute(database);
}
