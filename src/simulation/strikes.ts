import { FAULTS_OF } from "./fault-kinds.ts";
import type { Fault } from "./schedule.ts";
import type { OperationKind } from "./trial.ts";

/** The faults of a schedule, each waiting for the first operation that it can strike. */
export class Strikes {
  #waiting: readonly Fault[];
  readonly struck: Fault[] = [];

  constructor(faults: readonly Fault[]) {
    this.#waiting = faults.toSorted((a, b) => a.at - b.at);
  }

  /** `suits`: whether it would change anything just now. */
  strike(kind: OperationKind, index: number, suits: (fault: Fault) => boolean): Fault | undefined {
    const fault = this.#waiting.find(
      (each) => each.at <= index && FAULTS_OF[kind].includes(each.kind) && suits(each),
    );
    if (!fault) return undefined;
    this.#waiting = this.#waiting.filter((each) => each !== fault);
    this.struck.push(fault);
    return fault;
  }

  /** From now on nothing goes wrong any more. */
  stop(): void {
    this.#waiting = [];
  }
}
