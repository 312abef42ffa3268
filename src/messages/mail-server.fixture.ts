/** A real SMTP server on loopback, ended with the test. */

import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { onTestFinished } from "vitest";
import { createSelfSigned } from "../server/database/self-signed.fixture.ts";

export interface Mail {
  readonly to: readonly string[];
  readonly from: string;
  /** As it came: headers and body. */
  readonly source: string;
  readonly isEncrypted: boolean;
  readonly user: string | undefined;
}

export interface MailServer {
  readonly port: number;
  /** In PEM; the server signs for itself. */
  readonly certificate: string;
  readonly mails: readonly Mail[];
  /** The names of those that tried to log in. */
  readonly logins: readonly string[];
}

export interface MailServerTerms {
  readonly password?: string;
  readonly withoutTls?: boolean;
  readonly tlsFromTheStart?: boolean;
  readonly refused?: readonly string[];
}

export async function startMailServer(terms: MailServerTerms = {}): Promise<MailServer> {
  const mails: Mail[] = [];
  const logins: string[] = [];
  const { key, certificate } = createSelfSigned("localhost");
  const server = new SMTPServer({
    ...handlers(terms, mails, logins),
    key,
    cert: certificate,
    secure: terms.tlsFromTheStart === true,
    authOptional: terms.password === undefined,
    hideSTARTTLS: terms.withoutTls === true,
    disabledCommands: [
      ...(terms.withoutTls === true ? ["STARTTLS"] : []),
      ...(terms.password === undefined ? ["AUTH"] : []),
    ],
    disableReverseLookup: true,
  });
  // A client that refuses our certificate is what some tests want.
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  return { port: (server.server.address() as AddressInfo).port, certificate, mails, logins };
}

const handlers = (
  { password, refused = [] }: MailServerTerms,
  mails: Mail[],
  logins: string[],
): SMTPServerOptions => ({
  onAuth: ({ username, password: given }, _session, done) => {
    logins.push(String(username));
    done(given === password ? null : new Error(`No: ${String(given)}`), { user: username });
  },
  onRcptTo: ({ address }, _session, done) =>
    done(refused.includes(address) ? new Error("nobody of that name") : null),
  onData: (stream, { envelope, secure, user }, done) => {
    const parts: Buffer[] = [];
    stream.on("data", (part: Buffer) => parts.push(part));
    stream.on("end", () => {
      mails.push({
        to: envelope.rcptTo.map(({ address }) => address),
        from: envelope.mailFrom === false ? "" : envelope.mailFrom.address,
        source: Buffer.concat(parts).toString(),
        isEncrypted: secure,
        user: user === undefined ? undefined : String(user),
      });
      done();
    });
  },
});
