/** Runs the random schedules of many seeds over several worker threads. */

import { bundleSimulator } from "./bundle-simulator.ts";
import { addCoverage, type Coverage, NOTHING_COVERED } from "./coverage.ts";
import { openSimulator } from "./open-simulator.ts";
import type { Chunk, FailedSchedule } from "./question.ts";

export interface SeedsOptions extends Chunk {
  readonly workers: number;
  /** Hears of each chunk as it ends. */
  readonly onChunk?: (failures: readonly FailedSchedule[], done: number) => void;
}

const CHUNK = 250;

export interface SeedsResult {
  /** Every seed whose schedule breaks an invariant, in order. */
  readonly failures: readonly FailedSchedule[];
  readonly coverage: Coverage;
}

export async function runSeeds(options: SeedsOptions): Promise<SeedsResult> {
  const code = await bundleSimulator();
  const chunks = chunksOf(options).values();
  const failures: FailedSchedule[] = [];
  let coverage = NOTHING_COVERED;
  let done = 0;
  const work = async (): Promise<void> => {
    const simulator = openSimulator(code);
    try {
      for (const chunk of chunks) {
        const answer = await simulator.runSeeds(chunk);
        done += chunk.count;
        failures.push(...answer.failures);
        coverage = addCoverage([coverage, answer.coverage]);
        options.onChunk?.(answer.failures, done);
      }
    } finally {
      await simulator.close();
    }
  };
  await Promise.all(Array.from({ length: options.workers }, work));
  return { failures: failures.toSorted((a, b) => (a.seed ?? 0) - (b.seed ?? 0)), coverage };
}

const chunksOf = ({ from, count }: Chunk): readonly Chunk[] =>
  Array.from({ length: Math.ceil(count / CHUNK) }, (_, index) => {
    const start = from + index * CHUNK;
    return { from: start, count: Math.min(CHUNK, from + count - start) };
  });
