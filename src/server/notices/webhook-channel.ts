/** Tells a receiver over HTTP, signed as Standard Webhooks 1.0 describes (standardwebhooks.com). */

import type { Clock } from "../../core/ports.ts";
import type { Secret } from "../../core/secret.ts";
import { type Delivery, undelivered } from "../../messages/delivery.ts";
import { webhookHeaders } from "../../messages/webhook-signature.ts";
import type { Channel } from "./channel.ts";
import type { NoticeObject } from "./notice.ts";
import type { NoticeMessage } from "./notice-message.ts";

export interface WebhookSettings {
  readonly url: URL;
  /** `whsec_` and the secret's bytes in base64. */
  readonly secret: Secret;
}

const CONCURRENCY = 8;
const TIME_LIMIT_MS = 10_000;

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
    const timeLimit = AbortSignal.timeout(timeLimitMs);
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: webhookHeaders({ id: message.id, body }, secret, clock.now()),
        body,
        // A redirect could lead anywhere, past all checks of the URL.
        redirect: "manual",
        signal: AbortSignal.any([signal, timeLimit]),
      });
      await response.body?.cancel();
      return judge(response.status);
    } catch (error) {
      if (timeLimit.aborted) return undelivered(`the receiver did not answer within ${timeLimitMs} ms`);
      if (signal.aborted) return undelivered("the server ended during the attempt");
      return undelivered(`the receiver cannot be reached (${codeOf(error)})`);
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

function judge(status: number): Delivery {
  if (status >= 200 && status < 300) return { sent: true };
  if (status >= 300 && status < 400)
    return undelivered(`the receiver redirects, which is not followed (${status})`);
  return undelivered(`the receiver answered ${status}`);
}

/** `fetch` wraps what happened to the connection. */
function codeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
}
