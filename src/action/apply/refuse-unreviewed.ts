import { KeywrightError } from "../../core/error.ts";
import { changesDigest } from "../../core/review/changes-digest.ts";
import type { UncoveredChange } from "../../core/review/uncovered-changes.ts";
import type { Plan } from "../../core/plan.ts";
import { plural } from "../../report/plural.ts";
import type { ApplySite } from "./apply-site.ts";

const MOST_SHOWN = 5;

/** What speaks for a plan. */
export interface ReviewState {
  readonly uncovered: readonly UncoveredChange[];
  /** Why what pull requests showed does not count, for people. */
  readonly lacks: readonly string[];
  readonly isReviewRequired: boolean;
}

/** Throws REVIEW_MISSING for a plan that nobody has agreed to. Gives a remark for what is carried out without a review. */
export function refuseUnreviewed(
  { inputs, context, protectedBranch }: ApplySite,
  plan: Plan,
  { uncovered, lacks, isReviewRequired }: ReviewState,
): string | undefined {
  const digest = changesDigest(plan.changes);
  const { approveDigest } = inputs;
  if (approveDigest !== undefined) {
    if (approveDigest === digest)
      return `What is to be done was approved by ${context.actor}, who started this run.`;
    throw new KeywrightError("REVIEW_MISSING", "approve-digest is not that of what is to be done now", {
      hint: `look at the plan above; if it is what is meant, run the workflow with approve-digest: ${digest}`,
    });
  }
  if (uncovered.length === 0) return undefined;
  const what = `${uncovered.length} of ${plural(plan.changes.length, "change")}`;
  if (!isReviewRequired) {
    return `${what} came without a reviewed plan, which github.review allows: ${listOf(uncovered)}.`;
  }
  const because = lacks.length === 0 ? "" : `; ${lacks.join("; ")}`;
  throw new KeywrightError(
    "REVIEW_MISSING",
    `${what} stood in no reviewed plan: ${listOf(uncovered)}${because}`,
    {
      hint: `bring the manifests to what was reviewed by another pull request; or look at the plan above and, if it is what is meant, run the workflow by hand on ${protectedBranch} with approve-digest: ${digest}`,
    },
  );
}

function listOf(uncovered: readonly UncoveredChange[]): string {
  const shown = uncovered
    .slice(0, MOST_SHOWN)
    .map(({ change: { action, kind, name }, why }) => `${action} ${kind} ${name} (${why})`);
  const rest = uncovered.length - shown.length;
  return [...shown, ...(rest > 0 ? [`${rest} more`] : [])].join(", ");
}
