/**
 * Puts a backup into an empty database of either engine, whole or not at all. All that can be checked is checked
 * before anything is written: the backup to its last byte, and the key files, without which it would be worth nothing.
 */

import { type Kysely, type Transaction, sql } from "kysely";
import { KeywrightError } from "../../core/error.ts";
import { makeDirectory } from "../../disk/durable-directory.ts";
import { migrate, readVersion } from "../database/migrate.ts";
import { MIGRATIONS } from "../database/migrations/migration.ts";
import type { Tables } from "../database/tables.ts";
import { write } from "../database/write.ts";
import { SYSTEM, appendAudit } from "../domain/audit.ts";
import { type AuditCheck, verifyAudit } from "../domain/verify-audit.ts";
import { refuseUselessKeys } from "./backup-keys.ts";
import { type Backup, type BackupRow, openBackup } from "./read-backup.ts";
import { type StorePlace, isThere, keyFilesOf, openDatabase, sqliteFileOf } from "./store-place.ts";

/** Below what either engine takes. */
const PARAMETERS_AT_ONCE = 8_000;

export interface RestoreSummary {
  readonly storeId: string;
  /** When the backup was made. */
  readonly createdAt: string;
  readonly rows: Readonly<Record<string, number>>;
  readonly audit: AuditCheck;
}

/** Throws INPUT_INVALID for a damaged backup, and STORE_UNUSABLE for a place or key files that do not fit. */
export async function restoreStore(place: StorePlace, file: string): Promise<RestoreSummary> {
  const backup = await openBackup(file);
  try {
    const { schemaVersion } = backup.header;
    if (!MIGRATIONS.some(({ version }) => version === schemaVersion)) throw tooNew(schemaVersion);
    await refuseUselessKeys(backup, keyFilesOf(place));
    await preparePlace(place);
    return await restoreInto(place, backup);
  } finally {
    await backup.close();
  }
}

async function preparePlace(place: StorePlace): Promise<void> {
  const hasFile = await isThere(sqliteFileOf(place));
  if (!place.databaseUrl) return makeDirectory(place.directory);
  if (!hasFile) return;
  throw new KeywrightError("STORE_UNUSABLE", `${place.directory} holds a SQLite store.`, {
    hint: "Copy pepper.json and kek.json to a new directory, and name that with --directory.",
  });
}

async function restoreInto(place: StorePlace, backup: Backup): Promise<RestoreSummary> {
  const { clock } = place;
  const { header, trailer } = backup;
  const { tables, where } = await openDatabase(place);
  try {
    await refuseForeign(tables, where, header.schemaVersion);
    await migrate(
      tables,
      clock.now(),
      MIGRATIONS.filter(({ version }) => version <= header.schemaVersion),
    );
    await write(tables, async (transaction) => {
      const other = await readStoreId(transaction);
      if (other !== undefined) throw occupied(where, `holds the store ${other} already`);
      await insertRows(transaction, backup);
      const details = { restoredFrom: trailer.sha256, backupOf: header.createdAt };
      const entry = { action: "UPDATE", objectType: "STORE", objectId: header.storeId, details } as const;
      await appendAudit(transaction, [{ ...entry, actor: SYSTEM }], clock.now());
    });
    await migrate(tables, clock.now());
    const audit = await verifyAudit(tables);
    return { storeId: header.storeId, createdAt: header.createdAt, rows: trailer.rows, audit };
  } finally {
    await tables.destroy();
  }
}

/** A restore that was killed leaves empty tables of the backup's version, which are fine. */
async function refuseForeign(database: Kysely<Tables>, where: string, schemaVersion: number): Promise<void> {
  // Where there are no tables, these fail.
  const present = await readVersion(database).catch(() => 0);
  const store = await readStoreId(database).catch(() => undefined);
  if (store !== undefined) throw occupied(where, `holds the store ${store} already`);
  if (present > schemaVersion) throw occupied(where, "was made by a newer release than the backup");
}

async function readStoreId(database: Kysely<Tables>): Promise<string | undefined> {
  return (await database.selectFrom("store").select("id").executeTakeFirst())?.id;
}

const occupied = (where: string, why: string): KeywrightError =>
  new KeywrightError("STORE_UNUSABLE", `The database ${where} ${why}.`, {
    hint: "Restore into a new directory or an empty database; what is there is never overwritten.",
  });

async function insertRows(transaction: Transaction<Tables>, backup: Backup): Promise<void> {
  let batch: BackupRow[] = [];
  for await (const row of backup.rows()) {
    const [first] = batch;
    const isFull = batch.length * row.columns.length >= PARAMETERS_AT_ONCE;
    if (first && (first.columns !== row.columns || isFull)) {
      await insert(transaction, batch);
      batch = [];
    }
    batch.push(row);
  }
  await insert(transaction, batch);
}

async function insert(transaction: Transaction<Tables>, batch: readonly BackupRow[]): Promise<void> {
  const [first] = batch;
  if (!first) return;
  const { table, columns } = first;
  // Its one row is there already: writers lock it to form their line.
  if (table === "change_head") await transaction.deleteFrom(table).execute();
  const rows = batch.map(({ values }) => sql`(${sql.join(values)})`);
  const names = sql.join(columns.map((column) => sql.ref(column)));
  await sql`insert into ${sql.table(table)} (${names}) values ${sql.join(rows)}`.execute(transaction);
}

const tooNew = (version: number): KeywrightError =>
  new KeywrightError("STORE_UNUSABLE", `The backup is of a store of version ${version}.`, {
    hint: `This Keywright knows versions up to ${Math.max(...MIGRATIONS.map((one) => one.version))}: use a newer release.`,
  });
