/** Mails to a real SMTP server. */

import { expect, test } from "vitest";
import { isKeywrightError } from "../core/error.ts";
import { NOTICE_EVENTS, type Notification } from "../core/notification.ts";
import type { Messenger } from "../core/ports.ts";
import { Secret } from "../core/secret.ts";
import { type MailServer, startMailServer } from "../messages/mail-server.fixture.ts";
import { createEmailChannel, type EmailTerms } from "./email.ts";
import { aNotification, anItem } from "./notification.fixture.ts";
import type { OpenedChannel } from "./opened-channel.ts";

const PASSWORD = "hunter2 hunter2";
const clock = { now: () => new Date("2026-11-21T08:00:00Z") };

const channelTo = (
  address: string,
  to = ["ops@example.com", "sec@example.com"],
  terms: Partial<EmailTerms> = {},
): OpenedChannel =>
  createEmailChannel(
    {
      name: "email",
      events: NOTICE_EVENTS,
      readServer: async () => Secret.of(address),
      place: "the file smtp",
      from: "keys@example.com",
      to,
    },
    { clock, ...terms },
  );

const plainTo = ({ port }: MailServer): string => `smtp://localhost:${port}`;

const failureOf = async (channel: Messenger): Promise<string> => {
  try {
    await channel.tell(aNotification());
  } catch (error) {
    if (isKeywrightError(error)) return `${error.code} ${error.message}`;
    throw error;
  }
  return "told";
};

/** Unfolded; encoded words as they are. */
const headerOf = (source: string, name: string): string | undefined =>
  new RegExp(`^${name}: (.*)$`, "im").exec(
    source.split("\r\n\r\n")[0]?.replaceAll(/\r\n[ \t]+/g, " ") ?? "",
  )?.[1];

const mailOf = async (notification: Notification): Promise<string> => {
  const server = await startMailServer();
  await channelTo(plainTo(server)).tell(notification);
  expect(server.mails.map(({ to }) => to)).toEqual([["ops@example.com", "sec@example.com"]]);
  return server.mails[0]?.source ?? "";
};

const bodyOf = (source: string): string =>
  Buffer.from(
    source
      .slice(source.indexOf("\r\n\r\n") + 4)
      .replaceAll(/=\r\n/g, "")
      .replaceAll(/=([0-9A-F]{2})/g, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  ).toString("utf8");

test("a mail says what, where and when, to all of its recipients, and is known by its Message-ID", async () => {
  const source = await mailOf(aNotification({ items: [anItem({ owner: "platform" })], more: 7 }));
  expect(headerOf(source, "Subject")).toBe("acme: drift, 1 finding");
  expect(headerOf(source, "Message-ID")).toBe(`<${"0123456789abcdef".repeat(4)}@example.com>`);
  expect(headerOf(source, "Auto-Submitted")).toBe("auto-generated");
  expect(bodyOf(source).replaceAll("\r\n", "\n").trim()).toBe(`acme: drift, 1 finding

- altered: scanner: not as it was applied: owner
  id key_1, owner platform
  review \`keywright plan\`
… and 7 more

Instance  acme
Store     https://keys.example
Seen      2026-11-21T08:00:00.000Z
Notice    sha256:${"0123456789abcdef".repeat(4)}`);
});

test("A13: line breaks in a title or a message make no header, no recipient and no second mail", async () => {
  const evil = "x\r\nBcc: eve@example.net\r\nX-Evil: 1\r\n\r\n.\r\nMAIL FROM:<eve@example.net>";
  const source = await mailOf(
    aNotification({ title: evil, items: [anItem({ message: evil, hint: evil, id: evil })] }),
  );
  expect(headerOf(source, "Bcc")).toBeUndefined();
  expect(headerOf(source, "X-Evil")).toBeUndefined();
  expect(headerOf(source, "To")).toBe("ops@example.com, sec@example.com");
  expect(bodyOf(source).match(/^(Bcc|MAIL FROM|\.)/gm)).toBeNull();
});

test("a long list is cut with a count, and a long subject is clipped", async () => {
  const items = Array.from({ length: 100 }, (_, index) => anItem({ key: `k${index}`, message: `m${index}` }));
  const source = await mailOf(aNotification({ items, title: "t".repeat(500) }));
  expect(headerOf(source, "Subject")?.length).toBeLessThan(300);
  expect(bodyOf(source)).toContain("… and 50 more");
  expect(bodyOf(source)).not.toContain("- m50");
});

test("credentials go over TLS alone, and a refusal repeats nothing of them", async () => {
  const server = await startMailServer({ password: PASSWORD, tlsFromTheStart: true });
  const address = `smtps://keys:${encodeURIComponent(PASSWORD)}@localhost:${server.port}`;
  const ca = server.certificate;
  expect(await channelTo(address, undefined, { ca }).tell(aNotification())).toEqual({});
  expect(server.mails).toMatchObject([{ isEncrypted: true, user: "keys" }]);
  const wrong = `smtps://keys:hunter3hunter3@localhost:${server.port}`;
  expect(await failureOf(channelTo(wrong, undefined, { ca }))).toBe(
    "NOTICE_UNSENT the mail server refused the credentials (EAUTH, 535)",
  );
});

test("a recipient that is refused is named, one that stands there twice gets one mail, and nobody is a failure", async () => {
  const server = await startMailServer({ refused: ["sec@example.com"] });
  expect(await channelTo(plainTo(server)).tell(aNotification())).toEqual({
    remark: "the mail server refused sec@example.com",
  });
  await channelTo(plainTo(server), ["ops@example.com", "ops@example.com"]).tell(aNotification());
  expect(server.mails.map(({ to }) => to)).toEqual([["ops@example.com"], ["ops@example.com"]]);
  const [shouted, plain] = ["Ops@EXAMPLE.com", "Ops@example.com"];
  expect(await channelTo(plainTo(server), [shouted, plain]).tell(aNotification())).toEqual({});
  expect(server.mails.at(-1)?.to).toEqual([plain]);
  expect(await failureOf(channelTo(plainTo(server), ["sec@example.com"]))).toMatch(
    /^NOTICE_UNSENT .*EENVELOPE/,
  );
});

test("what is no mail server's address is refused without being repeated", async () => {
  const told = await failureOf(channelTo("https://keys:hunter2@mail.example.com"));
  expect(told).toMatch(/in the file smtp is neither smtp:\/\/ nor smtps:\/\//);
  expect(told).not.toContain("hunter2");
  await expect(channelTo("https://mail.example.com").check()).rejects.toThrow("neither smtp://");
  await channelTo("smtps://mail.example.com").check();
});
