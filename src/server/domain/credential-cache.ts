/**
 * Credentials that were asked for lately, so that a verification costs no query. Nothing in it is ever older than the
 * last change that was committed before the question: `find` asks the watcher first, by way of the key material. What
 * it knows it gives at once, without a promise and without the pepper: by the SHA-256 of the text, which stays in
 * memory. A verification takes a few microseconds.
 */

import type { Kysely } from "kysely";
import { canonicalJson } from "../../core/digest.ts";
import type { Tables } from "../database/tables.ts";
import type { LiveKeyMaterial } from "../key-material/live-key-material.ts";
import { pepperedDigests } from "../key-material/pepper.ts";
import { type Soon, andThen } from "../soon.ts";
import type { ChangeListener, ChangeWatcher } from "./change-watcher.ts";
import { type Credential, readCredential } from "./credential.ts";
import type { Redigester } from "./redigest.ts";

const MOST_CREDENTIALS = 100_000;
const MOST_RIGHTS = 10_000;

type Rights = Pick<Credential, "roles" | "permissions">;

export class CredentialCache {
  readonly #database: Kysely<Tables>;
  readonly #watcher: ChangeWatcher;
  readonly #keyMaterial: LiveKeyMaterial;
  readonly #redigester: Redigester;
  readonly #rights = new Map<string, Rights>();
  readonly #byDigest = new Map<string, Credential>();
  readonly #digestOf = new Map<string, string>();

  constructor(
    database: Kysely<Tables>,
    watcher: ChangeWatcher,
    keyMaterial: LiveKeyMaterial,
    redigester: Redigester,
  ) {
    this.#database = database;
    this.#watcher = watcher;
    this.#keyMaterial = keyMaterial;
    this.#redigester = redigester;
    watcher.listen(this.#forget);
  }

  /** By the SHA-256 of its text. */
  find(keyDigest: string): Soon<Credential | undefined> {
    return andThen(this.#keyMaterial.refresh(), () => this.#byDigest.get(keyDigest) ?? this.#load(keyDigest));
  }

  async #load(keyDigest: string): Promise<Credential | undefined> {
    const { sequence } = this.#watcher;
    const digests = pepperedDigests(this.#keyMaterial.pepper, keyDigest);
    const credential = await readCredential(this.#database, digests);
    if (!credential) return undefined;
    // What waits to be digested anew is not kept: should that fail, its next use comes here again.
    if (this.#redigester.note(credential, keyDigest)) return credential;
    // A change that was told of meanwhile may be newer than what was read.
    return sequence === this.#watcher.sequence ? this.#keep(keyDigest, credential) : credential;
  }

  #keep(keyDigest: string, credential: Credential): Credential {
    if (this.#byDigest.size >= MOST_CREDENTIALS) this.#dropOldest();
    const kept = { ...credential, ...this.#share(credential) };
    this.#byDigest.set(keyDigest, kept);
    this.#digestOf.set(credential.id, keyDigest);
    return kept;
  }

  /** The same roles and rights once for all credentials that have them: most of a store's keys do. */
  #share({ roles, permissions }: Rights): Rights {
    const name = canonicalJson([roles, [...permissions]]);
    const known = this.#rights.get(name);
    if (known) return known;
    if (this.#rights.size >= MOST_RIGHTS) this.#rights.clear();
    this.#rights.set(name, { roles, permissions });
    return { roles, permissions };
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
    this.#rights.clear();
    this.#byDigest.clear();
    this.#digestOf.clear();
  }
}
