/** Which of several daemons does what is due: decided on the record, claimed by compare-and-set. */

import type { CheckSchedule, TickClaim } from "./check-schedule.ts";

/** How long a claim stands that nobody renews; its holder renews it long before. */
export const CLAIM_MS = 60_000;

/** Clocks of hosts differ: what lies further ahead than this was written by one that is wrong. */
const MOST_SKEW_MS = 600_000;

export interface Claimant {
  /** No other daemon has it. */
  readonly by: string;
  readonly now: Date;
}

export type ClaimDecision =
  /** A check that ended at or after the firing has got through. */
  | { readonly state: "done" }
  /** Another daemon is at it, and has until then. */
  | { readonly state: "busy"; readonly until: Date }
  | { readonly state: "claimed"; readonly next: CheckSchedule };

/** `tick`: the firing; a check that ended after it counts, for what comes while one is under way is skipped. */
export function claimTick(before: CheckSchedule, tick: Date, { by, now }: Claimant): ClaimDecision {
  const { doneAt, claim } = before;
  if (doneAt !== undefined && isDone(Date.parse(doneAt), tick, now)) return { state: "done" };
  if (claim && claim.by !== by && isStanding(claim, now)) {
    return { state: "busy", until: new Date(claim.until) };
  }
  return {
    state: "claimed",
    next: { ...before, claim: { tick: tick.toISOString(), by, until: untilOf(now) } },
  };
}

/** The claim, to stand for longer; as it was where it is no longer ours. */
export function renewClaim(before: CheckSchedule, { by, now }: Claimant): CheckSchedule {
  const { claim } = before;
  return claim?.by === by ? { ...before, claim: { ...claim, until: untilOf(now) } } : before;
}

/** Without having done it: another may. */
export function releaseClaim(before: CheckSchedule, by: string): CheckSchedule {
  const { claim, ...rest } = before;
  return claim?.by === by ? rest : before;
}

const untilOf = (now: Date): string => new Date(now.getTime() + CLAIM_MS).toISOString();

const isDone = (doneAtMs: number, tick: Date, now: Date): boolean =>
  doneAtMs >= tick.getTime() && doneAtMs <= now.getTime() + MOST_SKEW_MS;

function isStanding({ until }: TickClaim, now: Date): boolean {
  const leftMs = Date.parse(until) - now.getTime();
  return leftMs > 0 && leftMs <= CLAIM_MS + MOST_SKEW_MS;
}
