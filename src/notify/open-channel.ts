import type { Clock } from "../core/ports.ts";
import { isKeywrightError, KeywrightError } from "../core/error.ts";
import type { ProxySettings } from "../http/proxy.ts";
import { createEmailChannel, type EmailOptions } from "./email.ts";
import type { OpenedChannel } from "./opened-channel.ts";
import { createSlackChannel, type SlackOptions } from "./slack.ts";
import { createWebhookChannel, type WebhookOptions } from "./webhook.ts";

export interface ChannelTerms {
  readonly clock: Clock;
  /** What the environment says of a proxy. */
  readonly proxy?: ProxySettings | undefined;
}

export interface ChannelOptions {
  readonly slack: SlackOptions;
  readonly webhook: WebhookOptions;
  readonly email: EmailOptions;
}

/** Each driver of `notify` in `keywright.yaml`. */
export const CHANNEL_DRIVERS: {
  readonly [D in keyof ChannelOptions]: (options: ChannelOptions[D], terms: ChannelTerms) => OpenedChannel;
} = {
  slack: createSlackChannel,
  webhook: createWebhookChannel,
  email: createEmailChannel,
};

/** Asks nobody, and reads no credential, before somebody is to be told. */
export function openChannel<D extends keyof ChannelOptions>(
  driver: D,
  options: ChannelOptions[D],
  terms: ChannelTerms,
): OpenedChannel {
  const channel = CHANNEL_DRIVERS[driver](options, terms);
  return {
    ...channel,
    check: () => withNoticeFaults(channel.check),
    tell: (notification, signal) => withNoticeFaults(() => channel.tell(notification, signal)),
  };
}

async function withNoticeFaults<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isKeywrightError(error)) throw error;
    const { message, hint } = error;
    throw new KeywrightError("NOTICE_UNSENT", message, hint === undefined ? {} : { hint });
  }
}
