/** Tells people by e-mail. */

import type { Clock } from "../../core/ports.ts";
import { isEmailAddress } from "../../messages/email-address.ts";
import { openMailTransport } from "../../messages/mail-transport.ts";
import type { SmtpSettings } from "../../messages/smtp-url.ts";
import type { Channel } from "./channel.ts";
import type { NoticeMessage } from "./notice-message.ts";

export interface EmailSettings {
  readonly smtp: SmtpSettings;
  readonly from: string;
  readonly to: readonly string[];
  /** Tell a key's owner too, where that is an e-mail address. */
  readonly tellOwners: boolean;
}

const CONCURRENCY = 4;
const TIME_LIMIT_MS = 30_000;

export function createEmailChannel(
  settings: EmailSettings,
  clock: Clock,
  timeLimitMs = TIME_LIMIT_MS,
): Channel {
  const transport = openMailTransport(settings.smtp, { timeLimitMs, sender: "the server" });
  return {
    name: "email",
    concurrency: CONCURRENCY,
    send: (message, signal) =>
      transport.send(
        {
          id: message.id,
          from: settings.from,
          to: recipientsOf(message, settings),
          subject: message.title,
          date: clock.now(),
          text: renderText(message),
        },
        signal,
      ),
  };
}

/** Each address once. */
export function recipientsOf(
  { owner }: Pick<NoticeMessage, "owner">,
  { to, tellOwners }: Pick<EmailSettings, "to" | "tellOwners">,
): readonly string[] {
  const all = tellOwners && owner !== null && isEmailAddress(owner) ? [...to, owner] : to;
  return [...new Map(all.map((address) => [address.toLowerCase(), address])).values()];
}

const renderText = (message: NoticeMessage): string =>
  `${message.title}, at ${message.expiresAt}. From then on it is refused.

Name       ${message.name}
Id         ${message.objectId}
Last four  ${message.last4}
Owner      ${message.owner ?? "-"}
Expires    ${message.expiresAt}

If it is still needed, make another one, hand it to whoever uses this one, and revoke this one.
Otherwise there is nothing to do.

Keywright store ${message.storeId}, ${message.id}
`;
