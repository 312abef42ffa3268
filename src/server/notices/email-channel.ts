/** Tells people by e-mail. */

import { type NodemailerError, createTransport } from "nodemailer";
import type { Clock } from "../../core/ports.ts";
import type { Channel, Delivery } from "./channel.ts";
import { isEmailAddress } from "./email-address.ts";
import type { NoticeMessage } from "./notice-message.ts";
import type { SmtpSettings } from "./smtp-url.ts";

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
  const transport = createTransport(transportOptions(settings.smtp, timeLimitMs));
  return {
    name: "email",
    concurrency: CONCURRENCY,
    send: async (message, signal) => {
      const timeLimit = AbortSignal.timeout(timeLimitMs);
      const to = recipientsOf(message, settings);
      try {
        const { accepted } = await transport.sendMail({
          ...buildMail(message, settings.from, clock.now()),
          to: to.map((address) => ({ name: "", address })),
          signal: AbortSignal.any([signal, timeLimit]),
        });
        return judge(to, accepted.map(String));
      } catch (error) {
        if (timeLimit.aborted) return failed(`the mail server did not finish within ${timeLimitMs} ms`);
        if (signal.aborted) return failed("the server ended during the attempt");
        return failed(describe(error as NodemailerError));
      }
    },
  };
}

const transportOptions = ({ host, port, tls, login, ca }: SmtpSettings, timeLimitMs: number) => ({
  host,
  port,
  secure: tls === "from the start",
  requireTLS: tls === "required",
  // On this very machine a certificate proves nothing, and nobody listens on the way.
  tls: { rejectUnauthorized: tls !== "if offered", ...(ca === undefined ? {} : { ca }) },
  ...(login && { auth: { user: login.user, pass: login.password.reveal() } }),
  connectionTimeout: timeLimitMs,
  greetingTimeout: timeLimitMs,
  socketTimeout: timeLimitMs,
  disableFileAccess: true,
  disableUrlAccess: true,
});

/** Each address once. */
export function recipientsOf(
  { owner }: Pick<NoticeMessage, "owner">,
  { to, tellOwners }: Pick<EmailSettings, "to" | "tellOwners">,
): readonly string[] {
  const all = tellOwners && owner !== null && isEmailAddress(owner) ? [...to, owner] : to;
  return [...new Map(all.map((address) => [address.toLowerCase(), address])).values()];
}

export const buildMail = (message: NoticeMessage, from: string, now: Date) => ({
  from: { name: "Keywright", address: from },
  subject: message.title,
  messageId: `<${message.id}@${from.slice(from.lastIndexOf("@") + 1)}>`,
  date: now,
  headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
  text: renderText(message),
});

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

function judge(to: readonly string[], accepted: readonly string[]): Delivery {
  const missed = to.filter((address) => !accepted.includes(address));
  const sent = { sent: true, recipients: accepted } as const;
  return missed.length === 0 ? sent : { ...sent, remark: `the mail server refused ${missed.join(", ")}` };
}

const failed = (reason: string): Delivery => ({ sent: false, reason });

const REASONS: Readonly<Record<string, string>> = {
  EAUTH: "the mail server refused the credentials",
  ENOAUTH: "the mail server asks for credentials",
  EENVELOPE: "the mail server refused the sender or all recipients",
  ETLS: "there is no safe TLS connection to the mail server",
};

/** The codes only: a server's own words could repeat what was sent to it. */
function describe({ code = "unknown", originalCode, responseCode }: NodemailerError): string {
  const codes = [originalCode ?? code, responseCode].filter((one) => one !== undefined);
  return `${REASONS[code] ?? "the mail could not be sent"} (${codes.join(", ")})`;
}
