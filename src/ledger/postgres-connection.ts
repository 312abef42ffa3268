/** Reads and transactions on the ledger's database, and what to try again. */

import { setTimeout as pause } from "node:timers/promises";
import type { Pool, PoolClient, QueryResultRow } from "pg";
import { isKeywrightError, KeywrightError } from "../core/error.ts";
import type { Secret } from "../core/secret.ts";
import { explainRefusal, openPool, type PostgresLimits } from "../postgres/open-pool.ts";
import { parsePostgresUrl, type PostgresAddress } from "../postgres/postgres-address.ts";
import { codeOf, faultOf } from "../postgres/postgres-fault.ts";
import { doubtfulWrite, postgresFault, unusableLedger } from "./postgres-ledger-fault.ts";

export interface LedgerLimits extends PostgresLimits {
  /** How long a write that others are in the way of, or whose outcome is open, is tried again. */
  readonly patienceMs: number;
}

export const LIMITS: LedgerLimits = {
  connections: 3,
  connectTimeoutMs: 10_000,
  statementTimeoutMs: 20_000,
  answerTimeoutMs: 25_000,
  patienceMs: 30_000,
};

const LONGEST_PAUSE_MS = 250;
/** Connections that the pool kept may all have ended with the server's restart. */
const LOSSES = LIMITS.connections + 1;

/** The connection was lost while a transaction was being committed: it may have been, or not. */
export class CommitUnknownError extends Error {}

/** Connects with the first question. LEDGER_UNUSABLE when the address is none that Keywright connects to. */
export function openConnection(url: Secret, limits: LedgerLimits): PostgresConnection {
  try {
    return new PostgresConnection(parsePostgresUrl(url), limits);
  } catch (error) {
    if (!isKeywrightError(error)) throw error;
    const { message, hint } = error;
    throw new KeywrightError("LEDGER_UNUSABLE", `ledger.url is of no use: ${message}`, hint ? { hint } : {});
  }
}

/** Throws errors of pg, and LEDGER_UNUSABLE when no connection comes about. */
export class PostgresConnection {
  readonly where: string;
  readonly #pool: Pool;
  readonly #patienceMs: number;

  constructor(address: PostgresAddress, limits: LedgerLimits) {
    this.where = address.where;
    this.#patienceMs = limits.patienceMs;
    this.#pool = openPool(address, limits);
  }

  /** One statement that changes nothing. */
  async read<R extends QueryResultRow>(sql: string, parameters: readonly unknown[]): Promise<readonly R[]> {
    return this.persist(async () => {
      const client = await this.#connect();
      let isLost = true;
      try {
        const { rows } = await client.query<R>(sql, [...parameters]);
        isLost = false;
        return rows;
      } catch (error) {
        isLost = faultOf(error) === "lost";
        throw error;
      } finally {
        client.release(isLost);
      }
    });
  }

  /** `work` in a transaction that sees what was committed while it waited for a lock. Durable when it resolves. */
  async transact<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#connect();
    let isSound = false;
    try {
      await client.query("begin isolation level read committed");
      const result = await work(client);
      await commit(client);
      isSound = true;
      return result;
    } catch (error) {
      const isLost = error instanceof CommitUnknownError || faultOf(error) === "lost";
      isSound = !isLost && (await rollback(client));
      throw error;
    } finally {
      client.release(!isSound);
    }
  }

  /**
   * Runs `work` again while PostgreSQL says that others were in the way, and when a connection turns out to be lost
   * before anything was committed. Throws `KeywrightError`, or CommitUnknownError.
   */
  async persist<T>(work: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + this.#patienceMs;
    for (let losses = 0, pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        return await work();
      } catch (error) {
        if (error instanceof CommitUnknownError) throw error;
        const isLost = faultOf(error) === "lost";
        losses += isLost ? 1 : 0;
        const isWorthwhile = isLost ? losses < LOSSES : isInTheWay(error);
        if (!isWorthwhile || isKeywrightError(error) || performance.now() > deadline) {
          throw postgresFault(error, this.where);
        }
        await pause(pauseMs);
      }
    }
  }

  /** Runs `look` again, for as long as there is patience, until it can tell what became of a write. */
  async findOut<T>(look: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + this.#patienceMs;
    for (;;) {
      try {
        return await this.persist(look);
      } catch (error) {
        if (performance.now() > deadline) throw doubtfulWrite(this.where, error);
        await pause(LONGEST_PAUSE_MS);
      }
    }
  }

  close(): Promise<void> {
    return this.#pool.end();
  }

  async #connect(): Promise<PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (cause) {
      const { reason, hint } = explainRefusal(cause);
      throw unusableLedger(this.where, reason, hint, cause);
    }
  }
}

/** SQLSTATE 40003 is of distributed engines: they do not know themselves. */
async function commit(client: PoolClient): Promise<void> {
  try {
    const { command } = await client.query("commit");
    if (command !== "COMMIT") throw new Error("a failed transaction was committed");
  } catch (error) {
    if (faultOf(error) !== "lost" && !hasCode(error, "40003")) throw error;
    throw new CommitUnknownError("the connection was lost at the commit", { cause: error });
  }
}

/** Whether the connection is fit for more. */
const rollback = (client: PoolClient): Promise<boolean> =>
  client.query("rollback").then(
    () => true,
    () => false,
  );

/** A serialization failure, a deadlock, or a lock that was not to be had in time: nothing was done. */
const isInTheWay = (error: unknown): boolean =>
  ["40001", "40P01", "57014", "55P03"].some((code) => hasCode(error, code));

export const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && codeOf(error) === code;
