import { type CheckSchedule, isGoodCheck, type LastCheck } from "./check-schedule.ts";

/**
 * What the record says after `check`. `claimant`: the daemon whose check it was; its claim ends with it, and what
 * came due by then is done, unless the check failed: then another may try.
 */
export function noteCheck(before: CheckSchedule, check: LastCheck, claimant?: string): CheckSchedule {
  const { claim, ...rest } = before;
  const noted = {
    ...rest,
    lastCheck: withDue(before, check),
    ...(isGoodCheck(check) && { lastGoodAt: check.at }),
  };
  if (claim?.by !== claimant || claim === undefined) return { ...noted, ...(claim && { claim }) };
  return { ...noted, ...(check.result !== "failed" && { doneAt: check.at }) };
}

/** One that could not begin knows of no schedule, and says nothing against it. */
function withDue({ lastCheck }: CheckSchedule, check: LastCheck): LastCheck {
  if (check.result !== "failed" || lastCheck?.dueWithinMs === undefined) return check;
  return { dueWithinMs: lastCheck.dueWithinMs, ...check };
}
