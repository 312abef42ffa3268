import { expect, test } from "vitest";
import { isKeywrightError } from "../core/error.ts";
import { createRequestLimiter, type LimiterOptions, type RequestLimiter } from "./request-limiter.ts";

/** A limiter on a clock that moves by sleeping alone. */
function aLimiter(options: Partial<LimiterOptions> = {}): {
  readonly limiter: RequestLimiter;
  readonly now: () => number;
} {
  let at = 0;
  const limiter = createRequestLimiter({
    perMinute: 600,
    burst: 10,
    longestWaitMs: 60_000,
    now: () => at,
    sleep: async (ms) => {
      at += ms;
    },
    ...options,
  });
  return { limiter, now: () => at };
}

/** Sends `count` requests that all pass, and gives the instants at which they went out. */
async function send(limiter: RequestLimiter, now: () => number, count: number): Promise<number[]> {
  const instants: number[] = [];
  for (let sent = 0; sent < count; sent += 1) {
    const turn = await limiter.take();
    instants.push(now());
    turn.passed();
  }
  return instants;
}

/** Lets one request go out that is refused. */
const refuse = async (limiter: RequestLimiter, waitMs: number): Promise<void> =>
  (await limiter.take()).refused(waitMs);

/** Lets what is settled settle. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("a few requests after a rest wait for nothing", async () => {
  const { limiter, now } = aLimiter();
  expect(await send(limiter, now, 10)).toEqual(Array<number>(10).fill(0));
});

test("in no minute more go out than allowed and the burst", async () => {
  const { limiter, now } = aLimiter();
  const instants = await send(limiter, now, 3_000);
  for (const [index, instant] of instants.entries()) {
    const within = instants.slice(index).filter((other) => other < instant + 60_000).length;
    expect(within).toBeLessThanOrEqual(611);
  }
});

test("it begins gently, and a thousand requests take hardly longer than the limit's arithmetic", async () => {
  const { limiter, now } = aLimiter();
  const instants = await send(limiter, now, 1_000);
  const [early = 0, next = 0] = instants.slice(11);
  expect(next - early).toBeGreaterThan(300);
  expect(now() / 60_000).toBeLessThan((1_000 / 600) * 1.15);
});

test("after a refusal nothing goes out before the time that the store named, to the millisecond", async () => {
  const { limiter, now } = aLimiter();
  await send(limiter, now, 3);
  await refuse(limiter, 7_000);
  const [after = 0] = await send(limiter, now, 1);
  expect(after).toBeGreaterThanOrEqual(7_000);
});

test("a refusal that comes while others wait holds them back as well", async () => {
  let at = 0;
  let wake: (() => void) | undefined;
  const sleep = (ms: number): Promise<void> =>
    new Promise((done) => {
      wake = () => {
        at += ms;
        done();
      };
    });
  const { limiter } = aLimiter({ now: () => at, sleep });
  const late = await limiter.take();
  await refuse(limiter, 1_000);
  let isOut = false;
  const taken = limiter.take().then(() => (isOut = true));
  await settled();
  late.refused(59_000);
  wake?.();
  await settled();
  expect([at, isOut]).toEqual([1_000, false]);
  wake?.();
  await taken;
  expect(at).toBeGreaterThanOrEqual(59_000);
});

/** Milliseconds between two requests, at the rate that there is now. */
async function gapNow(limiter: RequestLimiter, now: () => number): Promise<number> {
  const [, before = 0, after = 0] = await send(limiter, now, 3);
  return after - before;
}

test("each refusal halves the rate, and it comes back as requests pass", async () => {
  const { limiter, now } = aLimiter();
  await send(limiter, now, 500);
  await refuse(limiter, 0);
  await refuse(limiter, 0);
  expect(await gapNow(limiter, now)).toBeGreaterThan(300);
  await send(limiter, now, 300);
  expect(await gapNow(limiter, now)).toBeLessThan(110);
});

test("requests that were under way together are one lesson: eight refusals halve the rate once", async () => {
  const { limiter, now } = aLimiter();
  await send(limiter, now, 500);
  const turns = [];
  for (let sent = 0; sent < 8; sent += 1) turns.push(await limiter.take());
  for (const turn of turns) turn.refused(0);
  const gap = await gapNow(limiter, now);
  expect(gap).toBeGreaterThan(180);
  expect(gap).toBeLessThan(210);
});

test("a creation of a thousand keys within 1000 requests a minute: at most 1.1 times the arithmetic of that limit", async () => {
  const { limiter, now } = aLimiter({ perMinute: 950, burst: 40 });
  const requests = 2_600;
  await send(limiter, now, requests);
  expect(now() / 60_000).toBeLessThan((requests / 1_000) * 1.1);
});

test("without a rate requests go out as they come, and wait after a refusal as long as it asks", async () => {
  const { limiter, now } = aLimiter({ perMinute: Infinity, burst: 1 });
  expect((await send(limiter, now, 500)).at(-1)).toBe(0);
  await refuse(limiter, 7_000);
  expect(await send(limiter, now, 3)).toEqual([7_000, 7_000, 7_000]);
});

test("a wait that is longer than a run may wait is told at once, with its length", async () => {
  const { limiter, now } = aLimiter();
  await refuse(limiter, 3_600_000);
  const error: unknown = await limiter.take().catch((reason: unknown) => reason);
  expect(isKeywrightError(error, "STORE_BUSY")).toBe(true);
  expect(String(error)).toContain("asks to wait 1h");
  expect(now()).toBe(0);
});

test("many short waits without an answer between them are no better than a long one", async () => {
  const { limiter, now } = aLimiter();
  for (let refusals = 0; refusals < 3; refusals += 1) await refuse(limiter, 25_000);
  const error: unknown = await limiter.take().catch((reason: unknown) => reason);
  expect(isKeywrightError(error, "STORE_BUSY")).toBe(true);
  expect(now()).toBeLessThan(60_000);
});

test("an answer between them makes each wait count for itself", async () => {
  const { limiter, now } = aLimiter();
  for (let rounds = 0; rounds < 5; rounds += 1) {
    await refuse(limiter, 50_000);
    await send(limiter, now, 1);
  }
  expect(now()).toBeGreaterThanOrEqual(250_000);
});

test("who has been told to end does not begin to wait", async () => {
  const { limiter } = aLimiter();
  const error: unknown = await limiter.take(AbortSignal.abort()).catch((reason: unknown) => reason);
  expect(isKeywrightError(error, "INTERRUPTED")).toBe(true);
});

test("who waits is woken by the end of the run", async () => {
  const limiter = createRequestLimiter({ perMinute: 1, burst: 1, longestWaitMs: 60_000 });
  await limiter.take();
  const ending = new AbortController();
  const waiting = limiter.take(ending.signal).catch((reason: unknown) => reason);
  ending.abort();
  expect(isKeywrightError(await waiting, "INTERRUPTED")).toBe(true);
});

test("requests go out in the order in which they were asked for", async () => {
  const { limiter } = aLimiter({ burst: 1 });
  const order: number[] = [];
  await Promise.all(
    [1, 2, 3, 4].map(async (number) => {
      await limiter.take();
      order.push(number);
    }),
  );
  expect(order).toEqual([1, 2, 3, 4]);
});
