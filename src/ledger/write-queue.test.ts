import { expect, test } from "vitest";
import type { EffectIntent } from "../core/ledger-event.ts";
import type { LedgerEntry } from "./ledger-line.ts";
import { WriteQueue, type WriteTogether } from "./write-queue.ts";

const anEvent = (name: string): EffectIntent => ({
  type: "intent",
  run: "run-1",
  at: "2026-11-21T08:15:00.000Z",
  effect: "create-key",
  kind: "ApiKey",
  name,
});

const namesOf = (entries: readonly LedgerEntry[]): string[] =>
  entries.map((entry) => (entry.type === "intent" ? entry.name : entry.type));

const refuseWhen = (isRefused: () => boolean) => (): readonly LedgerEntry[] => {
  if (isRefused()) throw new Error("refused");
  return [anEvent("granted")];
};

test("what waits together is written together, notes first; what comes meanwhile is written next", async () => {
  const writes: string[][] = [];
  const queue = new WriteQueue(async (decideAll) => {
    if (writes.length === 0) void queue.request(() => [anEvent("meanwhile")]);
    writes.push(namesOf(decideAll()));
  });
  queue.note(anEvent("noted"));
  await Promise.all([queue.request(() => [anEvent("a")]), queue.request(() => [anEvent("b")])]);
  await queue.inTurn(async () => undefined);
  expect(writes).toEqual([["noted", "a", "b"], ["meanwhile"]]);
});

test("a write that is tried again asks again, and only the last answer counts", async () => {
  let isFirst = true;
  const tryTwice: WriteTogether = async (decideAll) => {
    decideAll();
    isFirst = false;
    return decideAll();
  };
  const queue = new WriteQueue(tryTwice);
  const [late, early] = await Promise.allSettled([
    queue.request(refuseWhen(() => isFirst)),
    queue.request(refuseWhen(() => !isFirst)),
  ]);
  expect([late.status, early.status]).toEqual(["fulfilled", "rejected"]);
});

test("a write that fails rejects all that waited for it, and keeps the notes for the next one", async () => {
  const writes: string[][] = [];
  let isBroken = true;
  const queue = new WriteQueue(async (decideAll) => {
    if (isBroken) throw new Error("broken");
    writes.push(namesOf(decideAll()));
  });
  queue.note(anEvent("noted"));
  const both = await Promise.allSettled([queue.request(() => []), queue.request(() => [anEvent("a")])]);
  expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  isBroken = false;
  await queue.request(() => [anEvent("b")]);
  expect(writes).toEqual([["noted", "b"]]);
  expect(queue.hasNotes).toBe(false);
});
