import { queryObjects, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type TestServer, openTestServer } from "../server.fixture.ts";
import { AddressSet } from "./address-set.ts";
import { SYSTEM } from "./audit.ts";
import { replaceAllowlist, validateAllowlist } from "./ip-allowlist.ts";

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer();
});
afterEach(() => server.close());

const MIB = 1024 * 1024;
setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
const readHeap = (): number => {
  collectGarbage();
  return process.memoryUsage().heapUsed;
};
const nthAddress = (n: number): string =>
  n % 2 === 0 ? `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}` : `2001:db8::${n.toString(16)}`;
test("a change by another process on the same database holds for the very next question", async () => {
  const { context } = server;
  const other = await server.openAgain();
  for (let round = 0; round < 3; round += 1) {
    expect(await context.allowlist.admits("192.0.2.1")).toBe(true);
    await replaceAllowlist(other.context, SYSTEM, [{ address: "198.51.100.0/24" }]);
    expect(await context.allowlist.admits("192.0.2.1")).toBe(false);
    expect(await context.allowlist.admits("198.51.100.7")).toBe(true);
    await replaceAllowlist(other.context, SYSTEM, []);
  }
  await other.close();
});

test("without a change the list is read once, whatever else happens in the store", async () => {
  const { context } = server;
  await replaceAllowlist(context, SYSTEM, [{ address: "127.0.0.1" }]);
  expect(await context.allowlist.admits("127.0.0.1")).toBe(true);
  await server.makeKey();
  // Behind the guard's back: it does not look.
  await context.database.deleteFrom("ip_allowlist").execute();
  expect(await context.allowlist.admits("198.51.100.1")).toBe(false);
});

test("an unknown address is admitted by an empty list only", async () => {
  const { context } = server;
  expect(await context.allowlist.admits(undefined)).toBe(true);
  await replaceAllowlist(context, SYSTEM, [{ address: "0.0.0.0/1" }, { address: "128.0.0.0/1" }]);
  expect(await context.allowlist.admits(undefined)).toBe(false);
});

test("a flood of different addresses costs no memory", async () => {
  const { allowlist } = server.context;
  await replaceAllowlist(server.context, SYSTEM, [{ address: "10.0.0.0/9" }, { address: "2001:db8::/120" }]);
  const batch = (first: number) =>
    Promise.all(Array.from({ length: 500 }, async (_, index) => allowlist.admits(nthAddress(first + index))));
  const flood = async (first: number, end: number) => {
    for (let n = first; n < end; n += 500) await batch(n);
  };
  await flood(0, 10_000);
  const before = readHeap();
  await flood(10_000, 110_000);
  expect(readHeap() - before).toBeLessThan(2 * MIB);
});

test("a list that has been replaced is let go, and one that was only validated too", async () => {
  const { allowlist } = server.context;
  for (let n = 0; n < 20; n += 1) {
    const entries = [{ address: "127.0.0.1" }, { address: nthAddress(n) }];
    await replaceAllowlist(server.context, SYSTEM, entries);
    expect(await allowlist.admits("127.0.0.1")).toBe(true);
    validateAllowlist(entries, "192.0.2.1");
  }
  // The guard's own.
  expect(queryObjects(AddressSet)).toBe(1);
});
