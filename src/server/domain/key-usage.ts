/**
 * When credentials were last used. A use is noted in memory and costs no write; `flush` writes all of them at once,
 * outside the audit log. Of several processes the latest use wins.
 */

import { setImmediate as letOthersRun } from "node:timers/promises";
import type { Kysely } from "kysely";
import type { Tables } from "../database/tables.ts";
import { transact } from "../database/write.ts";

/** Uses of more credentials than that between two flushes are not noted. */
const MOST_CREDENTIALS = 200_000;
const ROWS_AT_ONCE = 500;

export class KeyUsage {
  readonly #database: Kysely<Tables>;
  /** Milliseconds by id, of what is not yet written. */
  readonly #noted = new Map<string, number>();
  #flushing: Promise<void> = Promise.resolve();

  constructor(database: Kysely<Tables>) {
    this.#database = database;
  }

  /** `id`: an API key's or a personal token's. `time` in milliseconds. */
  note(id: string, time: number): void {
    if (this.#noted.size < MOST_CREDENTIALS || this.#noted.has(id)) this.#noted.set(id, time);
  }

  /** When those of `ids` were last used that were; other processes' uses once they are written. */
  async read(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (ids.length === 0) return new Map();
    const rows = await this.#database
      .selectFrom("key_usage")
      .selectAll()
      .where("key_id", "in", [...ids])
      .execute();
    const uses = new Map(rows.map((row) => [row.key_id, row.last_used_at]));
    for (const id of ids) {
      const noted = this.#noted.get(id);
      const use = noted === undefined ? undefined : new Date(noted).toISOString();
      if (use !== undefined && use > (uses.get(id) ?? "")) uses.set(id, use);
    }
    return uses;
  }

  /** Writes what was noted; what it fails to write stays noted. One at a time. */
  flush(): Promise<void> {
    const flushing = this.#flushing.then(() => this.#write());
    this.#flushing = flushing.catch(() => undefined);
    return flushing;
  }

  async #write(): Promise<void> {
    // In one order, so that two processes never wait for each other's rows.
    const noted = [...this.#noted].sort(([a], [b]) => (a < b ? -1 : 1));
    for (let start = 0; start < noted.length; start += ROWS_AT_ONCE) {
      const some = noted.slice(start, start + ROWS_AT_ONCE);
      await transact(this.#database, (transaction) => upsert(transaction, some));
      await letOthersRun();
      for (const [id, time] of some) if (this.#noted.get(id) === time) this.#noted.delete(id);
    }
  }
}

async function upsert(database: Kysely<Tables>, uses: readonly (readonly [string, number])[]): Promise<void> {
  const rows = uses.map(([id, time]) => ({ key_id: id, last_used_at: new Date(time).toISOString() }));
  await database
    .insertInto("key_usage")
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .column("key_id")
        .doUpdateSet((eb) => ({ last_used_at: eb.ref("excluded.last_used_at") }))
        .whereRef("excluded.last_used_at", ">", "key_usage.last_used_at"),
    )
    .execute();
}
