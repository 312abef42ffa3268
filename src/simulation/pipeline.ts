import { applyPlan } from "../reconcile/apply-plan.ts";
import { makePlan } from "../reconcile/make-plan.ts";

/** What is put to the test. */
export interface Pipeline {
  readonly makePlan: typeof makePlan;
  readonly applyPlan: typeof applyPlan;
}

export const PRODUCTION: Pipeline = { makePlan, applyPlan };
