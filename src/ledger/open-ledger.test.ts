import { expect, test } from "vitest";
import { openLedger } from "./open-ledger.ts";

test("a driver is opened by its name, and a ledger that is not there yet is empty", async () => {
  const clock = { now: () => new Date("2026-11-21T08:15:00Z") };
  const parts = {
    instance: "acme-prod",
    clock,
    random: { bytes: (length: number) => new Uint8Array(length) },
    environment: {},
    readUrl: () => Promise.reject(new Error("a file has no address")),
  };
  const ledger = await openLedger({ driver: "file", directory: "/nonexistent/ledger" }, parts);
  expect((await ledger.records()).size).toBe(0);
  await ledger.close();
});
