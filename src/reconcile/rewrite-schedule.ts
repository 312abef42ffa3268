import { canonicalJson } from "../core/digest.ts";
import { isKeywrightError } from "../core/error.ts";
import type { Ledger } from "../core/ports.ts";
import { type CheckSchedule, SCHEDULE_RECORD, scheduleOf } from "../core/schedule/check-schedule.ts";

/** How often a write is begun anew because others were faster. */
const MOST_TRIES = 8;

export interface ScheduleDecision<T> {
  readonly result: T;
  /** As it was: nothing is written. */
  readonly next: CheckSchedule;
}

/** Reads, decides and writes by compare-and-set, anew when somebody else wrote in between. It needs no lease. */
export async function rewriteSchedule<T>(
  ledger: Pick<Ledger, "records" | "claim">,
  decide: (before: CheckSchedule) => ScheduleDecision<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const records = await ledger.records();
    const before = scheduleOf(records);
    const { result, next } = decide(before);
    if (canonicalJson(before) === canonicalJson(next)) return result;
    const version = records.get(SCHEDULE_RECORD)?.version ?? 0;
    try {
      await ledger.claim(SCHEDULE_RECORD, version, { retiring: [], protected: false, schedule: next });
      return result;
    } catch (error) {
      if (!isKeywrightError(error, "LEDGER_CONFLICT") || tries === MOST_TRIES) throw error;
    }
  }
}
