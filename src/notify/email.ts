/** Mails, each to all of its recipients. */

import { KeywrightError } from "../core/error.ts";
import type { Clock, NoticeChannel } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";
import type { MailTransport } from "../messages/mail-transport.ts";
import type { SmtpSettings } from "../messages/smtp-url.ts";
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

export const createEmailChannel = (options: EmailOptions, terms: EmailTerms): NoticeChannel => ({
  name: options.name,
  events: options.events,
  tell: async (notification, signal = new AbortController().signal) => {
    const transport = await openTransport(options, terms);
    const mail = {
      id: notification.id.replace("sha256:", ""),
      from: options.from,
      to: [...new Set(options.to)],
      date: terms.clock.now(),
      ...renderMail(notification),
    };
    const delivery = await transport.send(mail, signal);
    if (!delivery.sent) throw new KeywrightError("NOTICE_UNSENT", delivery.reason);
    return delivery.remark === undefined ? {} : { remark: delivery.remark };
  },
});

async function openTransport({ readServer, place }: EmailOptions, terms: EmailTerms): Promise<MailTransport> {
  const { timeLimitMs = TIME_LIMIT_MS, ca } = terms;
  // A mail client takes some time to load, and most runs have nobody to tell.
  const { openMailTransport } = await import("../messages/mail-transport.ts");
  const { parseSmtpUrl } = await import("../messages/smtp-url.ts");
  const smtp: SmtpSettings = parseSmtpUrl((await readServer()).reveal(), place);
  return openMailTransport({ ...smtp, ...(ca !== undefined && { ca }) }, { timeLimitMs, sender: "the run" });
}
