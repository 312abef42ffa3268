/** What a slow channel does to what is to be sent after it. */

import { expect, test } from "vitest";
import { MINUTE_MS } from "../core/duration.ts";
import { NOTICE_EVENTS } from "../core/notification.ts";
import { openMemoryLedger } from "../ledger/memory-ledger.ts";
import { tell } from "./tell.ts";

test("nothing is sent any more once others may be at it; the next look sends it", async () => {
  let now = Date.parse("2026-11-21T08:00:00Z");
  const heard: string[] = [];
  const slow = {
    name: "slow",
    events: NOTICE_EVENTS,
    tell: ({ type }: { readonly type: string }) => {
      heard.push(type);
      now += 5 * MINUTE_MS;
      return Promise.resolve({});
    },
  };
  const ledger = openMemoryLedger();
  const ports = { ledger, channels: [slow], clock: { now: () => new Date(now) } };
  const observed = {
    matters: (["drift", "run"] as const).map((family) => ({
      family,
      item: { key: family, message: family },
    })),
    isGone: () => false,
  };
  const [failure, ...others] = await tell(ports, { instance: "acme" }, observed);
  expect(heard).toEqual(["drift-found"]);
  expect(others).toEqual([]);
  expect(failure).toMatchObject({ channel: "slow", notification: { type: "run-failed" } });
  expect(await tell(ports, { instance: "acme" }, observed)).toEqual([]);
  expect(heard).toEqual(["drift-found", "run-failed"]);
  await ledger.close();
});
