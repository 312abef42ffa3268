import type { Kysely } from "kysely";
import type Libsql from "libsql";
import { type ChangeFeed, readSequence } from "./opened-database.ts";
import type { Tables } from "./tables.ts";

/**
 * SQLite's `data_version` changes when another connection has committed, and costs a few microseconds where a
 * query costs many: the sequence is read again only when it has changed, or after a change of our own.
 */
export class SqliteChanges implements ChangeFeed {
  readonly #tables: Kysely<Tables>;
  readonly #dataVersion: Libsql.Statement;
  #ownChanges = 0;
  #known: { readonly dataVersion: number; readonly sequence: number } | undefined;

  constructor(tables: Kysely<Tables>, database: Libsql.Database) {
    this.#tables = tables;
    // Raw: to build an object takes as long as all the rest.
    this.#dataVersion = database.prepare("pragma data_version").raw(true);
  }

  sequence(): number | Promise<number> {
    const dataVersion = this.#readDataVersion();
    return this.#known?.dataVersion === dataVersion ? this.#known.sequence : this.#read(dataVersion);
  }

  noteOwnChange(): void {
    this.#ownChanges += 1;
    this.#known = undefined;
  }

  /** `dataVersion` and `#ownChanges` are read first: a change that comes between is seen twice, never missed. */
  async #read(dataVersion: number): Promise<number> {
    const ownChanges = this.#ownChanges;
    const sequence = await readSequence(this.#tables);
    if (ownChanges === this.#ownChanges) this.#known = { dataVersion, sequence };
    return sequence;
  }

  #readDataVersion(): number {
    const [dataVersion] = this.#dataVersion.get() as readonly [number];
    return dataVersion;
  }
}
