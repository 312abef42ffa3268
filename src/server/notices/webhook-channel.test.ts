import { createHmac } from "node:crypto";
import { type IncomingHttpHeaders, type RequestListener, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { Secret } from "../../core/secret.ts";
import { createMovableClock, openTestServer } from "../server.fixture.ts";
import { aLog, aMessage, aNotifier, auditedNotices, inDays, readNotices } from "./notices.fixture.ts";
import { DAY_MS } from "../../core/duration.ts";
import { createWebhookChannel } from "./webhook-channel.ts";

const SECRET_BYTES = Buffer.from("0123456789abcdef0123456789abcdef");
const SECRET = Secret.of(`whsec_${SECRET_BYTES.toString("base64")}`);
const NEVER = new AbortController().signal;

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly path: string | undefined;
  readonly body: string;
}

/** A receiver on loopback that remembers what came, whole; ended with the test. */
async function startReceiver(answer: RequestListener): Promise<{ url: URL; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (part: string) => (body += part));
    request.on("end", () => {
      received.push({ headers: request.headers, path: request.url, body });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const { port } = server.address() as AddressInfo;
  return { url: new URL(`http://127.0.0.1:${port}/hooks?team=a`), received };
}

const channelTo = (url: URL, timeLimitMs?: number, clock = createMovableClock()) =>
  createWebhookChannel({ url, secret: SECRET }, clock, timeLimitMs);

/** As a receiver does it, after the Standard Webhooks convention. */
function verify({ headers, body }: Received, bytes = SECRET_BYTES): boolean {
  const signed = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.${body}`;
  return headers["webhook-signature"] === `v1,${createHmac("sha256", bytes).update(signed).digest("base64")}`;
}

test("a webhook is one signed JSON POST that says which key, and never a secret", async () => {
  const { url, received } = await startReceiver((_request, response) => response.writeHead(204).end());
  const message = aMessage({ owner: "team-a" });
  expect(await channelTo(url).send(message, NEVER)).toEqual({ sent: true });
  const [one] = received as [Received];
  expect(received).toHaveLength(1);
  expect(verify(one)).toBe(true);
  expect(verify({ ...one, body: `${one.body} ` })).toBe(false);
  expect(verify(one, Buffer.alloc(32))).toBe(false);
  expect([one.path, one.headers["content-type"], one.headers["webhook-id"]]).toEqual([
    "/hooks?team=a",
    "application/json",
    message.id,
  ]);
  expect(one.headers["webhook-timestamp"]).toBe(String(Date.parse("2026-11-21T08:00:00Z") / 1000));
  expect(JSON.parse(one.body)).toEqual({
    type: "api_key.expiring",
    timestamp: message.dueAt,
    data: {
      id: message.objectId,
      name: "Scanner",
      last4: "ab12",
      owner: "team-a",
      expiresAt: message.expiresAt,
      daysBefore: 7,
      daysLeft: 7,
      storeId: message.storeId,
    },
  });
});

test.each([200, 201, 299])("an answer of %i is success", async (status) => {
  const { url } = await startReceiver((_request, response) => response.writeHead(status).end("thanks"));
  expect(await channelTo(url).send(aMessage(), NEVER)).toEqual({ sent: true });
});

test.each([400, 404, 410, 429, 500, 503])("an answer of %i is a failure", async (status) => {
  const { url } = await startReceiver((_request, response) => response.writeHead(status).end("no"));
  expect(await channelTo(url).send(aMessage(), NEVER)).toEqual({
    sent: false,
    reason: `the receiver answered ${status}`,
  });
});

test.each([301, 302, 303, 307, 308])("a redirect with %i is not followed", async (status) => {
  const { url, received } = await startReceiver((_request, response) =>
    response.writeHead(status, { location: "/elsewhere" }).end(),
  );
  expect(await channelTo(url).send(aMessage(), NEVER)).toEqual({
    sent: false,
    reason: `the receiver redirects, which is not followed (${status})`,
  });
  expect(received.map(({ path }) => path)).toEqual(["/hooks?team=a"]);
});

test("a receiver that hangs is given up after the time limit", async () => {
  const { url, received } = await startReceiver(() => undefined);
  expect(await channelTo(url, 100).send(aMessage(), NEVER)).toEqual({
    sent: false,
    reason: "the receiver did not answer within 100 ms",
  });
  expect(received).toHaveLength(1);
});

test("a receiver that answers without an end cannot hold the server up", async () => {
  const { url } = await startReceiver((_request, response) => void response.writeHead(200).write("…"));
  expect(await channelTo(url, 5_000).send(aMessage(), NEVER)).toEqual({ sent: true });
});

test("a receiver that is not there is a failure, and the reason names no path", async () => {
  const gone = createServer();
  await new Promise<void>((resolve) => gone.listen(0, "127.0.0.1", resolve));
  const { port } = gone.address() as AddressInfo;
  await new Promise((resolve) => gone.close(resolve));
  const url = new URL(`http://127.0.0.1:${port}/secret-path`);
  expect(await channelTo(url).send(aMessage(), NEVER)).toEqual({
    sent: false,
    reason: "the receiver cannot be reached (ECONNREFUSED)",
  });
});

test("an attempt ends when the server ends", async () => {
  const ending = new AbortController();
  const { url } = await startReceiver(() => ending.abort());
  expect(await channelTo(url).send(aMessage(), ending.signal)).toEqual({
    sent: false,
    reason: "the server ended during the attempt",
  });
});

test("after a 500 the same notice comes again with the same id and a signature of its own time", async () => {
  const server = await openTestServer();
  onTestFinished(() => server.close());
  const statuses = [200, 500];
  const { url, received } = await startReceiver((_request, response) =>
    response.writeHead(statuses.pop() ?? 200).end(),
  );
  const channel = createWebhookChannel({ url, secret: SECRET }, server.clock);
  const log = aLog();
  const notifier = aNotifier(server, [channel], log);
  const { id } = await server.makeKey({ name: "Schlüssel 鍵", expiresAt: inDays(server, 8) });
  server.clock.advance(DAY_MS);
  await notifier.run();
  expect(await readNotices(server)).toMatchObject([
    { status: "pending", lastError: "the receiver answered 500" },
  ]);
  server.clock.advance(60_000);
  await notifier.run();
  await notifier.run();
  expect(received).toHaveLength(2);
  expect(received.every((one) => verify(one))).toBe(true);
  const [first, second] = received.map(({ headers }) => headers);
  expect(first?.["webhook-id"]).toBe(second?.["webhook-id"]);
  expect(Number(second?.["webhook-timestamp"]) - Number(first?.["webhook-timestamp"])).toBe(60);
  expect(received.map(({ body }) => (JSON.parse(body) as { data: object }).data)).toEqual(
    Array(2).fill(expect.objectContaining({ id, name: "Schlüssel 鍵" })),
  );
  expect(await readNotices(server)).toMatchObject([{ status: "sent", attempts: 2, recipients: [] }]);
  expect((await auditedNotices(server)).map(({ object_id }) => object_id)).toEqual([id]);
});
