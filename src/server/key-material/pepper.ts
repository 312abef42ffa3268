/** Digests of keys under the pepper: HMAC-SHA-256 of the key's SHA-256. */

import { createHmac } from "node:crypto";
import { type Keyring, versionOf } from "./keyring.ts";

/** In hex, of a key's SHA-256 (64 hex digits) under each version of the pepper, the current one first. */
export function pepperedDigests(pepper: Keyring, keyDigest: string): readonly string[] {
  const bytes = Buffer.from(keyDigest, "hex");
  if (pepper.versions.size === 1) return [hmac(versionOf(pepper, pepper.current), bytes)];
  const versions = [...pepper.versions].sort(
    ([a], [b]) => Number(b === pepper.current) - Number(a === pepper.current),
  );
  return versions.map(([, value]) => hmac(value, bytes));
}

/** The digest under which a new key is stored. */
export const pepperedDigest = (pepper: Keyring, keyDigest: string): string =>
  hmac(versionOf(pepper, pepper.current), Buffer.from(keyDigest, "hex"));

const hmac = (pepper: Uint8Array, bytes: Uint8Array): string =>
  createHmac("sha256", pepper).update(bytes).digest("hex");
