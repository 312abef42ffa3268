/** Slack and webhooks against a real receiver: what comes, what is tried again, and what no error tells. */

import { createHmac } from "node:crypto";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { isKeywrightError, KeywrightError } from "../core/error.ts";
import { NOTICE_EVENTS } from "../core/notification.ts";
import type { Messenger } from "../core/ports.ts";
import { Secret } from "../core/secret.ts";
import { validatorOf } from "../schema.ts";
import { aNotification, anItem } from "./notification.fixture.ts";
import { openChannel } from "./open-channel.ts";
import type { PostTerms } from "./post.ts";
import { type Received, type Receiver, startReceiver } from "./receiver.fixture.ts";
import { createSlackChannel } from "./slack.ts";
import { createWebhookChannel } from "./webhook.ts";

const PATH = "/services/T0SECRET/B0SECRET/hunter2hunter2";
const SECRET_BYTES = Buffer.from("0123456789abcdef0123456789abcdef");
const SIGNING = `whsec_${SECRET_BYTES.toString("base64")}`;
const TERMS: PostTerms = {
  clock: { now: () => new Date("2026-11-21T08:00:00Z") },
  pausesMs: [1, 1],
  timeLimitMs: 5_000,
};
const PLACE = "the environment variable HOOK";

const slackTo = (address: string, terms: Partial<PostTerms> = {}): Messenger =>
  createSlackChannel(
    { name: "slack", events: NOTICE_EVENTS, readAddress: async () => Secret.of(address), place: PLACE },
    { ...TERMS, ...terms },
  );

const webhookTo = (address: string, secret = SIGNING): Messenger =>
  createWebhookChannel(
    {
      name: "webhook",
      events: NOTICE_EVENTS,
      readAddress: async () => Secret.of(address),
      place: PLACE,
      readSecret: async () => Secret.of(secret),
      secretPlace: "the file hook-secret",
    },
    TERMS,
  );

/** Message and hint of what it throws; never with anything of the address but its host. */
async function failureOf(channel: Messenger, signal?: AbortSignal): Promise<string> {
  try {
    await channel.tell(aNotification(), signal);
  } catch (error) {
    if (!isKeywrightError(error)) throw error;
    const text = `${error.code} ${error.message}${error.hint === undefined ? "" : ` (${error.hint})`}`;
    if (/SECRET|hunter2|whsec_[A-Za-z0-9+/]{3}/.test(text)) return `it tells a secret: ${text}`;
    return text;
  }
  return "told";
}

/** Answers with these statuses, one after the other, and then with 200. */
const statuses = (...list: number[]): RequestListener => {
  const left = [...list];
  return (_request, response) => response.writeHead(left.shift() ?? 200).end("no_service");
};

const textOf = ({ received }: Receiver): string =>
  (JSON.parse(received[0]?.body ?? "{}") as { text?: string }).text ?? "";

test("Slack gets one message, at the address that is a secret", async () => {
  const receiver = await startReceiver();
  expect(await slackTo(`${receiver.origin}${PATH}?x=1`).tell(aNotification())).toEqual({});
  const [one] = receiver.received as [Received];
  expect([one.method, one.path, one.headers["content-type"]]).toEqual([
    "POST",
    `${PATH}?x=1`,
    "application/json",
  ]);
  expect(JSON.parse(one.body)).toEqual({
    text: [
      "*:warning: Drift* · acme",
      "```",
      "altered: scanner: not as it was applied: owner (review 'keywright plan')",
      "store https://keys.example",
      "notice sha256:0123456789ab",
      "```",
    ].join("\n"),
    unfurl_links: false,
    unfurl_media: false,
  });
});

