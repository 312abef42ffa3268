/** Runs in a worker thread: carries out schedules as its parent asks, and tells what they broke. */

import { createHash } from "node:crypto";
import { parentPort } from "node:worker_threads";
import { singleFaults, undisturbed } from "../../src/simulation/exhaustive-schedules.ts";
import { randomSchedule } from "../../src/simulation/random-schedule.ts";
import { runSchedule } from "../../src/simulation/run-schedule.ts";
import { STORE_NAMES } from "../../src/stores/store-profile.ts";
import type { Schedule } from "../../src/simulation/schedule.ts";
import { addCoverage, coverageOf, NOTHING_COVERED } from "./coverage.ts";
import type { Answer, Chunk, FailedSchedule, Question } from "./question.ts";

parentPort?.on("message", (question: Question) => {
  void answer(question).then((message: Answer) => parentPort?.postMessage(message, []));
});

const answer = async (question: Question): Promise<Answer> =>
  question.type === "seeds" ? runSeeds(question) : hunt(question.most);

async function runSeeds({ from, count }: Chunk): Promise<Answer> {
  const failures: FailedSchedule[] = [];
  let coverage = NOTHING_COVERED;
  const digest = createHash("sha256");
  for (let seed = from; seed < from + count; seed += 1) {
    const schedule = randomSchedule(seed);
    const trial = await runSchedule(schedule);
    digest.update(trial.digest);
    coverage = addCoverage([coverage, coverageOf(schedule, trial)]);
    if (trial.breaches.length > 0) failures.push({ schedule, breaches: trial.breaches, seed });
  }
  return { type: "seeds", from, count, failures, coverage, digest: digest.digest("hex") };
}

/** The first schedule that breaks an invariant. */
async function hunt(most: number): Promise<Answer> {
  let count = 0;
  for await (const [schedule, seed] of huntedSchedules(most)) {
    count += 1;
    const { breaches } = await runSchedule(schedule);
    if (breaches.length === 0) continue;
    return { type: "hunt", count, failure: { schedule, breaches, ...(seed !== undefined && { seed }) } };
  }
  return { type: "hunt", count };
}

/** Every scenario undisturbed; then single faults, scattered over all of them, and random schedules, by turns. */
async function* huntedSchedules(most: number): AsyncIterable<readonly [Schedule, number?]> {
  for (const store of STORE_NAMES) for (const schedule of undisturbed(store)) yield [schedule];
  const singles: Schedule[] = [];
  for (const store of STORE_NAMES) for await (const schedule of singleFaults(store)) singles.push(schedule);
  for (let turn = 0; turn < most; turn += 1) {
    const single = singles[(turn * STRIDE) % singles.length];
    if (single) yield [single];
    yield [randomSchedule(turn), turn];
  }
}

/** A prime: neighbours among the faults are far apart in the hunt. */
const STRIDE = 7919;
