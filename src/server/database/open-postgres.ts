import { Kysely, PostgresDialect } from "kysely";
import { KeywrightError } from "../../core/error.ts";
import type { Secret } from "../../core/secret.ts";
import { explainRefusal, openPool, type PostgresLimits } from "../../postgres/open-pool.ts";
import { parsePostgresUrl } from "../../postgres/postgres-address.ts";
import type { OpenedDatabase } from "./opened-database.ts";
import { PostgresChanges } from "./postgres-changes.ts";
import { createPostgresPool } from "./postgres-pool.ts";
import type { Tables } from "./tables.ts";

const LIMITS: PostgresLimits = {
  connections: 10,
  connectTimeoutMs: 5_000,
  // As long as `write` waits for its turn.
  statementTimeoutMs: 15_000,
  answerTimeoutMs: 20_000,
};

/**
 * Opens the PostgreSQL database of a URL, for several processes at once, each commit durable. Throws USAGE for a URL
 * that is not fit, and STORE_UNUSABLE when the database cannot be reached or does not let us in.
 */
export async function openPostgres(databaseUrl: Secret, limits = LIMITS): Promise<OpenedDatabase> {
  const address = parsePostgresUrl(databaseUrl);
  const pool = openPool(address, limits);
  try {
    (await pool.connect()).release();
  } catch (cause) {
    await pool.end();
    throw unusable(address.where, cause);
  }
  const tables = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: createPostgresPool(pool) }) });
  return {
    tables,
    changes: new PostgresChanges(tables),
    where: `the PostgreSQL database ${address.where}`,
    connections: () => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
  };
}

function unusable(where: string, cause: unknown): KeywrightError {
  const { reason, hint } = explainRefusal(cause);
  const what = `The PostgreSQL database ${where} cannot be opened: ${reason}.`;
  return new KeywrightError("STORE_UNUSABLE", what, { hint, cause });
}