test.each<[string, string, string]>([
  ["a channel mention", "<!channel> @channel @here", "&lt;!channel&gt; @\u2060channel @\u2060here"],
  ["a link", "<https://evil.example|acme>", "&lt;https://evil.example|acme&gt;"],
  ["entities", "a &lt;b&gt; &amp;", "a &amp;lt;b&amp;gt; &amp;amp;"],
  ["the end of the block", "a ``` *b* ```", "a ''' *b* '''"],
  ["lines and escapes", "a\r\nb\u2028c\u001b[31md\u202ee", "a b c [31md e"],
  ["an address", "bob@example.com", "bob@example.com"],
])("G10: in a message for Slack %s is inert", async (_case, text, expected) => {
  const receiver = await startReceiver();
  await slackTo(receiver.origin).tell(aNotification({ items: [{ key: "k", message: text }] }));
  expect(textOf(receiver).split("\n").slice(1, 3)).toEqual(["```", expected]);
  expect(textOf(receiver).match(/```/g)).toHaveLength(2);
});

test("a long list is cut for Slack with a count of what is left, and a long line is clipped", async () => {
  const receiver = await startReceiver();
  const items = Array.from({ length: 100 }, (_, index) =>
    anItem({ key: `k${index}`, message: "🔑".repeat(900) }),
  );
  await slackTo(receiver.origin).tell(aNotification({ items, more: 400 }));
  const text = textOf(receiver);
  expect(text).toContain("\n… and 485 more\n");
  expect(Array.from(text).length).toBeLessThan(4_000);
  expect(text).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/);
});

/** As a receiver does it, after the Standard Webhooks convention. */
function verify({ headers, body }: Received, bytes = SECRET_BYTES): boolean {
  const signed = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.${body}`;
  return headers["webhook-signature"] === `v1,${createHmac("sha256", bytes).update(signed).digest("base64")}`;
}

test("a webhook gets signed JSON by the published schema, and its retries are told by their id", async () => {
  const receiver = await startReceiver(statuses(500));
  await webhookTo(`${receiver.origin}${PATH}`).tell(aNotification());
  expect(receiver.received).toHaveLength(2);
  expect(receiver.received.map((one) => verify(one))).toEqual([true, true]);
  const [one, two] = receiver.received as [Received, Received];
  expect(verify({ ...one, body: `${one.body} ` })).toBe(false);
  expect(verify(one, Buffer.alloc(32))).toBe(false);
  expect([one.headers["webhook-id"], two.headers["webhook-id"]]).toEqual(Array(2).fill(aNotification().id));
  const body: unknown = JSON.parse(one.body);
  expect(body).toEqual(aNotification());
  const validate = validatorOf("Notification");
  expect(validate(body), JSON.stringify(validate.errors)).toBe(true);
});

test.each<[readonly number[], number, string]>([
  [[], 1, "told"],
  [[204], 1, "told"],
  [[503, 429], 3, "told"],
  [[500, 500, 502], 3, "NOTICE_UNSENT the receiver at HOST answered 502: no_service"],
  [[404], 1, "NOTICE_UNSENT the receiver at HOST answered 404: no_service"],
  [[302], 1, "NOTICE_UNSENT the receiver at HOST redirects, which is not followed (302)"],
])("answers of %j are %i tries, and then: %s", async (list, tries, expected) => {
  const receiver = await startReceiver(statuses(...list));
  const told = await failureOf(slackTo(`${receiver.origin}${PATH}`));
  expect(told).toBe(expected.replace("HOST", new URL(receiver.origin).host));
  expect(receiver.received).toHaveLength(tries);
});

test("who asks to be left alone for long hears from the next run, and who says more than a word is not quoted", async () => {
  const receiver = await startReceiver((_request, response) =>
    response.writeHead(429, { "retry-after": "3600" }).end(`<p>${PATH}</p>`),
  );
  expect(await failureOf(slackTo(`${receiver.origin}${PATH}`))).toMatch(/answered 429$/);
  expect(receiver.received).toHaveLength(1);
});

test("a receiver that takes it and then says too much, or does not finish, has taken it", async () => {
  const talkative = await startReceiver((_request, response) =>
    response.writeHead(200).end("x".repeat(100_000)),
  );
  expect(await failureOf(slackTo(talkative.origin))).toBe("told");
  const cut = await startReceiver((request, response) => {
    response.writeHead(200, { "content-length": 10 }).write("x", () => request.socket.destroy());
  });
  expect(await failureOf(slackTo(cut.origin))).toBe("told");
  expect([talkative.received.length, cut.received.length]).toEqual([1, 1]);
  const refusing = await startReceiver((_request, response) =>
    response.writeHead(404).end("x".repeat(100_000)),
  );
  expect(await failureOf(slackTo(refusing.origin))).toMatch(/^NOTICE_UNSENT .*too large/);
});

test("a receiver that is silent is not asked again: it may have heard", async () => {
  const receiver = await startReceiver(() => undefined);
  const told = await failureOf(slackTo(`${receiver.origin}${PATH}`, { timeLimitMs: 100 }));
  expect(told).toMatch(
    /^NOTICE_UNSENT The receiver at 127\.0\.0\.1:\d+ gave no answer within 0\.1 seconds\./,
  );
  expect(receiver.received).toHaveLength(1);
});

test("a receiver that is not there is tried a few times, and told by its host alone", async () => {
  const gone = createServer();
  await new Promise<void>((resolve) => gone.listen(0, "127.0.0.1", resolve));
  const { port } = gone.address() as AddressInfo;
  await new Promise((resolve) => gone.close(resolve));
  const told = await failureOf(slackTo(`http://127.0.0.1:${port}${PATH}`));
  expect(told).toMatch(/^NOTICE_UNSENT The receiver at 127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)/);
  expect(told).not.toMatch(/store/);
});

test("a run that ends does not wait for a receiver", async () => {
  const ending = new AbortController();
  const receiver = await startReceiver(() => ending.abort());
  expect(await failureOf(slackTo(receiver.origin), ending.signal)).toMatch(/before this run had to end/);
  const busy = await startReceiver(statuses(503));
  const later = new AbortController();
  // Asked for once the answer is there, to know how long to wait.
  const clock = { now: () => (later.abort(), new Date()) };
  const slow = slackTo(busy.origin, { pausesMs: [9_000], clock });
  expect(await failureOf(slow, later.signal)).toMatch(/answered 503: no_service$/);
});

test.each<[string, string]>([
  ["http://hooks.example.com/SECRET", "would send notices over http://"],
  ["https://169.254.169.254/SECRET", "points to the link-local address"],
  ["https://[fe80::1]/SECRET", "points to the link-local address"],
  ["https://user:hunter2@hooks.example.com/", "holds a credential"],
  ["hunter2", "is no URL"],
])("G6: nothing is sent to %s", async (address, expected) => {
  for (const channel of [slackTo(address), webhookTo(address)]) {
    expect(await failureOf(channel)).toContain(`what ${PLACE} holds`);
    expect(await failureOf(channel)).toContain(expected);
  }
});

test("a channel that can work is found to be so without a word to anybody", async () => {
  const receiver = await startReceiver();
  const readAddress = async (): Promise<Secret> => Secret.of(receiver.origin);
  const options = { name: "ops", events: NOTICE_EVENTS, readAddress, place: PLACE };
  const signing = { readSecret: async () => Secret.of(SIGNING), secretPlace: "the file hook-secret" };
  await openChannel("slack", options, TERMS).check();
  await openChannel("webhook", { ...options, ...signing }, TERMS).check();
  expect(receiver.received).toEqual([]);
});

test("a secret that is none is refused before anything is sent", async () => {
  const receiver = await startReceiver();
  expect(await failureOf(webhookTo(receiver.origin, "hunter2"))).toContain(
    "what the file hook-secret holds is not",
  );
  expect(receiver.received).toEqual([]);
});

test("a channel whose credential is missing fails as one that is down", async () => {
  const readAddress = (): Promise<Secret> =>
    Promise.reject(new KeywrightError("CREDENTIAL_MISSING", `${PLACE} is not there`, { hint: "set it" }));
  const options = { name: "ops", events: NOTICE_EVENTS, readAddress, place: PLACE };
  const channel = openChannel("slack", options, TERMS);
  expect(channel.name).toBe("ops");
  await expect(channel.check()).rejects.toThrow(`${PLACE} is not there`);
  expect(await failureOf(channel)).toBe(`NOTICE_UNSENT ${PLACE} is not there (set it)`);
});
