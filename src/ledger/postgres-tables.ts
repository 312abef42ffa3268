/**
 * The ledger's tables, shared by all instances in a database. Lines are only ever inserted. Every write locks its
 * instance's head, so that each chain has one order.
 */

import type { PoolClient } from "pg";
import { hasCode, type PostgresConnection } from "./postgres-connection.ts";
import { NO_SCHEMA, SCHEMA_HINT, unusableLedger } from "./postgres-ledger-fault.ts";

const VERSION = 1;

const TABLES = [
  `create table if not exists keywright_ledger_schema (version integer primary key)`,
  `create table if not exists keywright_ledger_heads (
     instance text primary key,
     seq bigint not null,
     hash text not null,
     lease_until timestamptz
   )`,
  `create table if not exists keywright_ledger_lines (
     instance text not null,
     seq bigint not null,
     line text not null,
     write_id text not null,
     primary key (instance, seq)
   )`,
];

/** Of two that make a table at once, the second waits for the first, and then fails. */
const MADE_MEANWHILE = ["23505", "42P07", "42710"];

/** All of them, unless they are there. LEDGER_UNUSABLE when another version made them. */
export async function makeTables(connection: PostgresConnection): Promise<void> {
  const make = (): Promise<void> =>
    connection.transact(async (client) => {
      for (const table of TABLES) await client.query(table);
      const { rows } = await client.query<VersionRow>(READ_VERSION);
      checkVersion(rows[0], connection.where);
      const insert = "insert into keywright_ledger_schema values ($1) on conflict do nothing";
      await client.query(insert, [VERSION]);
    });
  await make().catch((error: unknown) => {
    if (MADE_MEANWHILE.some((code) => hasCode(error, code))) return make();
    throw error;
  });
}

/** False: nobody has written here yet. LEDGER_UNUSABLE when another version made the tables. */
export async function findTables(connection: PostgresConnection): Promise<boolean> {
  const [found] = await connection.read<{ made: boolean; schema: string | null }>(
    "select to_regclass('keywright_ledger_schema') is not null as made, current_schema() as schema",
    [],
  );
  if (!found?.schema) {
    throw unusableLedger(connection.where, NO_SCHEMA, SCHEMA_HINT);
  }
  if (found.made) checkVersion((await connection.read<VersionRow>(READ_VERSION, []))[0], connection.where);
  return found.made;
}

interface VersionRow {
  readonly version: number | null;
}

const READ_VERSION = "select max(version) as version from keywright_ledger_schema";

function checkVersion(row: VersionRow | undefined, where: string): void {
  const version = row?.version ?? VERSION;
  if (version === VERSION) return;
  const what = `its tables have version ${version}, and this Keywright knows version ${VERSION}`;
  throw unusableLedger(where, what, "use the Keywright that last wrote there, or a later one");
}

/** Where the chain of one instance ends. */
export interface Head {
  readonly seq: number;
  readonly hash: string;
}

/** The head as this transaction may change it: nobody else can until it ends. */
export async function lockHead(
  client: PoolClient,
  where: string,
  instance: string,
  start: Head,
): Promise<Head> {
  const lock = async (): Promise<Head | undefined> => {
    const [row] = (await client.query<Head & VersionRow>(LOCK_HEAD, [instance])).rows;
    if (row) checkVersion(row, where);
    return row;
  };
  const head = await lock();
  if (head) return head;
  const insert = "insert into keywright_ledger_heads values ($1, $2, $3) on conflict do nothing";
  await client.query(insert, [instance, start.seq, start.hash]);
  return (await lock()) ?? start;
}

const LOCK_HEAD = `select seq, hash, (select max(version) from keywright_ledger_schema) as version
  from keywright_ledger_heads where instance = $1 for update`;

/** The head and the last line as one moment has them; null where there is none. */
export interface Extent {
  readonly seq: number | null;
  readonly hash: string | null;
  readonly last: number | null;
}

export async function readExtent(connection: PostgresConnection, instance: string): Promise<Extent> {
  const sql = `select h.seq, h.hash,
      (select max(seq) from keywright_ledger_lines where instance = $1) as last
    from (select 1) as one left join keywright_ledger_heads h on h.instance = $1`;
  const [extent] = await connection.read<Extent>(sql, [instance]);
  return extent ?? { seq: null, hash: null, last: null };
}
