/**
 * Signatures as Standard Webhooks 1.0 describes them (standardwebhooks.com): `Webhook-Id`, `Webhook-Timestamp` in seconds,
 * and `Webhook-Signature` over `<id>.<timestamp>.<body>`.
 */

import { createHmac } from "node:crypto";
import type { Secret } from "../core/secret.ts";

const PREFIX = "whsec_";

/** Whether this is `whsec_` and 24 to 64 bytes in base64, as Standard Webhooks asks. */
export function isWebhookSecret(text: string): boolean {
  const encoded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text)?.[1] ?? "";
  const { length } = Buffer.from(encoded, "base64");
  return length >= 24 && length <= 64;
}

export interface SignedMessage {
  /** The same at every attempt. */
  readonly id: string;
  readonly body: string;
}

/** The headers of one attempt, made at `now`; names in lower case. `secret`: as `isWebhookSecret` wants it. */
export function webhookHeaders(
  { id, body }: SignedMessage,
  secret: Secret,
  now: Date,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  return {
    "content-type": "application/json",
    "user-agent": "keywright",
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": sign(secret, `${id}.${timestamp}.${body}`),
  };
}

function sign(secret: Secret, text: string): string {
  const bytes = Buffer.from(secret.reveal().slice(PREFIX.length), "base64");
  return `v1,${createHmac("sha256", bytes).update(text).digest("base64")}`;
}
