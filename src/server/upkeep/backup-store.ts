import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { type Kysely, sql } from "kysely";
import { KeywrightError } from "../../core/error.ts";
import { readVersion } from "../database/migrate.ts";
import { MIGRATIONS } from "../database/migrations/migration.ts";
import { readSnapshot } from "../database/read-snapshot.ts";
import { TABLE_KEYS, type TableName } from "../database/table-keys.ts";
import type { Tables } from "../database/tables.ts";
import { type BackupHeader, FORMAT, FORMAT_VERSION, type Value, renderLine } from "./backup-format.ts";
import { type StorePlace, openExistingDatabase } from "./store-place.ts";
import { writeNewFile } from "./write-new-file.ts";

/** Rows in memory at a time. */
const PAGE = 500;
const NEWEST = Math.max(...MIGRATIONS.map(({ version }) => version));

export interface BackupSummary {
  readonly storeId: string;
  readonly createdAt: string;
  readonly rows: Readonly<Record<string, number>>;
  readonly sha256: string;
}

/**
 * Writes all rows of a store, as they are at one instant, to a new file in `BackupFormat`; servers go on meanwhile.
 * Throws STORE_UNUSABLE, USAGE when the file is there or cannot be written, and INTERRUPTED.
 */
export async function backupStore(
  place: StorePlace,
  file: string,
  signal?: AbortSignal,
): Promise<BackupSummary> {
  const { tables } = await openExistingDatabase(place);
  try {
    await refuseOldVersion(tables);
    return await writeNewFile(file, (handle) =>
      readSnapshot(tables, (snapshot) => writeTables(snapshot, new Lines(handle, signal), place.clock.now())),
    );
  } finally {
    await tables.destroy();
  }
}

async function refuseOldVersion(database: Kysely<Tables>): Promise<void> {
  const version = await readVersion(database);
  if (version === NEWEST) return;
  throw new KeywrightError(
    "STORE_UNUSABLE",
    `The store's database has version ${version}; this Keywright makes backups of version ${NEWEST}.`,
    { hint: "Use the Keywright release that last opened this store, or start this release's server once." },
  );
}

async function writeTables(snapshot: Kysely<Tables>, lines: Lines, now: Date): Promise<BackupSummary> {
  const { id: storeId } = await snapshot.selectFrom("store").select("id").executeTakeFirstOrThrow();
  const createdAt = now.toISOString();
  const header: BackupHeader = {
    format: FORMAT,
    version: FORMAT_VERSION,
    storeId,
    schemaVersion: NEWEST,
    createdAt,
  };
  await lines.append(header);
  const rows: Record<string, number> = {};
  for (const table of Object.keys(TABLE_KEYS) as TableName[]) {
    rows[table] = await writeTable(snapshot, table, lines);
  }
  const sha256 = await lines.end((digest) => ({ rows, sha256: digest }));
  return { storeId, createdAt, rows, sha256 };
}

type Row = Readonly<Record<string, Value>>;

async function writeTable(snapshot: Kysely<Tables>, table: TableName, lines: Lines): Promise<number> {
  let count = 0;
  let columns: readonly string[] = [];
  for await (const row of rowsOf(snapshot, table)) {
    if (count === 0) {
      columns = Object.keys(row);
      await lines.append({ table, columns });
    }
    await lines.append(columns.map((column) => row[column] ?? null));
    count += 1;
  }
  return count;
}

/** Page by page, each after the last row of the one before. */
async function* rowsOf(snapshot: Kysely<Tables>, table: TableName): AsyncGenerator<Row> {
  const keys: readonly string[] = TABLE_KEYS[table];
  const columns = sql.join(keys.map((key) => sql.ref(key)));
  let after = sql``;
  for (;;) {
    const page = sql<Row>`select * from ${sql.table(table)} ${after} order by ${columns} limit ${PAGE}`;
    const { rows } = await page.execute(snapshot);
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return;
    after = sql`where (${columns}) > (${sql.join(keys.map((key) => last[key]))})`;
  }
}

const BUFFERED_CHARACTERS = 64 * 1024;

/** The lines of the file: gathered, hashed, written. */
class Lines {
  readonly #handle: FileHandle;
  readonly #signal: AbortSignal | undefined;
  readonly #hash = createHash("sha256");
  #text = "";

  constructor(handle: FileHandle, signal: AbortSignal | undefined) {
    this.#handle = handle;
    this.#signal = signal;
  }

  async append(value: object): Promise<void> {
    this.#text += renderLine(value);
    if (this.#text.length >= BUFFERED_CHARACTERS) await this.#flush();
  }

  /** Writes the last line, which holds the SHA-256 of the others; gives that. */
  async end(build: (sha256: string) => object): Promise<string> {
    await this.#flush();
    const sha256 = this.#hash.copy().digest("hex");
    this.#text = renderLine(build(sha256));
    await this.#flush();
    return sha256;
  }

  async #flush(): Promise<void> {
    if (this.#signal?.aborted) {
      throw new KeywrightError("INTERRUPTED", "The backup was stopped; nothing is left of it.", {
        hint: "Run it again.",
      });
    }
    const bytes = Buffer.from(this.#text);
    this.#text = "";
    this.#hash.update(bytes);
    await this.#handle.writeFile(bytes);
  }
}
