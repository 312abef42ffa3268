/**
 * Whether a run of the Action may do what its mode says (security check C1). Pure. Nothing that belongs to a pull request can
 * change anything, whatever its manifests, its event or its inputs say: what changes runs on the protected branch alone.
 */

import type { Inputs, Mode } from "./inputs.ts";
import type { RunContext } from "./run-context.ts";

export type Permission =
  /** `remark`: why another mode than the one that was asked for. */
  | { readonly type: "granted"; readonly mode: Mode; readonly remark?: string }
  | { readonly type: "refused"; readonly message: string; readonly hint: string };

export interface ProtectedPlace {
  readonly branch: string;
  /** owner/name; absent: whichever runs it. */
  readonly repository?: string;
}

type Asked = Pick<RunContext, "event" | "ref" | "repository" | "pull">;
type Wanted = Pick<Inputs, "mode" | "ref">;

/** What starts them may write to the repository, and no pull request is theirs. */
const OF_THE_REPOSITORY: ReadonlySet<string> = new Set(["push", "schedule", "workflow_dispatch"]);
/** GitHub hands their runs no secrets when the pull request comes from a fork. */
const OF_A_PULL_REQUEST: ReadonlySet<string> = new Set(["pull_request", "pull_request_review"]);

export function permit(context: Asked, wanted: Wanted, place: ProtectedPlace): Permission {
  const { mode } = wanted;
  if (mode === "validate") return { type: "granted", mode };
  if (place.repository !== undefined && !isSame(place.repository, context.repository)) {
    return refused(
      `${mode} runs in ${place.repository}, and this is ${context.repository}`,
      "that is what github.repository in the configuration says; here use mode validate",
    );
  }
  return mode === "plan" ? permitPlan(context, place) : permitChange(context, wanted, place);
}

/** GitHub's names differ in more than their case. */
const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

function permitPlan({ event, pull }: Asked, { branch }: ProtectedPlace): Permission {
  if (event === "merge_group") return validated("a merge queue's commit may come from a fork");
  if (OF_THE_REPOSITORY.has(event) && !pull) return { type: "granted", mode: "plan" };
  if (!OF_A_PULL_REQUEST.has(event) || !pull) {
    return refused(
      `mode plan does not run for the event ${event}`,
      "use pull_request, push, schedule or workflow_dispatch; mode validate runs for every event",
    );
  }
  if (pull.isFork) return validated("the pull request comes from a fork");
  if (pull.isClosed) return validated("the pull request is closed");
  if (pull.baseRef !== branch) return validated(`the pull request is not for the branch ${branch}`);
  return { type: "granted", mode: "plan" };
}

const validated = (why: string): Permission => ({
  type: "granted",
  mode: "validate",
  remark: `Validated, not planned: ${why}.`,
});

function permitChange(
  { event, ref, pull }: Asked,
  { mode, ref: otherRef }: Wanted,
  { branch }: ProtectedPlace,
): Permission {
  if (!OF_THE_REPOSITORY.has(event) || pull) {
    return refused(
      `mode ${mode} does not run for the event ${event}`,
      `use push to ${branch}, schedule or workflow_dispatch; a pull request is for mode plan`,
    );
  }
  if (ref !== `refs/heads/${branch}`) {
    return refused(
      `mode ${mode} runs on the branch ${branch} alone, and this is ${ref}`,
      `merge into ${branch} first; github.branch in the configuration names that branch`,
    );
  }
  if (otherRef !== undefined) {
    return refused(
      `mode ${mode} takes the manifests of the commit that it runs for, and the input ref asks for others`,
      "leave the input ref out",
    );
  }
  return { type: "granted", mode };
}

const refused = (message: string, hint: string): Permission => ({ type: "refused", message, hint });
