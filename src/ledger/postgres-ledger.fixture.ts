/** A place of its own on the run's PostgreSQL, openings of ledgers there, and a look behind their back. */

import { randomBytes } from "node:crypto";
import { Client } from "pg";
import type { StoredLedger } from "../core/ports.ts";
import { Secret } from "../core/secret.ts";
import { createTestDatabase } from "../server/database/test-database.fixture.ts";
import { openPostgresLedger, type PostgresLedgerOptions } from "./postgres-ledger.ts";

export const clock = { now: () => new Date("2026-11-21T08:15:00Z") };
export const random = { bytes: (length: number) => randomBytes(length) };

export interface PostgresPlace {
  readonly url: Secret;
  open(options?: OpenOptions): Promise<StoredLedger>;
  /** As an administrator of the database. */
  query<R extends object>(sql: string, parameters?: readonly unknown[]): Promise<readonly R[]>;
  /** The lines of instance `acme-prod`. */
  readLines(): Promise<readonly string[]>;
  /** In place of all lines of `acme-prod`, with a head that agrees. */
  writeLines(lines: readonly string[]): Promise<void>;
  drop(): Promise<void>;
}

export interface OpenOptions extends PostgresLedgerOptions {
  readonly instance?: string;
  /** By another way to the same database. */
  readonly url?: Secret;
}

export async function createPostgresPlace(): Promise<PostgresPlace> {
  const database = await createTestDatabase();
  const url = database.options.databaseUrl ?? Secret.of("");
  const admin = new Client({ connectionString: url.reveal(), statement_timeout: 10_000 });
  await admin.connect();
  const query = async <R extends object>(sql: string, parameters: readonly unknown[] = []) =>
    (await admin.query(sql, [...parameters])).rows as readonly R[];
  return {
    url,
    query,
    open: ({ instance = "acme-prod", url: way = url, ...options } = {}) =>
      openPostgresLedger({ instance, clock, random, readUrl: () => Promise.resolve(way) }, options),
    readLines: async () => {
      const made = await query<{ made: boolean }>(
        "select to_regclass('keywright_ledger_lines') is not null as made",
      );
      if (!made[0]?.made) return [];
      const sql = "select line from keywright_ledger_lines where instance = $1 order by seq";
      return (await query<{ line: string }>(sql, ["acme-prod"])).map(({ line }) => line);
    },
    writeLines: async (lines) => {
      await query("delete from keywright_ledger_lines");
      await query(
        `insert into keywright_ledger_lines (instance, seq, line, write_id)
          select 'acme-prod', seq, line, 'x' from unnest($1::text[]) with ordinality as t (line, seq)`,
        [lines],
      );
      const hash = lines.at(-1)?.slice(-66, -2) ?? "0".repeat(64);
      await query("update keywright_ledger_heads set seq = $1, hash = $2", [lines.length, hash]);
    },
    drop: async () => {
      await admin.end();
      await database.drop();
    },
  };
}
