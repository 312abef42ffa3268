import { EventEmitter, once } from "node:events";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SYSTEM } from "../domain/audit.ts";
import { change } from "../domain/change.ts";
import { makeToken, makeUser } from "../routes/user.fixture.ts";
import { type TestServer, openTestServer } from "../server.fixture.ts";
import type { Delivery } from "../../messages/delivery.ts";
import { claimNotices } from "./claim-notices.ts";
import { DueSearch } from "./due-search.ts";
import { createLogChannel } from "./log-channel.ts";
import { DAY_MS } from "../../core/duration.ts";
import {
  DAYS,
  FAILED,
  SENT,
  aChannel,
  aLog,
  aNotifier,
  auditedNotices,
  inDays,
  readNotices,
} from "./notices.fixture.ts";

const MINUTE_MS = 60_000;

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer();
});
afterEach(() => server.close());

const makeKeyFor = async (days: number, over: Readonly<Record<string, unknown>> = {}): Promise<string> =>
  (await server.makeKey({ expiresAt: inDays(server, days), ...over })).id;

/** As the domain does it: with its audit entry. */
const changeKey = (id: string, values: Readonly<Record<string, string | null>>): Promise<void> =>
  change(server.context, SYSTEM, async ({ transaction, record }) => {
    await transaction.updateTable("keys").set(values).where("id", "=", id).execute();
    record({ action: "UPDATE", objectType: "API_KEY", objectId: id });
  });

test("A11: a key is told of 30, 7 and 1 days before its expiry, each once, in log and audit log", async () => {
  const log = aLog();
  const notifier = aNotifier(server, [createLogChannel(log)], log);
  const id = await makeKeyFor(40, { name: "Scanner", owner: "team-a" });
  for (let hour = 0; hour <= 42 * 24; hour += 12) {
    await notifier.run();
    await notifier.run();
    server.clock.advance(DAY_MS / 2);
  }
  expect(log.lines.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^API key "Scanner" \(…[0-9A-Za-z]{4}\) expires in 30 days$/),
    expect.stringMatching(/expires in 7 days$/),
    expect.stringMatching(/expires in 1 day$/),
  ]);
  expect(log.lines[1]?.fields).toMatchObject({ objectId: id, owner: "team-a", daysBefore: 7, daysLeft: 7 });
  const notices = await readNotices(server, { objectIds: [id] });
  expect(notices.map(({ daysBefore, status, attempts }) => [daysBefore, status, attempts])).toEqual([
    [1, "sent", 1],
    [7, "sent", 1],
    [30, "sent", 1],
  ]);
  const entries = await auditedNotices(server);
  expect(entries.map((entry) => [entry.actor_type, entry.object_id, entry.details])).toEqual(
    notices.toReversed().map((notice) => [
      "SYSTEM",
      id,
      JSON.stringify({
        channel: "log",
        daysBefore: notice.daysBefore,
        expiresAt: notice.expiresAt,
        notice: notice.id,
      }),
    ]),
  );
});

test("A11: after 40 days of downtime each key is told of once, with the most urgent notice", async () => {
  const channel = aChannel();
  const ids = [await makeKeyFor(40.5), await makeKeyFor(45), await makeKeyFor(60), await makeKeyFor(90)];
  await makeKeyFor(39);
  server.clock.advance(40 * DAY_MS);
  const notifier = aNotifier(server, [channel]);
  await notifier.run();
  await notifier.run();
  expect(channel.messages.map(({ objectId, daysBefore }) => `${objectId} ${daysBefore}`).sort()).toEqual(
    [`${ids[0]} 1`, `${ids[1]} 7`, `${ids[2]} 30`].sort(),
  );
  const superseded = await readNotices(server, { statuses: ["superseded"] });
  expect(superseded.map(({ objectId, daysBefore }) => `${objectId} ${daysBefore}`).sort()).toEqual(
    [`${ids[0]} 30`, `${ids[0]} 7`, `${ids[1]} 30`].sort(),
  );
});

test("A11: there is no notice of a key that was revoked, replaced or never used, and none after its expiry", async () => {
  const channel = aChannel();
  const revoked = await makeKeyFor(8);
  await server.call(`DELETE /v1/keys/${revoked}`);
  await changeKey(await makeKeyFor(8), { retire_at: inDays(server, 20) });
  await changeKey(await makeKeyFor(8), { pending_until: inDays(server, 20) });
  const expired = await makeKeyFor(2);
  server.clock.advance(2 * DAY_MS);
  await aNotifier(server, [channel]).run();
  expect(channel.messages).toEqual([]);
  expect(await readNotices(server, { objectIds: [expired] })).toEqual([]);
});

