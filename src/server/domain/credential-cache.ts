/**
 * Credentials that were asked for lately, by digest, so that a verification costs no query. Nothing in it is ever
 * older than the last change that was committed before the question: `find` asks the watcher first.
 */

import type { Kysely } from "kysely";
import type { Tables } from "../database/tables.ts";
import type { ChangeListener, ChangeWatcher } from "./change-watcher.ts";
import { type Credential, readCredential } from "./credential.ts";

const MOST_CREDENTIALS = 100_000;

export class CredentialCache {
  readonly #database: Kysely<Tables>;
  readonly #watcher: ChangeWatcher;
  readonly #byDigest = new Map<string, Credential>();
  readonly #digestOf = new Map<string, string>();

  constructor(database: Kysely<Tables>, watcher: ChangeWatcher) {
    this.#database = database;
    this.#watcher = watcher;
    watcher.listen(this.#forget);
  }

  /** By any of some peppered digests. */
  async find(digests: readonly string[]): Promise<Credential | undefined> {
    const refreshed = this.#watcher.refresh();
    if (refreshed) await refreshed;
    for (const digest of digests) {
      const known = this.#byDigest.get(digest);
      if (known) return known;
    }
    return this.#load(digests);
  }

  async #load(digests: readonly string[]): Promise<Credential | undefined> {
    const { sequence } = this.#watcher;
    const credential = await readCredential(this.#database, digests);
    // A change that was told of meanwhile may be newer than what was read.
    const [digest] = digests;
    if (credential && digest !== undefined && sequence === this.#watcher.sequence) {
      this.#keep(digest, credential);
    }
    return credential;
  }

  #keep(digest: string, credential: Credential): void {
    if (this.#byDigest.size >= MOST_CREDENTIALS) this.#dropOldest();
    this.#byDigest.set(digest, credential);
    this.#digestOf.set(credential.id, digest);
  }

  readonly #forget: ChangeListener = (changed) => {
    if (changed === "everything") return this.#clear();
    for (const { objectType, objectId } of changed) {
      if (objectType === "ROLE" || objectType === "USER" || objectType === "STORE") return this.#clear();
      const digest = this.#digestOf.get(objectId);
      if (digest === undefined) continue;
      this.#byDigest.delete(digest);
      this.#digestOf.delete(objectId);
    }
  };

  #dropOldest(): void {
    const [oldest] = this.#byDigest;
    if (!oldest) return;
    this.#byDigest.delete(oldest[0]);
    this.#digestOf.delete(oldest[1].id);
  }

  #clear(): void {
    this.#byDigest.clear();
    this.#digestOf.clear();
  }
}
