/**
 * pg's pool for kysely, with errors that say what they mean for the caller: what the database cannot do now is
 * STORE_UNREACHABLE, and a connection that was lost is never used again, so that the next request gets a new one.
 */

import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from "kysely";
import type { Pool, PoolClient } from "pg";
import { KeywrightError } from "../../core/error.ts";
import { codeOf, faultOf } from "../../postgres/postgres-fault.ts";

const TRY_AGAIN = "Try again; if it stays so, look at the PostgreSQL server and the network to it.";

export const createPostgresPool = (pool: Pool): PostgresPool => ({
  connect: async () => {
    try {
      return new WatchedClient(await pool.connect());
    } catch (cause) {
      throw unreachable("The store's database cannot be reached.", cause);
    }
  },
  end: () => pool.end(),
});

class WatchedClient implements PostgresPoolClient {
  readonly #client: PoolClient;
  #lost: KeywrightError | undefined;

  constructor(client: PoolClient) {
    this.#client = client;
  }

  query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  query(): never;
  async query<R>(sql = "", parameters: readonly unknown[] = []): Promise<PostgresQueryResult<R>> {
    // The first loss is the one to tell of: the rollback after it fails as well.
    if (this.#lost) throw this.#lost;
    const isCommit = sql === "commit";
    try {
      const result = await this.#client.query(sql, [...parameters]);
      // PostgreSQL answers so when a statement before had failed: nothing was kept.
      if (isCommit && result.command !== "COMMIT") throw new Error("a failed transaction was committed");
      return result as unknown as PostgresQueryResult<R>;
    } catch (error) {
      throw this.#translate(error, isCommit);
    }
  }

  release(): void {
    this.#client.release(this.#lost !== undefined);
  }

  #translate(error: unknown, isCommit: boolean): unknown {
    const fault = faultOf(error);
    if (fault === "busy") return unreachable("The store's database cannot do this now.", error);
    if (fault === undefined && !(isCommit && isUnknownCompletion(error))) return error;
    this.#lost = isCommit
      ? unreachable(
          "The connection to the database was lost while a change was saved: it may have been made.",
          error,
        )
      : unreachable("The connection to the store's database was lost.", error);
    return this.#lost;
  }
}

/** SQLSTATE 40003, of distributed engines. */
const isUnknownCompletion = (error: unknown): boolean => error instanceof Error && codeOf(error) === "40003";

const unreachable = (message: string, cause: unknown): KeywrightError =>
  new KeywrightError("STORE_UNREACHABLE", message, { hint: TRY_AGAIN, cause });