test("A11: a key that ends, or gets another expiry, while its notice waits is told of no more", async () => {
  const answers: Delivery[] = [FAILED, FAILED, FAILED];
  const channel = aChannel(() => answers.pop() ?? SENT);
  const notifier = aNotifier(server, [channel]);
  const [revoked, moved, replaced] = [await makeKeyFor(8), await makeKeyFor(8), await makeKeyFor(8)];
  server.clock.advance(DAY_MS);
  await notifier.run();
  expect(channel.messages).toHaveLength(3);
  await server.call(`DELETE /v1/keys/${revoked}`);
  await changeKey(moved, { expires_at: inDays(server, 50) });
  await changeKey(replaced, { retire_at: inDays(server, 1) });
  server.clock.advance(5 * MINUTE_MS);
  await notifier.run();
  expect(channel.messages).toHaveLength(3);
  expect((await readNotices(server)).map(({ status }) => status)).toEqual(["dropped", "dropped", "dropped"]);
  server.clock.advance(50 * DAY_MS - 7 * DAY_MS);
  await notifier.run();
  expect(channel.messages.slice(3).map(({ objectId }) => objectId)).toEqual([moved]);
});

test("A11: another expiry gives other notices, and the same one never again", async () => {
  const channel = aChannel();
  const notifier = aNotifier(server, [channel]);
  const id = await makeKeyFor(40);
  const [first, second] = [inDays(server, 40), inDays(server, 37)];
  server.clock.advance(34 * DAY_MS);
  for (const expiry of [first, second, first, second]) {
    await changeKey(id, { expires_at: expiry });
    await notifier.run();
  }
  expect(channel.messages.map(({ expiresAt, daysBefore }) => [expiresAt, daysBefore])).toEqual([
    [first, 7],
    [second, 7],
  ]);
});

test("A11: a personal token is told of with its user as owner, unless the user is disabled", async () => {
  const channel = aChannel();
  const notifier = aNotifier(server, [channel]);
  const ann = await makeUser(server, { email: "ann@example.com" });
  const bob = await makeUser(server, { email: "bob@example.com" });
  for (const user of [ann, bob]) await makeToken(server, user, { name: "CI", expiresAt: inDays(server, 8) });
  await server.call(`PATCH /v1/users/${bob}`, { body: { status: "disabled" } });
  server.clock.advance(DAY_MS);
  await notifier.run();
  expect(channel.messages.map(({ owner }) => owner)).toEqual(["ann@example.com"]);
  expect(channel.messages[0]?.title).toMatch(/^Personal token "CI" /);
  expect((await auditedNotices(server)).map((entry) => entry.object_type)).toEqual(["PERSONAL_API_KEY"]);
  await server.call(`PATCH /v1/users/${bob}`, { body: { status: "active" } });
  await notifier.run();
  expect(channel.messages.map(({ owner }) => owner)).toEqual(["ann@example.com", "bob@example.com"]);
});

test("A11: a threshold that passes, or a key that becomes active, is seen in the next round", async () => {
  const channel = aChannel();
  const notifier = aNotifier(server, [channel]);
  const passing = await makeKeyFor(7 + 10 / (24 * 60));
  await notifier.run();
  const { id: pending } = await server.makeKey({ expiresAt: inDays(server, 7 + 5 / (24 * 60)) }, "pending");
  const told: (readonly string[])[] = [];
  for (const minutes of [6, 3, 1, 1]) {
    server.clock.advance(minutes * MINUTE_MS);
    if (minutes === 3) await server.call(`POST /v1/keys/${pending}/activate`);
    await notifier.run();
    told.push(channel.messages.map(({ objectId }) => objectId));
  }
  expect(told).toEqual([[], [pending], [pending, passing], [pending, passing]]);
});

test("what the audit log does not tell of, such as a repair by hand, is found within the hour", async () => {
  const channel = aChannel();
  const notifier = aNotifier(server, [channel]);
  const id = await makeKeyFor(300);
  server.clock.advance(30 * DAY_MS);
  await notifier.run();
  const expires_at = inDays(server, 5);
  await server.context.database.updateTable("keys").set({ expires_at }).where("id", "=", id).execute();
  for (let minute = 0; minute <= 60; minute += 10) {
    await notifier.run();
    server.clock.advance(10 * MINUTE_MS);
  }
  expect(channel.messages.map(({ objectId }) => objectId)).toEqual([id]);
});

