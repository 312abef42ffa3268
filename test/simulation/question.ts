/** What a simulating worker is asked, and what it answers. */

import type { Schedule } from "../../src/simulation/schedule.ts";
import type { Coverage } from "./coverage.ts";
import type { Breach, Invariant } from "../../src/simulation/trial.ts";

export interface Chunk {
  readonly from: number;
  readonly count: number;
}

export interface FailedSchedule {
  readonly schedule: Schedule;
  readonly breaches: readonly Breach[];
  /** Absent for an exhaustive one. */
  readonly seed?: number;
}

export interface Hunt {
  /** Of single faults, and of random schedules. */
  readonly most: number;
  /** Goes on until one of these is broken; default: any. */
  readonly by?: readonly Invariant[];
  /** Where to look first: this scenario, and the faults in it, which count among the single ones. */
  readonly scenario?: string;
}

export type Question =
  /** Runs the random schedules of `count` seeds, all of them. */
  | ({ readonly type: "seeds" } & Chunk)
  /** Looks for a schedule that breaks an invariant, among at most so many single faults and so many random schedules. */
  | ({ readonly type: "hunt" } & Hunt);

export type Answer =
  | ({
      readonly type: "seeds";
      readonly failures: readonly FailedSchedule[];
      /** Over the traces: equal for equal chunks. */
      readonly digest: string;
      readonly coverage: Coverage;
    } & Chunk)
  | {
      readonly type: "hunt";
      readonly count: number;
      readonly failure?: FailedSchedule;
      /** The first that breaks something else than was looked for. */
      readonly other?: FailedSchedule;
    };
