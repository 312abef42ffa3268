/** From the present facts to what an apply came to, with every reason not to. */

import { baselineOf } from "../../core/baseline.ts";
import { isKeywrightError, KeywrightError } from "../../core/error.ts";
import type { Plan } from "../../core/plan.ts";
import { coverageOf } from "../../core/review/uncovered-changes.ts";
import type { RiskClass } from "../../core/risk/risk.ts";
import { holder } from "../../cli/holder.ts";
import { tellUnsent } from "../../cli/tell-notices.ts";
import { applyPlan } from "../../reconcile/apply-plan.ts";
import { limitsOf } from "../../reconcile/limits-of.ts";
import { makePlan, type PlannedFacts } from "../../reconcile/make-plan.ts";
import { mapBounded } from "../../reconcile/map-bounded.ts";
import { refuseViolations } from "../../reconcile/refuse-violations.ts";
import { rememberAlone } from "../../reconcile/remember-baseline.ts";
import { tellIdle } from "../../reconcile/tell-run.ts";
import { renderPlan } from "../../report/render-plan.ts";
import type { OpenedWorld } from "../../wire/open-world.ts";
import { outputPlan } from "../outputs.ts";
import type { ApplyOutcome, ApplyStory } from "./apply-outcome.ts";
import type { ApplySite } from "./apply-site.ts";
import { bringingPulls } from "./bringing-pulls.ts";
import { newerCommit } from "./newer-commit.ts";
import { readRules } from "./read-rules.ts";
import { readReview } from "./read-review.ts";
import { demandApprovals } from "./demand-approvals.ts";
import { refuseUnreviewed } from "./refuse-unreviewed.ts";

/** Another run may have been at work while this one waited for it: then all is looked at once more. */
const ATTEMPTS = 2;
const READS_AT_ONCE = 4;

/** Throws before the first change only, whatever it is that speaks against it. */
export async function carryOut(
  site: ApplySite,
  opened: OpenedWorld,
  story: ApplyStory,
): Promise<ApplyOutcome> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await carryOutOnce(site, opened, story);
    } catch (error) {
      if (attempt === ATTEMPTS || !isKeywrightError(error, "PLAN_STALE")) throw error;
      site.runner.out(`${error.message}: planning again\n`);
    }
  }
}

async function carryOutOnce(site: ApplySite, opened: OpenedWorld, story: ApplyStory): Promise<ApplyOutcome> {
  const { inputs, signal, logger } = site;
  const planned = await makePlan(opened.asRead, { allowed: inputs.allow, signal });
  const { plan, facts } = planned;
  show(site, planned);
  if (plan.changes.length === 0) {
    (await tellIdle(opened.world, facts, plan, signal)).forEach(tellUnsent(logger));
    refuseViolations(plan);
    await rememberAlone(opened.world, facts, plan, holder());
    return { type: "idle", plan };
  }
  const approved = await agree(site, opened, planned, story);
  // What was applied for a newer commit meanwhile would be taken back.
  const tip = await newerCommit(site);
  if (tip !== undefined) return { type: "superseded", tip };
  return { type: "run", record: await run(site, opened, plan, approved) };
}

function show({ context, inputs, runner }: ApplySite, { plan, facts }: PlannedFacts): void {
  if (plan.source.commit !== context.sha)
    throw new KeywrightError("EVENT_REFUSED", "the manifests are not those of the commit of this run", {
      hint: "check out the commit of the run, with all of it: actions/checkout and fetch-depth: 0",
    });
  runner.out(renderPlan(plan, { format: inputs.format, colors: false, now: facts.now }));
  outputPlan(runner, plan);
}

/** Throws for whatever is against it. Gives the classes of risk that were agreed to. */
async function agree(
  site: ApplySite,
  { world, driftPolicy }: OpenedWorld,
  { plan, facts }: PlannedFacts,
  story: ApplyStory,
): Promise<readonly RiskClass[]> {
  const { context, inputs, protectedBranch, repository, runner, signal } = site;
  const since = baselineOf(facts.records).applied?.commit;
  const { approvals, app, isReviewRequired } = await readRules(site, since);
  const span = { branch: protectedBranch, sha: context.sha, since };
  const { pulls, remark } = await bringingPulls(repository, span, signal);
  if (remark !== undefined) runner.annotate("notice", {}, remark);
  const reading = { repository, signal, instance: plan.instance, app };
  story.pulls = await mapBounded(pulls, READS_AT_ONCE, (pull) => readReview(reading, pull));
  const reviewed = story.pulls.flatMap(({ review }) => review ?? []);
  const coverage = coverageOf(plan.changes, facts, reviewed, driftPolicy);
  story.uncovered = coverage.flatMap(({ change, why }) => (why === undefined ? [] : { change, why }));
  const lacks = story.pulls.flatMap((each) => (each.review ? [] : each.lack));
  const unreviewed = refuseUnreviewed(site, plan, { uncovered: story.uncovered, lacks, isReviewRequired });
  refuseViolations(plan);
  const limits = { ...limitsOf(world, inputs.allow), approvals };
  const approved = await demandApprovals(site, { plan, limits, coverage, pulls });
  if (unreviewed !== undefined) runner.annotate("warning", {}, unreviewed);
  return approved;
}

const run = (
  { inputs, logger, signal, deadline }: ApplySite,
  { world }: OpenedWorld,
  plan: Plan,
  approved: readonly RiskClass[],
) =>
  applyPlan(plan, world, {
    allowed: inputs.allow,
    approved,
    signal,
    deadline,
    leaseWaitMs: inputs.waitMs,
    holder: holder(),
    onWait: (why) => logger.info(`waiting: ${why}`),
    onNoticeFailed: tellUnsent(logger),
  });