test("a failed attempt is repeated with the same id after growing pauses, and audited once it succeeds", async () => {
  const answers: Delivery[] = [SENT, FAILED, FAILED, FAILED];
  const log = aLog();
  const channel = aChannel(() => answers.pop() ?? SENT);
  const notifier = aNotifier(server, [channel], log);
  await makeKeyFor(8);
  server.clock.advance(DAY_MS);
  const attempts: number[] = [];
  for (let minute = 0; minute < 12; minute += 1) {
    const before = channel.messages.length;
    await notifier.run();
    if (channel.messages.length > before) attempts.push(minute);
    server.clock.advance(MINUTE_MS);
  }
  expect(attempts).toEqual([0, 1, 3, 7]);
  expect(new Set(channel.messages.map(({ id }) => id)).size).toBe(1);
  expect(log.faults.map(({ message }) => message)).toEqual(
    Array(3).fill("a notice of expiry by webhook was not sent and will be tried again: nobody was there"),
  );
  expect(await auditedNotices(server)).toHaveLength(1);
  expect(await readNotices(server)).toMatchObject([{ status: "sent", attempts: 4, lastError: null }]);
});

test("attempts end with the key's expiry, also on a channel that nobody serves any more", async () => {
  const channel = aChannel(() => FAILED);
  await makeKeyFor(2);
  server.clock.advance(DAY_MS);
  await aNotifier(server, [channel]).run();
  expect(await readNotices(server)).toMatchObject([{ status: "pending", lastError: FAILED.reason }]);
  server.clock.advance(DAY_MS);
  await aNotifier(server, []).run();
  expect(await readNotices(server)).toMatchObject([{ status: "dropped" }]);
});

test("A11: when a receiver comes back after weeks it gets the most urgent notice only", async () => {
  let isBack = false;
  const channel = aChannel(() => (isBack ? SENT : FAILED));
  const notifier = aNotifier(server, [channel]);
  await makeKeyFor(31);
  for (let day = 0; day < 25; day += 1) {
    server.clock.advance(DAY_MS);
    await notifier.run();
  }
  isBack = true;
  server.clock.advance(DAY_MS);
  await notifier.run();
  const notices = await readNotices(server);
  expect(notices.map(({ daysBefore, status }) => [daysBefore, status])).toEqual([
    [7, "sent"],
    [30, "superseded"],
  ]);
  expect(channel.messages.at(-1)).toMatchObject({ daysBefore: 7, daysLeft: 5 });
});

test("a dead receiver gets one batch in each round, and a living one gets all", async () => {
  for (let number = 0; number < 7; number += 1) await makeKeyFor(8);
  server.clock.advance(DAY_MS);
  const dead = aChannel(() => FAILED, { concurrency: 2 });
  const living = aChannel(() => SENT, { name: "email", concurrency: 2 });
  await aNotifier(server, [dead, living]).run();
  expect([dead.messages.length, living.messages.length]).toEqual([2, 7]);
});

test("a process that dies between claim and mark: after the claim another one sends, with the same id", async () => {
  await makeKeyFor(8);
  server.clock.advance(DAY_MS);
  const terms = { daysBefore: DAYS, channels: ["webhook"] } as const;
  await new DueSearch(server.context, terms).run(new AbortController().signal);
  const dying = await server.openAgain();
  const abandoned = await claimNotices(dying.context, "webhook", 8);
  await dying.close();
  expect(abandoned.notices).toHaveLength(1);
  const channel = aChannel();
  const notifier = aNotifier(server, [channel]);
  server.clock.advance(MINUTE_MS);
  await notifier.run();
  expect(channel.messages).toEqual([]);
  server.clock.advance(MINUTE_MS);
  await notifier.run();
  expect(channel.messages.map(({ id }) => id)).toEqual(abandoned.notices.map(({ message }) => message.id));
  expect(await auditedNotices(server)).toHaveLength(1);
});

test("A11: two servers on one database tell of each key once", async () => {
  const ids = await Promise.all(Array.from({ length: 40 }, () => makeKeyFor(8)));
  server.clock.advance(DAY_MS);
  const other = await server.openAgain();
  const [mine, theirs] = [aChannel(), aChannel()];
  const notifiers = [aNotifier(server, [mine]), aNotifier(other, [theirs])];
  await Promise.all(notifiers.map((notifier) => notifier.run()));
  await Promise.all(notifiers.map((notifier) => notifier.run()));
  const told = [...mine.messages, ...theirs.messages].map(({ objectId }) => objectId);
  await other.close();
  expect(told.toSorted()).toEqual(ids.toSorted());
  expect(await auditedNotices(server)).toHaveLength(40);
});

