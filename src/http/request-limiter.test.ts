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
    await limiter.take();
    instants.push(now());
    limiter.passed();
  }
  return instants;
}

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
  limiter.refused(7_000);
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
  limiter.refused(1_000);
  let isOut = false;
  const taken = limiter.take().then(() => (isOut = true));
  await settled();
  limiter.refused(60_000);
  wake?.();
  await settled();
  expect([at, isOut]).toEqual([1_000, false]);
  wake?.();
  await taken;
  expect(at).toBeGreaterThanOrEqual(60_000);
});

test("each refusal halves the rate, and it comes back as requests pass", async () => {
  const { limiter, now } = aLimiter();
  await send(limiter, now, 500);
  limiter.refused(0);
  limiter.refused(0);
  const slow = await send(limiter, now, 3);
  const gap = (slow[2] ?? 0) - (slow[1] ?? 0);
  expect(gap).toBeGreaterThan(300);
  await send(limiter, now, 300);
  const quick = await send(limiter, now, 2);
  expect((quick[1] ?? 0) - (quick[0] ?? 0)).toBeLessThan(110);
});

test("a wait that is longer than a run may wait is told at once, with its length", async () => {
  const { limiter, now } = aLimiter();
  limiter.refused(3_600_000);
  const error: unknown = await limiter.take().catch((reason: unknown) => reason);
  expect(isKeywrightError(error, "STORE_BUSY")).toBe(true);
  expect(String(error)).toContain("asks to wait 1h");
  expect(now()).toBe(0);
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
