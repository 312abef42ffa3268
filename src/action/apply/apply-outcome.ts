import type { Plan } from "../../core/plan.ts";
import type { UncoveredChange } from "../../core/review/uncovered-changes.ts";
import type { RunRecord } from "../../core/run.ts";
import type { ReadPull } from "./read-review.ts";

/** What a run of mode `apply` came to. */
export type ApplyOutcome =
  /** A newer commit is there, and nothing was done for this one. */
  | { readonly type: "superseded"; readonly tip: string }
  /** There was nothing to do. */
  | { readonly type: "idle"; readonly plan: Plan }
  | { readonly type: "run"; readonly record: RunRecord };

/** How far a run came: what is known of it when something ends it. Filled while it goes on. */
export interface ApplyStory {
  pulls: readonly ReadPull[];
  uncovered: readonly UncoveredChange[];
}