test("more keys than a page hold, many of them with one expiry, are all told of once", async () => {
  const id = await makeKeyFor(8);
  const { database } = server.context;
  const row = await database.selectFrom("keys").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
  const rows = Array.from({ length: 1200 }, (_, number) => {
    const hex = number.toString(16).padStart(4, "0");
    const digest = `${row.digest.slice(4)}${hex}`;
    return {
      ...row,
      id: `${id}${hex}`,
      cid: `ak${hex}`,
      number: 1000 + number,
      digest,
      idempotency_key: hex,
    };
  });
  for (let at = 0; at < rows.length; at += 300) {
    await database
      .insertInto("keys")
      .values(rows.slice(at, at + 300))
      .execute();
  }
  server.clock.advance(DAY_MS);
  const channel = aChannel(() => SENT, { name: "log", concurrency: 100 });
  const notifier = aNotifier(server, [channel]);
  await notifier.run();
  await notifier.run();
  expect(channel.messages).toHaveLength(1201);
  expect(new Set(channel.messages.map(({ objectId }) => objectId)).size).toBe(1201);
});

test("a name from elsewhere stays inside one line, and a key in it is not told", async () => {
  const log = aLog();
  const { id, secret } = await server.makeKey({ expiresAt: inDays(server, 8) });
  await changeKey(id, { name: `a\r\nBcc: eve@example.com\u2028\u001b[2J ${secret.reveal()}` });
  server.clock.advance(DAY_MS);
  await aNotifier(server, [createLogChannel(log)]).run();
  expect(log.lines.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^API key "a Bcc: eve@example\.com \[2J \[redacted\]" \(…/),
  ]);
  expect(JSON.stringify(log.lines)).not.toContain(secret.reveal());
});

// ── Scheduling ───────────────────────────────────────────────────────────────────────────────────────────

/** A send that ends when it is told to, or when it is aborted. */
function aSlowChannel() {
  const events = new EventEmitter();
  const begun = once(events, "begun");
  const channel = aChannel(async (_message, signal) => {
    const done = once(events, "done") as Promise<[Delivery]>;
    signal.addEventListener("abort", () => events.emit("done", { sent: false, reason: "aborted" }));
    events.emit("begun");
    return (await done)[0];
  });
  return { channel, begun, finish: () => events.emit("done", SENT) };
}

test("rounds follow one another and never overlap", async () => {
  const { channel, begun, finish } = aSlowChannel();
  const notifier = aNotifier(server, [channel]);
  await makeKeyFor(8);
  server.clock.advance(DAY_MS);
  notifier.start(1);
  await begun;
  await makeKeyFor(7.0001);
  server.clock.advance(DAY_MS);
  for (let number = 0; number < 20; number += 1) await readNotices(server);
  expect(channel.messages).toHaveLength(1);
  expect(notifier.run()).toBe(notifier.run());
  finish();
  await vi.waitFor(() => expect(channel.messages).toHaveLength(2), { timeout: 20_000, interval: 1 });
  finish();
  await notifier.close();
});

test("the end waits for what is being sent and begins nothing more", async () => {
  const { channel, begun, finish } = aSlowChannel();
  const notifier = aNotifier(server, [{ ...channel, concurrency: 1 }]);
  await makeKeyFor(8);
  await makeKeyFor(8);
  server.clock.advance(DAY_MS);
  notifier.start();
  await begun;
  const closed = notifier.close();
  finish();
  await closed;
  await notifier.run();
  expect((await readNotices(server)).map(({ status }) => status).sort()).toEqual(["pending", "sent"]);
  expect(channel.messages).toHaveLength(1);
});

test("what does not end in time is given up at the end, and is repeated after the next start", async () => {
  const { channel, begun } = aSlowChannel();
  const notifier = aNotifier(server, [channel]);
  await makeKeyFor(8);
  server.clock.advance(DAY_MS);
  notifier.start();
  await begun;
  await notifier.close(1);
  expect(await readNotices(server)).toMatchObject([{ status: "pending", lastError: "aborted" }]);
  const next = aChannel();
  server.clock.advance(MINUTE_MS);
  await aNotifier(server, [next]).run();
  expect(next.messages.map(({ id }) => id)).toEqual(channel.messages.map(({ id }) => id));
});

test("a round that fails is told to the log, and the next one goes on", async () => {
  const log = aLog();
  const other = await server.openAgain();
  const notifier = aNotifier(other, [aChannel()], log);
  await other.close();
  await notifier.run();
  await notifier.run();
  expect(log.faults.length).toBeGreaterThan(1);
  expect(log.faults[0]?.message).toBe("notices of expiry could not be handled; they will be tried again");
});
