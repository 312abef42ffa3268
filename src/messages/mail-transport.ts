/** The one way to a mail server. */

import { type NodemailerError, createTransport } from "nodemailer";
import { type Delivery, undelivered } from "./delivery.ts";
import type { SmtpSettings } from "./smtp-url.ts";

export interface Mail {
  /** The same at every attempt: the Message-ID is made of it. */
  readonly id: string;
  /** One plain address. */
  readonly from: string;
  /** Plain addresses, none twice. */
  readonly to: readonly string[];
  /** One line. */
  readonly subject: string;
  readonly date: Date;
  readonly text: string;
}

export interface MailTransport {
  /** Never throws for what the other side does; ends within the time limit, and soon after `signal` aborts. */
  send(mail: Mail, signal: AbortSignal): Promise<Delivery>;
}

export interface MailTerms {
  /** For the whole of one attempt. */
  readonly timeLimitMs: number;
  /** Who sends, for the words about an attempt that was ended: `the server`. */
  readonly sender: string;
}

/** Connects with each mail. */
export function openMailTransport(smtp: SmtpSettings, { timeLimitMs, sender }: MailTerms): MailTransport {
  const transport = createTransport(transportOptions(smtp, timeLimitMs));
  return {
    send: async (message, signal) => {
      const mail = { ...message, to: [...new Set(message.to.map(withPlainDomain))] };
      const timeLimit = AbortSignal.timeout(timeLimitMs);
      try {
        const { accepted } = await transport.sendMail({
          ...headersOf(mail),
          text: mail.text,
          signal: AbortSignal.any([signal, timeLimit]),
        });
        return judge(mail.to, accepted.map(String));
      } catch (error) {
        if (timeLimit.aborted) return undelivered(`the mail server did not finish within ${timeLimitMs} ms`);
        if (signal.aborted) return undelivered(`${sender} ended during the attempt`);
        return undelivered(describe(error as NodemailerError));
      }
    },
  };
}

const headersOf = ({ id, from, to, subject, date }: Mail) => ({
  from: { name: "Keywright", address: from },
  to: to.map((address) => ({ name: "", address })),
  subject,
  messageId: `<${id}@${from.slice(from.lastIndexOf("@") + 1)}>`,
  date,
  headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
});

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

/** As mail servers are asked for it, and name it when they take it. */
const withPlainDomain = (address: string): string =>
  address.replace(/@[^@]*$/, (domain) => domain.toLowerCase());

function judge(to: readonly string[], accepted: readonly string[]): Delivery {
  const missed = to.filter((address) => !accepted.includes(address));
  const sent = { sent: true, recipients: accepted } as const;
  return missed.length === 0 ? sent : { ...sent, remark: `the mail server refused ${missed.join(", ")}` };
}

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
