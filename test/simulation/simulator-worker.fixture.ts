/** Runs in a worker thread: carries out schedules as its parent asks, and tells what they broke. */

import { createHash } from "node:crypto";
import { parentPort } from "node:worker_threads";
import { singleFaults, undisturbed } from "../../src/simulation/exhaustive-schedules.ts";
import { randomSchedule } from "../../src/simulation/random-schedule.ts";
import { runSchedule } from "../../src/simulation/run-schedule.ts";
import { STORE_NAMES, type StoreName } from "../../src/stores/store-profile.ts";
import type { Schedule } from "../../src/simulation/schedule.ts";
import { addCoverage, coverageOf, NOTHING_COVERED } from "./coverage.ts";
import type { Answer, Chunk, FailedSchedule, Hunt, Question } from "./question.ts";

parentPort?.on("message", (question: Question) => {
  void answer(question).then((message: Answer) => parentPort?.postMessage(message, []));
});

const answer = async (question: Question): Promise<Answer> =>
  question.type === "seeds" ? runSeeds(question) : hunt(question);

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

/** The first schedule that breaks what is looked for. */
async function hunt({ by, ...where }: Hunt): Promise<Answer> {
  let count = 0;
  let other: FailedSchedule | undefined;
  for await (const [schedule, seed] of huntedSchedules(where)) {
    count += 1;
    const { breaches } = await runSchedule(schedule);
    if (breaches.length === 0) continue;
    const failure = { schedule, breaches, ...(seed !== undefined && { seed }) };
    if (breaches.some(({ invariant }) => by?.includes(invariant) ?? true))
      return { type: "hunt", count, failure };
    other ??= failure;
  }
  return { type: "hunt", count, ...(other && { other }) };
}

/** What shows soonest comes first; then every scenario undisturbed, and single faults and random schedules by turns. */
async function* huntedSchedules({
  most,
  scenario,
}: Omit<Hunt, "by">): AsyncIterable<readonly [Schedule, number?]> {
  const near = scenario === undefined ? [] : await schedulesIn(scenario, most / 2);
  for (const schedule of near) yield [schedule];
  for (const store of STORE_NAMES) for (const schedule of undisturbed(store)) yield [schedule];
  const singles = scattered(await listOf(singleFaults), most - near.length);
  for (let turn = 0; turn < most; turn += 1) {
    const single = singles[turn];
    if (single) yield [single];
    yield [randomSchedule(turn), turn];
  }
}

/** On every store: the scenario undisturbed, then with single faults. */
async function schedulesIn(name: string, most: number): Promise<readonly Schedule[]> {
  const calm = STORE_NAMES.flatMap(undisturbed).filter(({ scenario }) => scenario.name === name);
  if (calm.length === 0) throw new Error(`there is no scenario "${name}"`);
  const faulty = await listOf((store) => singleFaults(store, name));
  return [...calm, ...scattered(faulty, most - calm.length)];
}

async function listOf(
  schedulesOf: (store: StoreName) => AsyncIterable<Schedule>,
): Promise<readonly Schedule[]> {
  const list: Schedule[] = [];
  for (const store of STORE_NAMES) for await (const schedule of schedulesOf(store)) list.push(schedule);
  return list;
}

/** A prime: neighbours among the faults are far apart in the hunt. */
const STRIDE = 7919;

const scattered = (schedules: readonly Schedule[], most: number): readonly Schedule[] =>
  Array.from({ length: Math.min(most, schedules.length) }, (_, turn) => turn).flatMap(
    (turn) => schedules[(turn * STRIDE) % schedules.length] ?? [],
  );
