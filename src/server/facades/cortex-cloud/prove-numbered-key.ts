/**
 * The proof of a key in this vendor's way (reference: Cortex XSIAM and XDR, "Get started with APIs"). Standard: the
 * key itself. Advanced: lowercase hex SHA-256 of key + nonce + timestamp.
 *
 * Nothing separates the three parts, so a listener could move a digit of the timestamp into the nonce and have a
 * request with the same digest and a nonce that was never seen. So both have one length: 64 and 13 characters.
 */

import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { isKeyText, keyDigest } from "../../../core/key-format.ts";
import { Secret } from "../../../core/secret.ts";
import { statusOf } from "../../domain/key.ts";
import { useNonce } from "../../domain/nonces.ts";
import { type NumberedCredential, readNumberedCredential } from "../../domain/numbered-credential.ts";
import type { StoreContext } from "../../domain/store-context.ts";
import { type InvalidReason, type Verification, useCredential } from "../../domain/verify-key.ts";
import { pepperedDigests } from "../../key-material/pepper.ts";
import { parseNumber } from "./key-number.ts";

/** How far a request's timestamp may be from the server's clock, both ends included. */
export const CLOCK_TOLERANCE_MS = 300_000;

const NONCE = /^[A-Za-z0-9]{64}$/;
const TIMESTAMP = /^[1-9]\d{12}$/;
const SIGNATURE = /^[0-9a-f]{64}$/;

/** All reasons look the same to the caller; the audit log tells them apart. */
type Proof = Verification<InvalidReason | "wrong-time" | "wrong-signature" | "replayed">;
type Reason = Extract<Proof, { valid: false }>["reason"];

interface Signed {
  readonly signature: string;
  readonly nonce: string;
  readonly timestamp: string;
}

/** Undefined when the request shows no credential. `authorizations`: all headers of that name. */
export async function proveNumberedKey(
  context: StoreContext,
  authorizations: readonly string[],
  headers: IncomingHttpHeaders,
): Promise<Proof | undefined> {
  const [shown, ...others] = authorizations;
  if (shown === undefined) return undefined;
  const number = parseNumber(headers["x-xdr-auth-id"]);
  if (number === undefined || others.length > 0) return invalid("malformed");
  const isSigned = headers["x-xdr-nonce"] !== undefined || headers["x-xdr-timestamp"] !== undefined;
  return isSigned
    ? proveAdvanced(context, number, {
        signature: shown,
        nonce: String(headers["x-xdr-nonce"]),
        timestamp: String(headers["x-xdr-timestamp"]),
      })
    : proveStandard(context, number, shown);
}

async function proveStandard(context: StoreContext, number: number, text: string): Promise<Proof> {
  if (!isKeyText(text)) return invalid("malformed");
  await context.keyMaterial.refresh();
  const digest = keyDigest(Secret.of(text));
  const digests = pepperedDigests(context.keyMaterial.pepper, digest);
  const found = await readNumberedCredential(context.database, number);
  if (!found) return invalid("unknown");
  if (!digests.some((one) => isSameDigest(one, found.digest))) return invalid("unknown");
  context.redigester.note(found.credential, digest);
  if (found.credential.securityLevel !== "standard") return invalid("wrong-level", found);
  return useCredential(context, found.credential);
}

async function proveAdvanced(context: StoreContext, number: number, signed: Signed): Promise<Proof> {
  const { nonce, timestamp, signature } = signed;
  if (!NONCE.test(nonce) || !TIMESTAMP.test(timestamp) || !SIGNATURE.test(signature)) {
    return invalid("malformed");
  }
  const now = context.clock.now();
  if (Math.abs(now.getTime() - Number(timestamp)) > CLOCK_TOLERANCE_MS) return invalid("wrong-time");
  const found = await readNumberedCredential(context.database, number);
  if (!found) return invalid("unknown");
  if (found.sealedKey === null) return invalid("wrong-level", found);
  const { credential } = found;
  const key = await context.keyMaterial.unseal(credential.id, found.sealedKey);
  if (!isSameDigest(signature, sign(key, nonce, timestamp))) return invalid("wrong-signature", found);
  const status = statusOf(credential.life, now);
  if (status === "expired" || status === "revoked") return invalid(status, found);
  const expiresAt = new Date(Number(timestamp) + CLOCK_TOLERANCE_MS);
  const isNew = await useNonce(context.database, credential.id, nonce, { expiresAt, now });
  return isNew ? useCredential(context, credential) : invalid("replayed", found);
}

/** What an Advanced key's `Authorization` header holds. */
export const sign = (key: Secret, nonce: string, timestamp: string): string =>
  createHash("sha256").update(`${key.reveal()}${nonce}${timestamp}`).digest("hex");

/** Two digests of 64 hex digits each, in a time that says nothing about where they differ. */
const isSameDigest = (a: string, b: string): boolean =>
  timingSafeEqual(Buffer.from(a, "hex"), Buffer.from(b, "hex"));

const invalid = (reason: Reason, found?: NumberedCredential): Proof => ({
  valid: false,
  reason,
  ...(found && { credential: found.credential }),
});
