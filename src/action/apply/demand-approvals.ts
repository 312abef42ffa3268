/** Whether people agreed to what is risky, as the rules of the configuration demand. */

import { approvalRefusal } from "../../core/approval/approval-guard.ts";
import { approvalNeeds } from "../../core/approval/approval-needs.ts";
import type { ApprovalFacts, ApprovalNeed } from "../../core/approval/approval.ts";
import { type MissingApproval, missingApprovals } from "../../core/approval/missing-approvals.ts";
import { KeywrightError } from "../../core/error.ts";
import type { Limits } from "../../core/guard.ts";
import type { Plan } from "../../core/plan.ts";
import type { Coverage } from "../../core/review/uncovered-changes.ts";
import type { Risk, RiskClass } from "../../core/risk/risk.ts";
import type { PullRequest } from "../../github/pull-request.ts";
import { type AskingSite, approvalFacts, environmentFacts } from "./approval-facts.ts";

export interface Agreeing {
  readonly plan: Pick<Plan, "risks">;
  readonly limits: Pick<Limits, "approvals" | "allowed">;
  readonly coverage: readonly Coverage[];
  /** All that brought something. */
  readonly pulls: readonly PullRequest[];
}

/**
 * Throws GUARD_REFUSED with all that is lacking. Gives the classes whose rules are met, for `applyPlan`. It is the pull
 * requests that showed a change which it counts by; one that none showed counts by all that were merged since.
 */
export async function demandApprovals(site: AskingSite, agreeing: Agreeing): Promise<readonly RiskClass[]> {
  const { plan, limits } = agreeing;
  const open = plan.risks.filter((risk) => approvalRefusal([risk], limits) !== undefined);
  const needs = approvalNeeds(open, limits.approvals ?? []);
  if (needs.length === 0) return [];
  const told = await readFacts(site, agreeing.pulls, needs);
  const missing = open.flatMap((risk) => missingFor(risk, agreeing, told));
  if (missing.length === 0) return [...new Set(open.map((risk) => risk.class))];
  const message = [...new Set(missing.map(textOf))].join("; ");
  throw new KeywrightError("GUARD_REFUSED", `approval: ${message}`, {
    hint: `${[...new Set(missing.map(({ hint }) => hint))].join("; ")}; then run the job again`,
  });
}

interface ToldFacts {
  readonly ofRun: ApprovalFacts;
  readonly ofPull: ReadonlyMap<number, ApprovalFacts>;
}

async function readFacts(
  site: AskingSite,
  pulls: readonly PullRequest[],
  needs: readonly ApprovalNeed[],
): Promise<ToldFacts> {
  const ofRun = await environmentFacts(site, needs);
  const ofPull = new Map<number, ApprovalFacts>();
  for (const pull of pulls) ofPull.set(pull.number, await approvalFacts(site, pull, needs, ofRun));
  return { ofRun, ofPull };
}

interface Missing extends MissingApproval {
  /** Absent: no pull request brought it. */
  readonly pull?: number;
}

/** Of those who showed one and the same, one is enough. */
function missingFor(risk: Risk, { coverage, limits, pulls }: Agreeing, told: ToldFacts): readonly Missing[] {
  const needs = approvalNeeds([risk], limits.approvals ?? []);
  const shown = coverage
    .filter(({ change }) => change.kind === risk.kind && change.name === risk.name)
    .map((each) => each.pulls)
    .filter((numbers) => numbers.length > 0);
  const ways = shown.length > 0 ? shown : pulls.map(({ number }) => [number]);
  if (ways.length === 0) return missingApprovals(needs, told.ofRun);
  return ways.flatMap((numbers) => {
    const lacking = numbers.map((pull) =>
      missingApprovals(needs, told.ofPull.get(pull) ?? told.ofRun).map((each) => ({ ...each, pull })),
    );
    return lacking.some((each) => each.length === 0) ? [] : (lacking[0] ?? []);
  });
}

function textOf({ need, missing, pull }: Missing): string {
  const risks = need.risks.map((risk) => `${risk.message} (${risk.class})`).join(", ");
  const of = pull === undefined ? "" : ` on #${pull}`;
  return `${risks} needs ${missing.join(" and ")}${of}`;
}
