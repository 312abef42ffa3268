/** An incoming webhook of Slack, or of what takes the same: Mattermost, Rocket.Chat, Google Chat with an adapter. */

import type { NoticeChannel } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";
import type { HttpResponse } from "../http/transport.ts";
import { parseWebhookAddress } from "../messages/webhook-address.ts";
import type { OpenedChannel } from "./opened-channel.ts";
import { post, type PostTerms } from "./post.ts";
import { renderSlack } from "./render-slack.ts";

export interface SlackOptions extends Pick<NoticeChannel, "name" | "events"> {
  /** The address, which is a secret: whoever knows it may write there. */
  readonly readAddress: () => Promise<Secret>;
  /** Where that is read from, for messages. */
  readonly place: string;
}

const HEADERS = { "content-type": "application/json", "user-agent": "keywright" };

export const createSlackChannel = (options: SlackOptions, terms: PostTerms): OpenedChannel => ({
  name: options.name,
  events: options.events,
  check: async () => void (await readUrl(options)),
  tell: async (notification, signal) => {
    const url = await readUrl(options);
    await post({ url, headers: () => HEADERS, body: renderSlack(notification) }, terms, wordsOf, signal);
    return {};
  },
});

const readUrl = async ({ readAddress, place }: SlackOptions): Promise<URL> =>
  parseWebhookAddress((await readAddress()).reveal(), `what ${place} holds`);

/** `channel_is_archived` and the like; anything else may be anybody's text. */
const wordsOf = ({ body }: HttpResponse): string | undefined => /^[a-z_]{2,60}$/.exec(body.trim())?.[0];
