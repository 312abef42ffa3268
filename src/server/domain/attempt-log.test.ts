import { expect, test } from "vitest";
import { createMovableClock } from "../server.fixture.ts";
import { type Attempt, AttemptLog } from "./attempt-log.ts";
import type { AuditRecord } from "./audit.ts";

const UNKNOWN: Attempt = { valid: false, reason: "unknown" };

function aLog() {
  const log = new AttemptLog();
  const clock = createMovableClock();
  const written: AuditRecord[] = [];
  const note = (ipAddress = "192.0.2.1", attempt: Attempt = UNKNOWN): void =>
    log.note("authentication", attempt, { type: "ANONYMOUS", id: null, ipAddress }, clock.now());
  const flush = (scope: "due" | "all" = "due"): Promise<void> =>
    log.flush(clock.now(), scope === "all", async (records) => void written.push(...records));
  const counts = (): unknown[] => written.map(({ details }) => details?.["count"]);
  return { log, clock, written, note, flush, counts };
}

test("A13: the first failure of a minute is written soon, the rest of them once the minute is over", async () => {
  const { note, flush, clock, counts, written } = aLog();
  note();
  await flush();
  for (let tried = 0; tried < 1000; tried += 1) note();
  await flush();
  expect(counts()).toEqual([1]);
  clock.advance(60_000);
  await flush();
  await flush();
  expect(counts()).toEqual([1, 1000]);
  expect(written[1]).toMatchObject({
    action: "AUTHENTICATION_FAILED",
    objectType: "API_KEY",
    objectId: "unknown",
    actor: { type: "ANONYMOUS", id: null, ipAddress: "192.0.2.1" },
    details: { reason: "unknown", first: "2026-11-21T08:00:00.000Z" },
  });
});

test("A13: address, reason and credential are told apart; what succeeds is not gathered", async () => {
  const { note, flush, written } = aLog();
  const credential = { type: "PERSONAL_API_KEY", id: "pat_1" } as const;
  note();
  note("192.0.2.2");
  note("192.0.2.2", { valid: false, reason: "revoked", credential });
  note("192.0.2.2", { valid: true });
  await flush("all");
  expect(
    written.map(({ actor, objectId, details }) => [actor.ipAddress, objectId, details?.["reason"]]),
  ).toEqual([
    ["192.0.2.1", "unknown", "unknown"],
    ["192.0.2.2", "unknown", "unknown"],
    ["192.0.2.2", "pat_1", "revoked"],
  ]);
});

test("A13: a flood from everywhere becomes a bounded number of entries that still count all of it", async () => {
  const { note, flush, written, log, clock } = aLog();
  for (let number = 0; number < 100_000; number += 1) note(`10.0.${number >> 8}.${number & 255}`);
  await flush();
  clock.advance(60_000);
  await flush();
  expect(written.length).toBeLessThanOrEqual(102);
  const total = written.reduce((sum, { details }) => sum + Number(details?.["count"]), 0);
  expect([total, log.counts.get("authentication unknown")]).toEqual([100_000, 100_000]);
});

test("A13: what could not be written is written later, once", async () => {
  const { note, log, flush, clock, counts } = aLog();
  note();
  const failing = log.flush(clock.now(), true, () => Promise.reject(new Error("the disk is full")));
  await expect(failing).rejects.toThrow("the disk is full");
  note();
  await Promise.all([flush("all"), flush("all")]);
  expect(counts()).toEqual([2]);
});
