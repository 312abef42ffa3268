/** The Action's outputs. `action.yml` declares the same ones; a test compares the two. */

import type { Plan } from "../core/plan.ts";
import { changesDigest } from "../core/review/changes-digest.ts";
import type { Runner } from "./runner.ts";

export const OUTPUTS = [
  "exit-code",
  "changes",
  "create",
  "adopt",
  "update",
  "rotate",
  "revoke",
  "blocked",
  "risks",
  "digest",
  "review-digest",
  "plan-path",
  "comment-url",
  "findings",
  "run-id",
  "applied",
  "failed",
  "not-run",
  "unknown",
] as const;

export type OutputName = (typeof OUTPUTS)[number];

const COUNTED = ["create", "adopt", "update", "rotate", "revoke", "blocked"] as const;

/** What every mode with a plan gives out of it. */
export function outputPlan(runner: Runner, plan: Plan): void {
  runner.setOutput("changes", String(plan.changes.length));
  for (const name of COUNTED) runner.setOutput(name, String(plan.counts[name]));
  runner.setOutput("risks", [...new Set(plan.risks.map((risk) => risk.class))].join(","));
  runner.setOutput("digest", plan.digest);
  // What a person gives as `approve-digest` to agree to it.
  runner.setOutput("review-digest", changesDigest(plan.changes));
}
