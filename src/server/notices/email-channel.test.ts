import { type AddressInfo, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { Secret } from "../../core/secret.ts";
import { createMovableClock, openTestServer } from "../server.fixture.ts";
import { type EmailSettings, createEmailChannel, recipientsOf } from "./email-channel.ts";
import { type MailServer, startMailServer } from "../../messages/mail-server.fixture.ts";
import { DAY_MS } from "../../core/duration.ts";
import { aMessage, aNotifier, inDays, readNotices } from "./notices.fixture.ts";
import type { SmtpSettings } from "../../messages/smtp-url.ts";

const NEVER = new AbortController().signal;
const PASSWORD = "correct horse % battery";
const LOGIN = { user: "keys", password: Secret.of(PASSWORD) };
const EVERYBODY: Omit<EmailSettings, "smtp"> = {
  from: "keys@example.com",
  to: ["ops@example.com", "sec@example.com"],
  tellOwners: false,
};

const smtpTo = ({ port }: Pick<MailServer, "port">, over: Partial<SmtpSettings> = {}): SmtpSettings => ({
  host: "localhost",
  port,
  tls: "if offered",
  ...over,
});
const channelTo = (smtp: SmtpSettings, over: Partial<EmailSettings> = {}, timeLimitMs?: number) =>
  createEmailChannel({ smtp, ...EVERYBODY, ...over }, createMovableClock(), timeLimitMs);

/** The value of a header, unfolded and decoded (RFC 2047). */
function headerOf(source: string, name: string): string | undefined {
  const [head = ""] = source.split("\r\n\r\n");
  const line = head
    .replaceAll(/\r\n[ \t]/g, " ")
    .split("\r\n")
    .find((one) => one.toLowerCase().startsWith(`${name.toLowerCase()}: `));
  return line
    ?.slice(name.length + 2)
    .replaceAll(/\?=\s+=\?/g, "?==?")
    .replaceAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_word, how: string, text: string) =>
      how.toLowerCase() === "b"
        ? Buffer.from(text, "base64").toString()
        : decodeQuoted(text.replaceAll("_", " ")),
    );
}

/** The body, decoded (RFC 2045). */
function bodyOf(source: string): string {
  const body = source.slice(source.indexOf("\r\n\r\n") + 4);
  const encoding = headerOf(source, "Content-Transfer-Encoding");
  if (encoding === "base64") return Buffer.from(body, "base64").toString();
  return encoding === "quoted-printable" ? decodeQuoted(body) : body;
}

