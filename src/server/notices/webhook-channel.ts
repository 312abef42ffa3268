/**
 * Tells a receiver over HTTP, signed as Standard Webhooks 1.0 describes (standardwebhooks.com): `Webhook-Id`,
 * `Webhook-Timestamp` in seconds, and `Webhook-Signature` over `<id>.<timestamp>.<body>`.
 */

import { createHmac } from "node:crypto";
import type { Clock } from "../../core/ports.ts";
import type { Secret } from "../../core/secret.ts";
import type { Channel, Delivery } from "./channel.ts";
import type { NoticeObject } from "./notice.ts";
import type { NoticeMessage } from "./notice-message.ts";

export interface WebhookSettings {
  readonly url: URL;
  /** `whsec_` and the secret's bytes in base64. */
  readonly secret: Secret;
}

const CONCURRENCY = 8;
const TIME_LIMIT_MS = 10_000;
const SECRET_PREFIX = "whsec_";

const EVENT_TYPES: Readonly<Record<NoticeObject, string>> = {
  API_KEY: "api_key.expiring",
  PERSONAL_API_KEY: "personal_token.expiring",
};

export const createWebhookChannel = (
  { url, secret }: WebhookSettings,
  clock: Clock,
  timeLimitMs = TIME_LIMIT_MS,
): Channel => ({
  name: "webhook",
  concurrency: CONCURRENCY,
  send: async (message, signal) => {
    const body = renderEvent(message);
    const timestamp = String(Math.floor(clock.now().getTime() / 1000));
    const timeLimit = AbortSignal.timeout(timeLimitMs);
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "user-agent": "keywright",
          "webhook-id": message.id,
          "webhook-timestamp": timestamp,
          "webhook-signature": sign(secret, `${message.id}.${timestamp}.${body}`),
        },
        body,
        // A redirect could lead anywhere, past all checks of the URL.
        redirect: "manual",
        signal: AbortSignal.any([signal, timeLimit]),
      });
      await response.body?.cancel();
      return judge(response.status);
    } catch (error) {
      if (timeLimit.aborted) return failed(`the receiver did not answer within ${timeLimitMs} ms`);
      if (signal.aborted) return failed("the server ended during the attempt");
      return failed(`the receiver cannot be reached (${codeOf(error)})`);
    }
  },
});

export const renderEvent = (message: NoticeMessage): string =>
  JSON.stringify({
    type: EVENT_TYPES[message.objectType],
    timestamp: message.dueAt,
    data: {
      id: message.objectId,
      name: message.name,
      last4: message.last4,
      owner: message.owner,
      expiresAt: message.expiresAt,
      daysBefore: message.daysBefore,
      daysLeft: message.daysLeft,
      storeId: message.storeId,
    },
  });

function sign(secret: Secret, text: string): string {
  const bytes = Buffer.from(secret.reveal().slice(SECRET_PREFIX.length), "base64");
  return `v1,${createHmac("sha256", bytes).update(text).digest("base64")}`;
}

function judge(status: number): Delivery {
  if (status >= 200 && status < 300) return { sent: true };
  if (status >= 300 && status < 400)
    return failed(`the receiver redirects, which is not followed (${status})`);
  return failed(`the receiver answered ${status}`);
}

const failed = (reason: string): Delivery => ({ sent: false, reason });

/** `fetch` wraps what happened to the connection. */
function codeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
}
