/**
 * How a request to Cortex Cloud shows its key (Cortex XSIAM and XDR, "Get started with APIs"). Standard: the key itself,
 * without `Bearer`. Advanced: SHA-256 of key, nonce and timestamp, which is no HMAC and covers neither path nor body.
 */

import { hash } from "node:crypto";
import type { Random } from "../../core/ports.ts";
import type { CloudSecret } from "./cloud-secret.ts";

export type SecurityLevel = "standard" | "advanced";

export interface CloudCredential extends CloudSecret {
  readonly securityLevel: SecurityLevel;
}

/** The headers of one attempt. A nonce must never be used twice; `timestampMs`: since 1970. */
export function signRequest(
  { keyId, key, securityLevel }: CloudCredential,
  nonce: string,
  timestampMs: number,
): Readonly<Record<string, string>> {
  const text = key.reveal();
  if (securityLevel === "standard") return { "x-xdr-auth-id": keyId, authorization: text };
  return {
    "x-xdr-auth-id": keyId,
    "x-xdr-nonce": nonce,
    "x-xdr-timestamp": String(timestampMs),
    authorization: hash("sha256", `${text}${nonce}${timestampMs}`),
  };
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const NONCE_LENGTH = 64;

/** 64 letters and digits, each as likely as any other: bytes of 248 and above are thrown away. */
export function createNonce(random: Random): string {
  let nonce = "";
  while (nonce.length < NONCE_LENGTH) {
    for (const byte of random.bytes(NONCE_LENGTH)) {
      if (byte < 248 && nonce.length < NONCE_LENGTH) nonce += LETTERS[byte % 62];
    }
  }
  return nonce;
}
