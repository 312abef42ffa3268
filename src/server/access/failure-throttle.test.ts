import { expect, test } from "vitest";
import { RANDOM, createMovableClock } from "../server.fixture.ts";
import { clientNetwork } from "./client-network.ts";
import { FailureThrottle } from "./failure-throttle.ts";

const ADDRESS = "192.0.2.1";

function aThrottle() {
  const clock = createMovableClock();
  const throttle = new FailureThrottle(clock, RANDOM);
  const fail = (address: string, times: number): void => {
    for (let tried = 0; tried < times; tried += 1) throttle.noteFailure(address, `bad ${tried}`);
  };
  return { throttle, clock, fail };
}

test("A4: after 30 failures within a minute a client waits for the rest of it", () => {
  const { throttle, clock, fail } = aThrottle();
  fail(ADDRESS, 29);
  expect(throttle.waitSeconds(ADDRESS, "any")).toBeUndefined();
  clock.advance(10_500);
  fail(ADDRESS, 1);
  expect(throttle.waitSeconds(ADDRESS, "any")).toBe(50);
  clock.advance(49_400);
  expect(throttle.waitSeconds(ADDRESS, "any")).toBe(1);
  clock.advance(100);
  expect(throttle.waitSeconds(ADDRESS, "any")).toBeUndefined();
});

test("A4: another client does not wait", () => {
  const { throttle, fail } = aThrottle();
  fail(ADDRESS, 40);
  expect(throttle.waitSeconds("192.0.2.2", "any")).toBeUndefined();
});

test("A4: a credential that was good passes behind an address that waits, until it fails", () => {
  const { throttle, fail } = aThrottle();
  throttle.noteSuccess("good");
  fail(ADDRESS, 40);
  expect(throttle.waitSeconds(ADDRESS, "good")).toBeUndefined();
  throttle.noteFailure(ADDRESS, "good");
  expect(throttle.waitSeconds(ADDRESS, "good")).toBe(60);
});

test("A4: a clock that is set back makes nobody wait for longer than a minute", () => {
  const { throttle, clock, fail } = aThrottle();
  fail(ADDRESS, 40);
  clock.advance(-3_600_000);
  expect(throttle.waitSeconds(ADDRESS, "any")).toBeUndefined();
});

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:1:2::1", "2001:db8:1:2::/64"],
  ["2001:DB8:0001:2::", "2001:db8:1:2::/64"],
  ["::1", "::/64"],
  ["fe80::1%eth0", "fe80::/64"],
  ["unknown", "unknown"],
  ["1.2.3.4, 5.6.7.8", "unknown"],
])("A4: %s counts as the client %s", (address, client) => {
  expect(clientNetwork(address)).toBe(client);
});

test("A4: failures from a million addresses take a bounded memory", () => {
  const { throttle } = aThrottle();
  for (let number = 0; number < 1_000_000; number += 1) {
    throttle.noteFailure(`10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`, "bad");
  }
  expect(throttle.size.clients).toBeLessThanOrEqual(50_000);
});

test("A4: of many good credentials those used last are remembered", () => {
  const { throttle, fail } = aThrottle();
  for (let number = 0; number < 100_000; number += 1) {
    throttle.noteSuccess(`good ${number}`);
    throttle.noteSuccess("used all the time");
  }
  expect(throttle.size.good).toBeLessThanOrEqual(20_000);
  fail(ADDRESS, 40);
  expect(throttle.waitSeconds(ADDRESS, "used all the time")).toBeUndefined();
  expect(throttle.waitSeconds(ADDRESS, "good 99999")).toBeUndefined();
  expect(throttle.waitSeconds(ADDRESS, "good 0")).toBe(60);
});
