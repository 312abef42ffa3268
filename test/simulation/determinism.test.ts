/** A schedule is the whole of a trial: nothing else has a say in it. */

import { expect, test } from "vitest";
import { randomSchedule } from "../../src/simulation/random-schedule.ts";
import { runSchedule } from "../../src/simulation/run-schedule.ts";
import type { Schedule } from "../../src/simulation/schedule.ts";

const SEEDS = Array.from({ length: 50 }, (_, seed) => seed);

test("different seeds give different trials", async () => {
  const digests = await Promise.all(
    SEEDS.map(async (seed) => (await runSchedule(randomSchedule(seed))).digest),
  );
  expect(new Set(digests).size).toBe(SEEDS.length);
});

test("trials side by side in one process do not see each other", async () => {
  const alone = await runSchedule(randomSchedule(7));
  const [beside] = await Promise.all([runSchedule(randomSchedule(7)), runSchedule(randomSchedule(8))]);
  expect(beside?.digest).toBe(alone.digest);
});

test("a schedule survives as JSON: the replayed trial is the same", async () => {
  for (const seed of SEEDS.slice(0, 20)) {
    const schedule = randomSchedule(seed);
    const copy = JSON.parse(JSON.stringify(schedule)) as Schedule;
    expect((await runSchedule(copy)).digest).toBe((await runSchedule(schedule)).digest);
  }
});
