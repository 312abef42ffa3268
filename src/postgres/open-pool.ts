/** Connections to a PostgreSQL database on which a commit is durable and what is read is never old. */

import { Pool, type PoolClient, types } from "pg";
import type { PostgresAddress } from "./postgres-address.ts";
import { codeOf } from "./postgres-fault.ts";

export interface PostgresLimits {
  readonly connections: number;
  readonly connectTimeoutMs: number;
  /** Also for who stops in the middle of a transaction, so that it does not stop all others. */
  readonly statementTimeoutMs: number;
  /** For a server that does not even say that it took too long. */
  readonly answerTimeoutMs: number;
}

const BIGINT = 20;

/** Connects when it is first asked; every new connection is looked at before it is used. */
export function openPool({ connection, password }: PostgresAddress, limits: PostgresLimits): Pool {
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

/** Why no connection came about, and what to do: for messages. */
export function explainRefusal(cause: unknown): { readonly reason: string; readonly hint: string } {
  const reason = cause instanceof Error ? cause.message || codeOf(cause) : undefined;
  const code = (cause instanceof Error && codeOf(cause)) || reason || "";
  const hint = HINTS.find(([pattern]) => pattern.test(code))?.[1];
  return {
    reason: reason ?? "unknown",
    hint: hint ?? "Check the database URL, and that the server runs and can be reached from here.",
  };
}
