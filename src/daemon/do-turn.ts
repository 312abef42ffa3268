/** What one firing comes to: this daemon claims it and checks, or another does. */

import type { Ledger } from "../core/ports.ts";
import type { CheckSchedule } from "../core/schedule/check-schedule.ts";
import { type ClaimDecision, claimTick } from "../core/schedule/claim-tick.ts";
import { rewriteSchedule } from "../reconcile/rewrite-schedule.ts";
import type { CheckOutcome } from "./check-outcome.ts";
import { firingsUntil } from "./firings.ts";
import { makeCheck, type Turn } from "./make-check.ts";

export type TurnEnd =
  /** `schedule`: as it was before. */
  | {
      readonly state: "checked";
      readonly schedule: CheckSchedule;
      readonly outcome: CheckOutcome;
      readonly rest?: Promise<unknown>;
    }
  /** Another daemon did; `schedule` says what came of it. */
  | { readonly state: "elsewhere"; readonly schedule: CheckSchedule }
  /** The daemon was asked to end. */
  | { readonly state: "ended"; readonly rest?: Promise<unknown> };

export interface EndedTurn {
  readonly end: TurnEnd;
  /** The firing that it was about at last: while another is at one, the next may come. */
  readonly tick: Date;
}

/** Throws what keeps the ledger from being asked. */
export async function doTurn(turn: Turn, firing: Date): Promise<EndedTurn> {
  const { ports, options, project } = turn;
  const { signal } = options;
  for (let tick = firing; ; tick = firingsUntil(project.times, tick, ports.clock.now()).last) {
    if (signal.aborted) return { end: { state: "ended" }, tick };
    const attempt = await tryTurn(turn, tick);
    if (attempt.state !== "busy") return { end: attempt, tick };
    await ports.waitUntil(attempt.until, signal);
  }
}

type Attempt = TurnEnd | { readonly state: "busy"; readonly until: Date };

async function tryTurn(turn: Turn, tick: Date): Promise<Attempt> {
  const ledger = await turn.project.openLedger();
  try {
    const { schedule, decision } = await decide(turn, ledger, tick);
    if (decision.state === "done") return { state: "elsewhere", schedule };
    if (decision.state === "busy") return decision;
    const { outcome, ...rest } = await makeCheck(turn, ledger);
    return outcome ? { state: "checked", schedule, outcome, ...rest } : { state: "ended", ...rest };
  } finally {
    await ledger.close();
  }
}

function decide(
  { ports: { clock }, claimant }: Turn,
  ledger: Ledger,
  tick: Date,
): Promise<{ readonly schedule: CheckSchedule; readonly decision: ClaimDecision }> {
  return rewriteSchedule(ledger, (schedule) => {
    const decision = claimTick(schedule, tick, { by: claimant, now: clock.now() });
    const next = decision.state === "claimed" ? decision.next : schedule;
    return { result: { schedule, decision }, next };
  });
}
