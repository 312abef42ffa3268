/** Mails, each to all of its recipients. */

import { KeywrightError } from "../core/error.ts";
import type { Notification } from "../core/notification.ts";
import type { Clock, NoticeChannel } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";
import type { Mail } from "../messages/mail-transport.ts";
import { parseSmtpUrl, type SmtpSettings } from "../messages/smtp-url.ts";
import type { OpenedChannel } from "./opened-channel.ts";
import { renderMail } from "./render-mail.ts";

export interface EmailOptions extends Pick<NoticeChannel, "name" | "events"> {
  /** `smtp://…` or `smtps://…`, with user and password. */
  readonly readServer: () => Promise<Secret>;
  /** Where that is read from, for messages. */
  readonly place: string;
  readonly from: string;
  readonly to: readonly string[];
}

export interface EmailTerms {
  readonly clock: Clock;
  readonly timeLimitMs?: number;
  /** Certificate authorities in PEM, instead of those that Node trusts. */
  readonly ca?: string;
}

const TIME_LIMIT_MS = 30_000;

export const createEmailChannel = (options: EmailOptions, terms: EmailTerms): OpenedChannel => ({
  name: options.name,
  events: options.events,
  check: async () => void (await readSettings(options)),
  tell: async (notification, signal = new AbortController().signal) => {
    const { timeLimitMs = TIME_LIMIT_MS, ca } = terms;
    const smtp = { ...(await readSettings(options)), ...(ca !== undefined && { ca }) };
    // A mail client takes some time to load, and most runs have nobody to tell.
    const { openMailTransport } = await import("../messages/mail-transport.ts");
    const transport = openMailTransport(smtp, { timeLimitMs, sender: "the run" });
    const delivery = await transport.send(mailOf(notification, options, terms.clock.now()), signal);
    if (!delivery.sent) throw new KeywrightError("NOTICE_UNSENT", delivery.reason);
    return delivery.remark === undefined ? {} : { remark: delivery.remark };
  },
});

const readSettings = async ({ readServer, place }: EmailOptions): Promise<SmtpSettings> =>
  parseSmtpUrl((await readServer()).reveal(), place);

const mailOf = (notification: Notification, { from, to }: EmailOptions, date: Date): Mail => ({
  id: notification.id.replace("sha256:", ""),
  from,
  to: [...new Set(to)],
  date,
  ...renderMail(notification),
});
