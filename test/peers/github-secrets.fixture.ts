/** The secrets of our GitHub: a key pair for each holder, sealed boxes that are really opened, and the times of writes. */

import sodium from "libsodium-wrappers";
import type { Clock } from "../../src/core/ports.ts";
import { wholeSeconds } from "./github-accounts.fixture.ts";

export interface StoredSecret {
  readonly value: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Of organisations. */
  readonly visibility?: string;
  readonly selected: readonly number[];
}

interface KeyPair {
  readonly id: string;
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}

export interface SecretBody {
  readonly encrypted_value?: string;
  readonly key_id?: string;
  readonly visibility?: string;
  readonly selected_repository_ids?: readonly (number | string)[];
}

const MOST_BYTES = 48 * 1024;

/** `holder`: the path of the API above the secret, in small letters. */
export class GitHubSecrets {
  readonly #clock: Clock;
  readonly #keys = new Map<string, KeyPair>();
  readonly #stored = new Map<string, StoredSecret>();
  #keysMade = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  publicKey(holder: string): { readonly key_id: string; readonly key: string } {
    const { id, publicKey } = this.#keyOf(holder);
    return { key_id: id, key: Buffer.from(publicKey).toString("base64") };
  }

  /** What is sealed for the key until now is refused from here on. */
  rotateKey(holder: string): void {
    this.#keys.delete(holder);
  }

  find(holder: string, name: string): StoredSecret | undefined {
    return this.#stored.get(`${holder}/${name.toUpperCase()}`);
  }

  /** True: there was one. */
  remove(holder: string, name: string): boolean {
    return this.#stored.delete(`${holder}/${name.toUpperCase()}`);
  }

  /** 201 or 204, or what is wrong with the request. */
  put(holder: string, name: string, body: SecretBody): 201 | 204 | string {
    if (!/^(?!GITHUB_)[A-Z_][A-Z0-9_]*$/i.test(name))
      return "Secret names can only contain alphanumeric characters";
    const key = this.#keyOf(holder);
    if (body.key_id !== key.id) return "Invalid request.\n\nThe key_id is not that of the public key.";
    const value = open(body.encrypted_value ?? "", key);
    if (value === undefined) return "Bad request - improperly encrypted secret";
    if (Buffer.byteLength(value) > MOST_BYTES) return "The value is longer than 48 KB";
    return this.store(holder, name, value, body);
  }

  /** As by hand, in the settings of the repository. */
  store(holder: string, name: string, value: string, body: SecretBody = {}): 201 | 204 {
    const path = `${holder}/${name.toUpperCase()}`;
    const before = this.#stored.get(path);
    const now = wholeSeconds(this.#clock.now().getTime());
    this.#stored.set(path, {
      value,
      createdAt: before?.createdAt ?? now,
      updatedAt: now,
      ...(body.visibility !== undefined && { visibility: body.visibility }),
      selected: (body.selected_repository_ids ?? []).map(Number),
    });
    return before ? 204 : 201;
  }

  #keyOf(holder: string): KeyPair {
    const known = this.#keys.get(holder);
    if (known) return known;
    this.#keysMade += 1;
    const { publicKey, privateKey } = sodium.crypto_box_keypair();
    const key = { id: String(568_250_167_242_549_700n + BigInt(this.#keysMade)), publicKey, privateKey };
    this.#keys.set(holder, key);
    return key;
  }
}

/** Undefined when the box was not sealed for this key. */
function open(box: string, { publicKey, privateKey }: KeyPair): string | undefined {
  try {
    return Buffer.from(
      sodium.crypto_box_seal_open(Buffer.from(box, "base64"), publicKey, privateKey),
    ).toString();
  } catch {
    return undefined;
  }
}
