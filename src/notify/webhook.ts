/** A receiver of JSON (`schemas/notification.schema.json`), signed as Standard Webhooks 1.0 describes. */

import { KeywrightError } from "../core/error.ts";
import type { NoticeChannel } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";
import { parseWebhookAddress } from "../messages/webhook-address.ts";
import { isWebhookSecret, webhookHeaders } from "../messages/webhook-signature.ts";
import type { OpenedChannel } from "./opened-channel.ts";
import { post, type PostTerms } from "./post.ts";

export interface WebhookOptions extends Pick<NoticeChannel, "name" | "events"> {
  /** Of the receiver. Its path may be a secret. */
  readonly readAddress: () => Promise<Secret>;
  /** Where that is read from, for messages. */
  readonly place: string;
  readonly readSecret: () => Promise<Secret>;
  readonly secretPlace: string;
}

export const createWebhookChannel = (options: WebhookOptions, terms: PostTerms): OpenedChannel => ({
  name: options.name,
  events: options.events,
  check: async () => void (await readReceiver(options)),
  tell: async (notification, signal) => {
    const { url, secret } = await readReceiver(options);
    const message = { id: notification.id, body: JSON.stringify(notification) };
    const headers = () => webhookHeaders(message, secret, terms.clock.now());
    await post({ url, headers, body: message.body }, terms, () => undefined, signal);
    return {};
  },
});

async function readReceiver(
  options: WebhookOptions,
): Promise<{ readonly url: URL; readonly secret: Secret }> {
  const { readAddress, place, readSecret, secretPlace } = options;
  const url = parseWebhookAddress((await readAddress()).reveal(), `what ${place} holds`);
  return { url, secret: checked(await readSecret(), secretPlace) };
}

function checked(secret: Secret, place: string): Secret {
  if (isWebhookSecret(secret.reveal())) return secret;
  throw new KeywrightError(
    "NOTICE_UNSENT",
    `what ${place} holds is not whsec_ and 24 to 64 bytes in base64`,
    {
      hint: 'make one: echo "whsec_$(openssl rand -base64 32)"',
    },
  );
}
