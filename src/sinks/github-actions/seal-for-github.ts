/** The one place that knows libsodium: GitHub takes values as sealed boxes (X25519, XSalsa20-Poly1305) alone. */

import type { Secret } from "../../core/secret.ts";

const PUBLIC_KEY_BYTES = 32;

/** `value` for the holder of the key that belongs to `publicKey`; both in Base64. Undefined when that is no public key. */
export async function sealForGitHub(publicKey: string, value: Secret): Promise<string | undefined> {
  const key = Buffer.from(publicKey, "base64");
  if (key.length !== PUBLIC_KEY_BYTES || key.toString("base64") !== publicKey) return undefined;
  // It takes a while to load, and other sinks need none.
  const { default: sodium } = await import("libsodium-wrappers");
  await sodium.ready;
  try {
    return Buffer.from(sodium.crypto_box_seal(Buffer.from(value.reveal()), key)).toString("base64");
  } catch {
    // A point that everybody knows the secret of.
    return undefined;
  }
}
