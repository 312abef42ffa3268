/** A worker thread that simulates. It shares nothing with this one, and ends with `close`, whatever it is at. */

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Answer, Chunk, Hunt, Question } from "./question.ts";

type AnswerTo<T extends Question["type"]> = Extract<Answer, { readonly type: T }>;

export interface Simulator {
  runSeeds(chunk: Chunk): Promise<AnswerTo<"seeds">>;
  hunt(hunt: Hunt): Promise<AnswerTo<"hunt">>;
  close(): Promise<void>;
}

/** `code`: of `bundleSimulator`. One question at a time. */
export function openSimulator(code: string): Simulator {
  const worker = new Worker(code, { eval: true });
  const ask = async <T extends Question["type"]>(
    question: Extract<Question, { type: T }>,
  ): Promise<AnswerTo<T>> => {
    const listening = new AbortController();
    const { signal } = listening;
    const answered = once(worker, "message", { signal });
    worker.postMessage(question, []);
    try {
      const [answer] = await Promise.race([answered, ended(signal)]);
      return answer as AnswerTo<T>;
    } finally {
      listening.abort();
    }
  };
  /** `once` also rejects when the worker throws. */
  const ended = async (signal: AbortSignal): Promise<never> => {
    const [code] = await once(worker, "exit", { signal });
    throw new Error(`the simulator ended with ${code}`);
  };
  return {
    runSeeds: (chunk) => ask({ type: "seeds", ...chunk }),
    hunt: (hunt) => ask({ type: "hunt", ...hunt }),
    close: async () => void (await worker.terminate()),
  };
}
