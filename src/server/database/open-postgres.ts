import { Kysely, PostgresDialect } from "kysely";
import { Pool, type PoolClient, types } from "pg";
import { KeywrightError } from "../../core/error.ts";
import type { Secret } from "../../core/secret.ts";
import type { OpenedDatabase } from "./opened-database.ts";
import { type PostgresAddress, parsePostgresUrl } from "./postgres-address.ts";
import { PostgresChanges } from "./postgres-changes.ts";
import { codeOf } from "./postgres-fault.ts";
import { createPostgresPool } from "./postgres-pool.ts";
import type { Tables } from "./tables.ts";

export interface PostgresLimits {
  readonly connections: number;
  readonly connectTimeoutMs: number;
  /** Also for who stops in the middle of a transaction, so that it does not stop all others. */
  readonly statementTimeoutMs: number;
  /** For a server that does not even say that it took too long. */
  readonly answerTimeoutMs: number;
}

const LIMITS: PostgresLimits = {
  connections: 10,
  connectTimeoutMs: 5_000,
  // As long as `write` waits for its turn.
  statementTimeoutMs: 15_000,
  answerTimeoutMs: 20_000,
};

const BIGINT = 20;

/**
 * Opens the PostgreSQL database of a URL, for several processes at once, each commit durable. Throws USAGE for a URL
 * that is not fit, and STORE_UNUSABLE when the database cannot be reached or does not let us in.
 */
export async function openPostgres(databaseUrl: Secret, limits = LIMITS): Promise<OpenedDatabase> {
  const address = parsePostgresUrl(databaseUrl);
  const pool = createPool(address, limits);
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

function createPool({ connection, password }: PostgresAddress, limits: PostgresLimits): Pool {
  const pool = new Pool({
    ...connection,
    ...(password && { password: password.reveal() }),
    max: limits.connections,
    connectionTimeoutMillis: limits.connectTimeoutMs,
    statement_timeout: limits.statementTimeoutMs,
    query_timeout: limits.answerTimeoutMs,
    idle_in_transaction_session_timeout: limits.statementTimeoutMs,
    keepAlive: true,
    application_name: "keywright",
    types: { getTypeParser },
    verify: (client, done) => void prepare(client, done),
  });
  // An error of a connection reaches whoever waits on it; without a listener it would also end the process.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}

/** Refuses a standby, which could tell of keys that are revoked already, and insists on durable commits. */
async function prepare(client: PoolClient, done: (fault?: Error) => void): Promise<void> {
  try {
    done(await readUnfitness(client));
  } catch (error) {
    done(error as Error);
  }
}

async function readUnfitness(client: PoolClient): Promise<Error | undefined> {
  const { rows } = await client.query<{ read_only: string; encoding: string }>(
    `select current_setting('transaction_read_only') as read_only, current_setting('server_encoding') as encoding,
       set_config('synchronous_commit',
         case current_setting('synchronous_commit') when 'off' then 'on' else current_setting('synchronous_commit') end,
         false)`,
  );
  if (rows[0]?.read_only !== "off") return new Error("it is a standby or read-only");
  const { encoding } = rows[0];
  return encoding === "UTF8" ? undefined : new Error(`its encoding is ${encoding} and not UTF8`);
}

/** Sequence numbers and counts as numbers: they stay far below 2^53. */
const getTypeParser: typeof types.getTypeParser = (oid: number, format?: "text" | "binary") =>
  oid === BIGINT && format !== "binary" ? Number : types.getTypeParser(oid, format);

const HINTS: readonly (readonly [code: RegExp, hint: string])[] = [
  [/^28/, "Check user and password in the database URL, and the server's pg_hba.conf."],
  [/^3D000|encoding/, "Create the database first: create database <name> encoding 'UTF8'."],
  [/does not support SSL/, "Turn TLS on at the server: ssl = on, with a certificate for its name."],
  [/CERT|SIGNATURE|TLS|SSL/, "Name the CA with &sslrootcert=<file>, and the server as its certificate does."],
];

function unusable(where: string, cause: unknown): KeywrightError {
  const reason = cause instanceof Error ? cause.message || codeOf(cause) : undefined;
  const code = (cause instanceof Error && codeOf(cause)) || reason || "";
  const hint = HINTS.find(([pattern]) => pattern.test(code))?.[1];
  return new KeywrightError(
    "STORE_UNUSABLE",
    `The PostgreSQL database ${where} cannot be opened: ${reason ?? "unknown"}.`,
    { hint: hint ?? "Check the database URL, and that the server runs and can be reached from here.", cause },
  );
}
