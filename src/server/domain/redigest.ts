/**
 * After a rotation of the pepper, keys and tokens keep their old digests until somebody shows their text again. Then
 * they are digested anew, in the background and many at a time: nobody waits for it, and what fails comes again.
 */

import { setImmediate as letOthersRun } from "node:timers/promises";
import type { Kysely } from "kysely";
import type { Tables } from "../database/tables.ts";
import { write } from "../database/write.ts";
import type { LiveKeyMaterial } from "../key-material/live-key-material.ts";
import { pepperedDigest } from "../key-material/pepper.ts";
import type { Credential } from "./credential.ts";

const MOST_AT_ONCE = 500;
/** What is more than that waits for its next use. */
const MOST_WAITING = 10_000;
const TABLES = { API_KEY: "keys", PERSONAL_API_KEY: "personal_tokens" } as const;

interface Waiting {
  readonly table: "keys" | "personal_tokens";
  readonly pepperVersion: number;
  readonly keyDigest: string;
}

export class Redigester {
  readonly #database: Kysely<Tables>;
  readonly #keyMaterial: LiveKeyMaterial;
  readonly #waiting = new Map<string, Waiting>();
  #work: Promise<void> | undefined;

  constructor(database: Kysely<Tables>, keyMaterial: LiveKeyMaterial) {
    this.#database = database;
    this.#keyMaterial = keyMaterial;
  }

  /** Whether it has an old digest. `keyDigest`: the SHA-256 of the text that was shown. */
  note({ type, id, pepperVersion }: Credential, keyDigest: string): boolean {
    if (pepperVersion === this.#keyMaterial.pepper.current) return false;
    if (this.#waiting.size >= MOST_WAITING) return true;
    this.#waiting.set(id, { table: TABLES[type], pepperVersion, keyDigest });
    this.#work ??= this.#workOff().finally(() => {
      this.#work = undefined;
    });
    return true;
  }

  /** Once nothing is waiting any more. */
  async idle(): Promise<void> {
    await this.#work;
  }

  async #workOff(): Promise<void> {
    while (this.#waiting.size > 0) {
      await letOthersRun();
      const batch = [...this.#waiting].slice(0, MOST_AT_ONCE);
      for (const [id] of batch) this.#waiting.delete(id);
      await write(this.#database, (transaction) => this.#redigest(transaction, batch)).catch(() => undefined);
    }
  }

  async #redigest(
    transaction: Kysely<Tables>,
    batch: readonly (readonly [id: string, waiting: Waiting])[],
  ): Promise<void> {
    const { pepper } = await this.#keyMaterial.current(transaction);
    for (const [id, { table, pepperVersion, keyDigest }] of batch) {
      await transaction
        .updateTable(table)
        .set({ digest: pepperedDigest(pepper, keyDigest), pepper_version: pepper.current })
        .where("id", "=", id)
        .where("pepper_version", "=", pepperVersion)
        .execute();
    }
  }
}