const decodeQuoted = (text: string): string =>
  Buffer.from(
    text
      .replaceAll("=\r\n", "")
      .replaceAll(/=([0-9A-F]{2})/g, (_code, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  ).toString();

test("an e-mail goes over STARTTLS to a server whose certificate is trusted, with AUTH", async () => {
  const server = await startMailServer({ password: PASSWORD });
  const smtp = smtpTo(server, { tls: "required", ca: server.certificate, login: LOGIN });
  expect(await channelTo(smtp).send(aMessage(), NEVER)).toEqual({ sent: true, recipients: EVERYBODY.to });
  expect(server.mails).toMatchObject([
    { from: "keys@example.com", to: EVERYBODY.to, isEncrypted: true, user: "keys" },
  ]);
  const { source } = server.mails[0] ?? { source: "" };
  expect(headerOf(source, "From")).toBe("Keywright <keys@example.com>");
  expect(headerOf(source, "Subject")).toBe('API key "Scanner" (…ab12) expires in 7 days');
  expect(headerOf(source, "Message-ID")).toBe("<notice_019aa5b7a000aabbccddeeff@example.com>");
  expect(headerOf(source, "Date")).toBe("Sat, 21 Nov 2026 08:00:00 +0000");
  expect(headerOf(source, "Auto-Submitted")).toBe("auto-generated");
  expect(headerOf(source, "Content-Type")).toBe("text/plain; charset=utf-8");
  expect(bodyOf(source).replaceAll("\r\n", "\n"))
    .toBe(`API key "Scanner" (…ab12) expires in 7 days, at 2026-11-28T08:00:00.000Z. From then on it is refused.

Name       Scanner
Id         key_019a00000000aabbccddeeff
Last four  ab12
Owner      -
Expires    2026-11-28T08:00:00.000Z

If it is still needed, make another one, hand it to whoever uses this one, and revoke this one.
Otherwise there is nothing to do.

Keywright store ks_0011223344556677, notice_019aa5b7a000aabbccddeeff
`);
});

test("TLS from the start is TLS from the start", async () => {
  const server = await startMailServer({ password: PASSWORD, tlsFromTheStart: true });
  const smtp = smtpTo(server, { tls: "from the start", ca: server.certificate, login: LOGIN });
  expect(await channelTo(smtp).send(aMessage(), NEVER)).toMatchObject({ sent: true });
  expect(server.mails).toMatchObject([{ isEncrypted: true, user: "keys" }]);
});

test.each<["required" | "from the start"]>([["required"], ["from the start"]])(
  "a certificate that nobody vouches for gets neither credentials nor mail (TLS %s)",
  async (tls) => {
    const server = await startMailServer({ password: PASSWORD, tlsFromTheStart: tls === "from the start" });
    const sent = await channelTo(smtpTo(server, { tls, login: LOGIN })).send(aMessage(), NEVER);
    const reason = "the mail could not be sent (DEPTH_ZERO_SELF_SIGNED_CERT)";
    expect(sent).toEqual({ sent: false, reason });
    expect([server.logins, server.mails]).toEqual([[], []]);
  },
);

test("a server without STARTTLS gets neither credentials nor mail, unless it is this very machine", async () => {
  const server = await startMailServer({ withoutTls: true });
  const sent = await channelTo(smtpTo(server, { tls: "required", login: LOGIN })).send(aMessage(), NEVER);
  expect(sent).toEqual({
    sent: false,
    reason: "there is no safe TLS connection to the mail server (ETLS, 500)",
  });
  expect([server.logins, server.mails]).toEqual([[], []]);
  expect(await channelTo(smtpTo(server)).send(aMessage(), NEVER)).toMatchObject({ sent: true });
  expect(server.mails).toMatchObject([{ isEncrypted: false }]);
});

test("on this very machine TLS is used where it is offered, whoever vouches for it", async () => {
  const server = await startMailServer();
  expect(await channelTo(smtpTo(server)).send(aMessage(), NEVER)).toMatchObject({ sent: true });
  expect(server.mails).toMatchObject([{ isEncrypted: true }]);
});

test("refused credentials are a failure that repeats nothing of what was sent", async () => {
  const server = await startMailServer({ password: "another" });
  const sent = await channelTo(smtpTo(server, { login: LOGIN })).send(aMessage(), NEVER);
  expect(sent).toEqual({ sent: false, reason: "the mail server refused the credentials (EAUTH, 535)" });
  expect([server.logins, server.mails]).toEqual([["keys"], []]);
});

test("a server that asks for credentials that we have not is a failure", async () => {
  const server = await startMailServer({ password: PASSWORD });
  const sent = await channelTo(smtpTo(server)).send(aMessage(), NEVER);
  expect(sent).toEqual({ sent: false, reason: expect.stringMatching(/\(EENVELOPE, 530\)$/) as string });
});

test("a refused recipient keeps nobody else from being told, and is named", async () => {
  const server = await startMailServer({ refused: ["sec@example.com"] });
  expect(await channelTo(smtpTo(server)).send(aMessage(), NEVER)).toEqual({
    sent: true,
    recipients: ["ops@example.com"],
    remark: "the mail server refused sec@example.com",
  });
  expect(server.mails.map(({ to }) => to)).toEqual([["ops@example.com"]]);
});

test("when all recipients are refused it is a failure", async () => {
  const server = await startMailServer({ refused: EVERYBODY.to });
  expect(await channelTo(smtpTo(server)).send(aMessage(), NEVER)).toEqual({
    sent: false,
    reason: "the mail server refused the sender or all recipients (EENVELOPE, 550)",
  });
});

test("names in any script arrive as they are", async () => {
  const server = await startMailServer();
  const name = "Prüfschlüssel 鍵 🔑 für Łódź";
  const title = `API key "${name}" (…ab12) expires in 7 days`;
  await channelTo(smtpTo(server)).send(aMessage({ name, title, owner: "Zoë" }), NEVER);
  const { source } = server.mails[0] ?? { source: "" };
  expect(source).toMatch(/^[\t\r\n\x20-\x7e]+$/);
  expect(headerOf(source, "Subject")).toBe(title);
  expect(bodyOf(source)).toContain(`Name       ${name}\r\n`);
  expect(bodyOf(source)).toContain("Owner      Zoë\r\n");
});

test("A13: line breaks in a name or an owner make no header, no recipient and no second mail", async () => {
  const server = await startMailServer();
  const evil = "x\r\nBcc: eve@example.net\r\nX-Evil: 1\r\n\r\n<script>\r\n.\r\nMAIL FROM:<eve@example.net>";
  const owner = "ann@example.com\r\nRCPT TO:<eve@example.net>";
  const channel = channelTo(smtpTo(server), { tellOwners: true });
  await channel.send(aMessage({ name: evil, title: `API key "${evil}" expires`, owner }), NEVER);
  expect(server.mails.map(({ to }) => to)).toEqual([EVERYBODY.to]);
  const { source } = server.mails[0] ?? { source: "" };
  expect(headerOf(source, "Bcc")).toBeUndefined();
  expect(headerOf(source, "X-Evil")).toBeUndefined();
  expect(headerOf(source, "To")).toBe("ops@example.com, sec@example.com");
});

test.each<[string, string | null, boolean, readonly string[]]>([
  ["an owner that is an address", "ann@example.org", true, ["ops@example.com", "ann@example.org"]],
  ["an owner that is told anyway", "OPS@example.com", true, ["OPS@example.com"]],
  ["owners are not to be told", "ann@example.org", false, ["ops@example.com"]],
  ["an owner that is a team", "team-a", true, ["ops@example.com"]],
  ["nobody's key", null, true, ["ops@example.com"]],
  ["an owner with a name", "Ann <ann@example.org>", true, ["ops@example.com"]],
  ["two owners", "ann@example.org, bob@example.org", true, ["ops@example.com"]],
  ["a quoted owner", '"a b"@example.org', true, ["ops@example.com"]],
])("who gets an e-mail: %s", (_case, owner, tellOwners, expected) => {
  expect(recipientsOf({ owner }, { to: ["ops@example.com"], tellOwners })).toEqual(expected);
});

/** Takes connections and says nothing. */
async function startSilentServer(onConnection: () => void = () => undefined): Promise<{ port: number }> {
  const server = createServer((socket) => {
    onTestFinished(() => void socket.destroy());
    onConnection();
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port };
}

test("a mail server that says nothing is given up after the time limit", async () => {
  const smtp = smtpTo(await startSilentServer());
  const sent = await channelTo(smtp, {}, 100).send(aMessage(), NEVER);
  expect(sent).toMatchObject({ sent: false, reason: expect.stringMatching(/100 ms|ETIMEDOUT/) as string });
});

test("an attempt ends when the server ends", async () => {
  const ending = new AbortController();
  const smtp = smtpTo(await startSilentServer(() => ending.abort()));
  const sent = await channelTo(smtp).send(aMessage(), ending.signal);
  expect(sent).toEqual({ sent: false, reason: "the server ended during the attempt" });
});

test("a mail server that is not there is a failure", async () => {
  const sent = await channelTo(smtpTo({ port: 1 })).send(aMessage(), NEVER);
  expect(sent).toEqual({ sent: false, reason: "the mail could not be sent (ECONNREFUSED)" });
});

test("a notice by e-mail is marked with whom it reached, and repeated with its Message-ID until then", async () => {
  const mailServer = await startMailServer({ refused: ["ops@example.com", "sec@example.com"] });
  const store = await openTestServer();
  onTestFinished(() => store.close());
  await store.makeKey({ owner: "ann@example.org", expiresAt: inDays(store, 8) });
  store.clock.advance(DAY_MS);
  const first = channelTo(smtpTo(mailServer));
  await aNotifier(store, [first]).run();
  expect(await readNotices(store)).toMatchObject([{ status: "pending", attempts: 1 }]);
  store.clock.advance(60_000);
  const second = channelTo(smtpTo(mailServer), { tellOwners: true });
  await aNotifier(store, [second]).run();
  const [notice] = await readNotices(store);
  expect(notice).toMatchObject({
    status: "sent",
    channel: "email",
    recipients: ["ann@example.org"],
    lastError: "the mail server refused ops@example.com, sec@example.com",
  });
  const [mail] = mailServer.mails;
  expect(headerOf(mail?.source ?? "", "Message-ID")).toBe(`<${notice?.id}@example.com>`);
});
