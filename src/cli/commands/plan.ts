/** `keywright plan`: shows, and saves if asked to. */

import { approvalNeeds } from "../../core/approval/approval-needs.ts";
import { EXIT } from "../../core/error.ts";
import { isEmpty } from "../../core/plan.ts";
import { makePlan } from "../../reconcile/make-plan.ts";
import { renderPlan } from "../../report/render-plan.ts";
import type { Host } from "../host.ts";
import { withWorld } from "../open-project.ts";
import { print } from "../print.ts";
import type { GlobalOptions } from "../program.ts";
import { savePlan } from "../save-plan.ts";

export interface PlanCommandOptions extends GlobalOptions {
  readonly format: "text" | "json" | "markdown" | "sarif";
  readonly out?: string;
  readonly exitCode?: boolean;
  readonly allow?: readonly string[];
}

export const plan = (host: Host, options: PlanCommandOptions): Promise<number> =>
  withWorld(host, options, async ({ asRead }) => {
    const { plan: made, facts } = await makePlan(asRead, {
      allowed: options.allow ?? [],
      signal: host.signal,
    });
    const text = renderPlan(made, {
      format: options.format,
      colors: host.hasColors,
      width: host.width,
      needs: approvalNeeds(made.risks, asRead.approvals ?? []),
      now: facts.now,
    });
    print(host, text, options.format);
    if (options.out !== undefined) await savePlan(host, made, options.out, options);
    if (made.violations.length > 0) return EXIT.refused;
    return options.exitCode && !isEmpty(made) ? EXIT.pending : EXIT.done;
  });
