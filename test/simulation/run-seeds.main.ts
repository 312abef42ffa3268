/**
 * `npm run test:seeds -- 1000000` runs that many seeds over all cores, from `--from` (default 0) on; failing ones are
 * shrunk. `npm run test:seeds -- --seed 4711` prints the trace of one. Exits with 1 when an invariant is broken.
 */

import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { randomSchedule } from "../../src/simulation/random-schedule.ts";
import { runSchedule } from "../../src/simulation/run-schedule.ts";
import type { Schedule } from "../../src/simulation/schedule.ts";
import { shrinkSchedule } from "../../src/simulation/shrink-schedule.ts";
import type { FailedSchedule } from "./question.ts";
import { runSeeds } from "./run-seeds.ts";

/** Failures that are printed whole; of the others only the seed. */
const SHOWN = 3;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string" },
    from: { type: "string", default: "0" },
    workers: { type: "string", default: String(availableParallelism()) },
  },
});

process.exitCode = values.seed === undefined ? await runMany() : await runOne(wholeNumber(values.seed));

async function runMany(): Promise<number> {
  const count = wholeNumber(positionals[0] ?? "20000");
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  const { failures } = await runSeeds({
    from: wholeNumber(values.from),
    count,
    workers: wholeNumber(values.workers),
    onChunk: (failed, done) => {
      for (const { seed, breaches } of failed) write(`\nseed ${seed}: ${breaches[0]?.invariant}\n`);
      write(`\r${done} of ${count} seeds, ${Math.round(done / seconds())} a second `);
    },
  });
  write(`\n${count} seeds in ${Math.round(seconds())} s, ${failures.length} broke an invariant\n`);
  for (const failure of failures.slice(0, SHOWN)) await report(failure);
  return failures.length > 0 ? 1 : 0;
}

async function runOne(seed: number): Promise<number> {
  const schedule = randomSchedule(seed);
  const { trace, breaches, digest } = await runSchedule(schedule);
  write(`${trace.join("\n")}\n${digest}\n`);
  if (breaches.length > 0) await report({ schedule, breaches, seed });
  return breaches.length > 0 ? 1 : 0;
}

async function report({ schedule, breaches, seed }: FailedSchedule): Promise<void> {
  const [first] = breaches;
  if (!first) return;
  const shrunk = await shrinkSchedule(schedule, first.invariant);
  const { trace, breaches: left } = await runSchedule(shrunk);
  write(`\nseed ${seed} breaks ${first.invariant}: ${first.message}\n`);
  write(`  again: npm run test:seeds -- --seed ${seed}\n`);
  write(`  shrunk to ${shrunk.steps.length} steps and ${shrunk.faults.length} faults:\n`);
  write(`${JSON.stringify(shrunk satisfies Schedule)}\n`);
  write(`${trace.map((line) => `    ${line}`).join("\n")}\n`);
  for (const { invariant, message, at } of left) write(`  ${invariant} at operation ${at}: ${message}\n`);
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new Error(`${text} is no whole number`);
}

function write(text: string): void {
  process.stdout.write(text);
}
