import { expect, test } from "vitest";
import { waitUntil } from "./wait-until.ts";

test("a wait ends at once when the clock is put back to before it began, and not for what keeps a clock right", async () => {
  const begun = Date.parse("2026-11-21T08:00:00Z");
  const shown = [begun, begun - 60_001, begun];
  const clock = { now: () => new Date(shown.shift() ?? NaN) };
  const { signal } = new AbortController();
  await waitUntil(clock, new Date(begun + 1e9), signal);
  expect(shown).toEqual([begun]);
  const asked = new AbortController();
  const late = [begun, begun - 60_000];
  const kept = waitUntil({ now: () => new Date(late.shift() ?? NaN) }, new Date(begun + 1e9), asked.signal);
  const first = await Promise.race([kept.then(() => "over"), new Promise(setImmediate).then(() => "waits")]);
  asked.abort();
  await kept;
  expect(first).toBe("waits");
});
