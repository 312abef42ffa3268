/**
 * The key material of an open store, which another process may rotate at any time: it is read again when the store
 * says so, before the request that would need it goes on.
 */

import type { Kysely } from "kysely";
import { KeywrightError } from "../../core/error.ts";
import type { Secret } from "../../core/secret.ts";
import type { Tables } from "../database/tables.ts";
import type { ChangeWatcher } from "../domain/change-watcher.ts";
import { sealedVersion, unseal } from "./envelope.ts";
import type { Keyring } from "./keyring.ts";
import { type KeyFiles, type KeyMaterial, readKeyMaterial } from "./read-key-material.ts";

export class LiveKeyMaterial implements KeyMaterial {
  readonly #database: Kysely<Tables>;
  readonly #watcher: ChangeWatcher;
  readonly #files: KeyFiles;
  #material: KeyMaterial;
  /** How often the store has said that its key material changed, and up to which time it was read. */
  #told = 0;
  #read = 0;
  #reading: Promise<void> | undefined;

  constructor(database: Kysely<Tables>, watcher: ChangeWatcher, files: KeyFiles, opened: KeyMaterial) {
    this.#database = database;
    this.#watcher = watcher;
    this.#files = files;
    this.#material = opened;
    watcher.listen((changed) => {
      if (changed === "everything" || changed.some(({ objectType }) => objectType === "STORE")) {
        this.#told += 1;
      }
    });
  }

  get pepper(): Keyring {
    return this.#material.pepper;
  }

  get kek(): Keyring {
    return this.#material.kek;
  }

  /** Once it has resolved, the key material is that of the last change committed before the call. */
  refresh(): void | Promise<void> {
    const refreshed = this.#watcher.refresh();
    return refreshed ? refreshed.then(() => this.settle()) : this.settle();
  }

  /** As `refresh`, for changes that the watcher has told of already. */
  settle(): void | Promise<void> {
    if (this.#read < this.#told) return this.#catchUp(this.#told);
  }

  async #catchUp(told: number): Promise<void> {
    try {
      await this.#readAgain();
      // A reading that was under way may have begun too early.
      if (this.#read < told) await this.#readAgain();
    } catch {
      // Without its newest file the store still verifies what it can. Readiness tells, and the next call tries again.
    }
  }

  /**
   * What new rows are made with. Give it a transaction that stands in the writers' line: no rotation comes before
   * its commit. Throws STORE_UNUSABLE when a file lacks the version that the database names.
   */
  async current(transaction: Kysely<Tables>): Promise<KeyMaterial> {
    const named = await transaction
      .selectFrom("store")
      .select(["pepper_version", "kek_version"])
      .executeTakeFirstOrThrow();
    // SQLite's one connection is in this transaction.
    if (!this.#has(named)) await this.#readFrom(transaction);
    if (this.#has(named)) return this.#material;
    throw new KeywrightError("STORE_UNUSABLE", "The key files are not the newest ones of the store.", {
      hint: "The pepper or the key-encryption key was rotated: copy the new files to this server.",
    });
  }

  /** Opens a sealed value, also one that was sealed again a moment ago. Throws STORE_UNUSABLE as `unseal`. */
  async unseal(id: string, sealed: string): Promise<Secret> {
    if (!this.kek.versions.has(sealedVersion(sealed))) await this.#readAgain();
    return unseal(this.kek, id, sealed);
  }

  #has(named: { readonly pepper_version: number; readonly kek_version: number | null }): boolean {
    return this.pepper.current === named.pepper_version && this.kek.current === named.kek_version;
  }

  /** Of many at once, one reads for all. */
  #readAgain(): Promise<void> {
    this.#reading ??= this.#readFrom(this.#database).finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readFrom(database: Kysely<Tables>): Promise<void> {
    const told = this.#told;
    const { pepper, kek } = await readKeyMaterial(database, this.#files);
    // A value that was read before it was sealed again is still to be opened: old versions stay in memory.
    const versions = new Map([...this.kek.versions, ...kek.versions]);
    this.#material = { pepper, kek: { ...kek, versions } };
    this.#read = told;
  }
}
