/** On which engine the tests run, and a place of its own there for each store. `vitest.config.ts` runs them on both. */

import { randomBytes } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Kysely, sql } from "kysely";
import { Client } from "pg";
import { Secret } from "../../core/secret.ts";
import type { Engine } from "./engine.ts";
import type { Tables } from "./tables.ts";

const SERVER_URL = process.env["KEYWRIGHT_TEST_POSTGRES"];

export const ENGINE: Engine = SERVER_URL === undefined ? "sqlite" : "postgres";

/** For tests that say something about one engine; the run on the other one reports them as skipped. */
export const SQLITE_ONLY = { skip: ENGINE !== "sqlite" };
export const POSTGRES_ONLY = { skip: ENGINE !== "postgres" };

export interface TestDatabase {
  /** For `openStoreDirectory`, `openEmbeddedStore` and `serve`; empty for SQLite, whose file is in the directory. */
  readonly options: { readonly databaseUrl?: Secret };
  /** Once nobody uses it any more. */
  drop(): Promise<void>;
}

/** An empty schema of its own on the run's PostgreSQL. */
export async function createTestDatabase(): Promise<TestDatabase> {
  if (SERVER_URL === undefined) return { options: {}, drop: () => Promise.resolve() };
  const schema = `t_${randomBytes(8).toString("hex")}`;
  await execute(SERVER_URL, `create schema ${schema}`);
  const databaseUrl = Secret.of(`${SERVER_URL}?options=-csearch_path%3D${schema}`);
  return { options: { databaseUrl }, drop: () => execute(SERVER_URL, `drop schema ${schema} cascade`) };
}

/** All that is stored: SQLite's files with its log, or every row of every table of PostgreSQL. */
export async function readStored(directory: string, tables: Kysely<Tables>): Promise<readonly string[]> {
  if (SERVER_URL === undefined) {
    const names = (await readdir(directory)).filter((name) => name.startsWith("store.db"));
    return Promise.all(names.map((name) => readFile(join(directory, name), "latin1")));
  }
  const made = await sql<{ name: string }>`select tablename as name from pg_tables
    where schemaname = current_schema()`.execute(tables);
  const read = made.rows.map(({ name }) =>
    sql<{ row: string }>`select t::text as row from ${sql.table(name)} as t`.execute(tables),
  );
  return (await Promise.all(read)).flatMap(({ rows }) => rows.map(({ row }) => row));
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url, statement_timeout: 10_000 });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
