import { KeywrightError } from "../../core/error.ts";
import type { OpenRepository } from "../../github/open-repository.ts";
import type { ActionRun } from "../action-run.ts";
import { permit } from "../permit.ts";

/** A run of mode `apply` that may be one: it has a way to GitHub, and its event and branch are right. */
export interface ApplySite extends ActionRun {
  readonly repository: OpenRepository;
}

/** Throws EVENT_REFUSED, and CREDENTIAL_MISSING: what was reviewed is only known to GitHub. */
export function siteOf(run: ActionRun): ApplySite {
  const { context, inputs, project, protectedBranch, repository } = run;
  const { repository: name } = project.config.github ?? {};
  const place = { branch: protectedBranch, ...(name !== undefined && { repository: name }) };
  // Asked once more where it matters, whoever calls.
  const permission = permit(context, { ...inputs, mode: "apply" }, place);
  if (permission.type === "refused")
    throw new KeywrightError("EVENT_REFUSED", permission.message, { hint: permission.hint });
  if (inputs.approveDigest !== undefined && context.event !== "workflow_dispatch") {
    throw new KeywrightError("EVENT_REFUSED", `approve-digest is not for the event ${context.event}`, {
      hint: "a person gives it with workflow_dispatch, having seen the plan; a workflow does not",
    });
  }
  if (repository) return { ...run, repository };
  throw new KeywrightError("CREDENTIAL_MISSING", "mode apply has no token for GitHub", {
    hint: "leave the input token out, or name a credential under github.auth in the configuration",
  });
}
