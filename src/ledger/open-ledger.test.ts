import { expect, test } from "vitest";
import { openLedger } from "./open-ledger.ts";

test("a driver is opened by its name, and a ledger that is not there yet is empty", async () => {
  const clock = { now: () => new Date("2026-11-21T08:15:00Z") };
  const ledger = await openLedger("file", { directory: "/nonexistent/ledger", instance: "acme-prod", clock });
  expect((await ledger.records()).size).toBe(0);
  await ledger.close();
});
