/**
 * Values that must be read again (an advanced key, a secret), sealed with AES-256-GCM under the key-encryption
 * key. The row's id is associated data: a value that is moved to another row does not open. A sealed value is
 * `v<version of the kek>.<base64url of 12 bytes nonce, ciphertext, 16 bytes tag>`.
 */

import { createCipheriv, createDecipheriv } from "node:crypto";
import { KeywrightError } from "../../core/error.ts";
import type { Random } from "../../core/ports.ts";
import { Secret } from "../../core/secret.ts";
import { type Keyring, versionOf } from "./keyring.ts";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export function seal(kek: Keyring, random: Random, id: string, value: Secret): string {
  const nonce = random.bytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", versionOf(kek, kek.current), nonce).setAAD(Buffer.from(id));
  const parts = [nonce, cipher.update(value.reveal(), "utf8"), cipher.final(), cipher.getAuthTag()];
  return `v${kek.current}.${Buffer.concat(parts).toString("base64url")}`;
}

/** Throws STORE_UNUSABLE when the value was not sealed for this id under this key. */
export function unseal(kek: Keyring, id: string, sealed: string): Secret {
  const bytes = Buffer.from(sealed.slice(sealed.indexOf(".") + 1), "base64url");
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const key = versionOf(kek, sealedVersion(sealed));
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(id))
      .setAuthTag(bytes.subarray(-TAG_BYTES));
    const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, "utf8");
    return Secret.of(text + decipher.final("utf8"));
  } catch (cause) {
    throw new KeywrightError("STORE_UNUSABLE", `The sealed value of ${id} does not open.`, {
      hint: "The database was changed by hand, or the key-encryption key is another one: restore both from one backup.",
      cause,
    });
  }
}

/** The version of the key-encryption key that a value is sealed under. */
export const sealedVersion = (sealed: string): number => Number(/^v(\d+)\./.exec(sealed)?.[1] ?? Number.NaN);
