import { setImmediate as nextRound } from "node:timers/promises";
import { expect, test } from "vitest";
import type { ChangeFeed } from "../database/opened-database.ts";
import { type ChangeListener, ChangeWatcher } from "./change-watcher.ts";
import type { Kysely } from "kysely";
import type { Tables } from "../database/tables.ts";

/** A feed that counts its questions; its watcher always finds too many changes to read them. */
function watch(sequenceOf: (number: number) => number | Promise<number>) {
  const state = { asked: 0, number: 1, told: 0 };
  const feed: ChangeFeed = {
    sequence: () => {
      state.asked += 1;
      return sequenceOf(state.number);
    },
    noteOwnChange: () => undefined,
  };
  const listener: ChangeListener = () => {
    state.told += 1;
  };
  const watcher = new ChangeWatcher({} as Kysely<Tables>, feed);
  watcher.listen(listener);
  return { watcher, state };
}

const far = (number: number) => number * 1000;

test("requests that arrive at once share one question, and what they do at once asks no more", async () => {
  const { watcher, state } = watch(far);
  await watcher.refresh();
  state.asked = 0;
  const serve = async () => {
    await watcher.refreshTogether();
    expect(watcher.refresh()).toBeUndefined();
    await Promise.resolve();
    expect(watcher.refresh()).toBeUndefined();
  };
  await Promise.all([serve(), serve(), serve()]);
  expect(state.asked).toBe(1);
});

test("the question comes after the last of those who share it", async () => {
  const { watcher, state } = watch(far);
  await watcher.refresh();
  const first = watcher.refreshTogether();
  state.number += 1;
  const second = watcher.refreshTogether();
  await Promise.all([first, second]);
  expect(state.told).toBe(2);
});

test("what arrives in the next round is asked for anew", async () => {
  const { watcher, state } = watch(far);
  await watcher.refresh();
  await watcher.refreshTogether();
  await nextRound();
  state.number += 1;
  await watcher.refresh();
  expect(state.told).toBe(2);
  state.number += 1;
  await watcher.refreshTogether();
  expect(state.told).toBe(3);
});

test("a change of our own ends the answer's time at once", async () => {
  const { watcher, state } = watch(far);
  await watcher.refresh();
  await watcher.refreshTogether();
  state.number += 1;
  watcher.noteOwnChange();
  await watcher.refresh();
  expect(state.told).toBe(2);
});

test("an answer that had to be waited for is good for those who waited, and for nobody later", async () => {
  const { watcher, state } = watch(async (number) => far(number));
  await watcher.refreshTogether();
  expect([state.told, watcher.refresh()]).toEqual([1, undefined]);
  await nextRound();
  state.number += 1;
  await watcher.refresh();
  expect(state.told).toBe(2);
});

test("a change of our own while the answer is waited for ends its time before it begins", async () => {
  const answers: ((sequence: number) => void)[] = [];
  const asked = new Promise<number>((resolve) => {
    answers.push(resolve);
  });
  const { watcher, state } = watch((number) => (number === 1 ? asked : far(number)));
  const together = watcher.refreshTogether();
  await nextRound();
  state.number += 1;
  watcher.noteOwnChange();
  answers[0]?.(far(1));
  await together;
  await watcher.refresh();
  expect(state.told).toBe(2);
});

test("a question that fails is told to all who share it, and not remembered", async () => {
  let isBroken = true;
  const { watcher } = watch((number) => {
    if (isBroken) throw new Error("the database is gone");
    return far(number);
  });
  const all = await Promise.allSettled([watcher.refreshTogether(), watcher.refreshTogether()]);
  expect(all.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  isBroken = false;
  await expect(watcher.refreshTogether()).resolves.toBeUndefined();
});
