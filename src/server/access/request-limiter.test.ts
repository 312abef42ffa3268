import { expect, test } from "vitest";
import { createMovableClock } from "../server.fixture.ts";
import { RequestLimiter } from "./request-limiter.ts";

const LIMIT = { requests: 3, windowMs: 60_000 };
const takeAll = (limiter: RequestLimiter, client: string, count: number) =>
  Array.from({ length: count }, () => limiter.take(client));

test("a client has its requests in each window, and waits for the end of it", () => {
  const clock = createMovableClock();
  const limiter = new RequestLimiter(LIMIT, clock);
  expect(takeAll(limiter, "a", 4)).toEqual([undefined, undefined, undefined, 60_000]);
  clock.advance(59_999);
  expect(limiter.take("a")).toBe(1);
  clock.advance(1);
  expect(takeAll(limiter, "a", 4)).toEqual([undefined, undefined, undefined, 60_000]);
});

test("one client's requests are nobody else's", () => {
  const limiter = new RequestLimiter(LIMIT, createMovableClock());
  takeAll(limiter, "a", 4);
  expect(limiter.take("b")).toBeUndefined();
});

test("a refused request is not counted: asking again does not make the wait longer", () => {
  const clock = createMovableClock();
  const limiter = new RequestLimiter(LIMIT, clock);
  takeAll(limiter, "a", 100);
  clock.advance(60_000);
  expect(limiter.take("a")).toBeUndefined();
});

test("asking for the wait counts nothing", () => {
  const clock = createMovableClock();
  const limiter = new RequestLimiter(LIMIT, clock);
  expect(limiter.waitMs("a")).toBeUndefined();
  takeAll(limiter, "a", 2);
  for (let asked = 0; asked < 10; asked += 1) expect(limiter.waitMs("a")).toBeUndefined();
  limiter.take("a");
  clock.advance(1000);
  expect(limiter.waitMs("a")).toBe(59_000);
});

test("a flood of clients takes no more than its share of memory", () => {
  const limiter = new RequestLimiter(LIMIT, createMovableClock(), 10);
  for (let client = 0; client < 1000; client += 1) limiter.take(`client ${client}`);
  expect(limiter.clients).toBe(10);
});

test("a clock that is set back makes nobody wait for longer than a window", () => {
  const clock = createMovableClock();
  const limiter = new RequestLimiter(LIMIT, clock);
  takeAll(limiter, "a", 3);
  clock.advance(-3_600_000);
  expect(limiter.take("a")).toBeUndefined();
});
