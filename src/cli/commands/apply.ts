/** `keywright apply`: carries out a saved plan, or a new one once it has been shown and approved. */

import { KeywrightError } from "../../core/error.ts";
import type { Plan } from "../../core/plan.ts";
import type { Host } from "../host.ts";
import { tellingWorld } from "../open-project.ts";
import { planAndRun, runPlan, type RunOptions, waitOf } from "../plan-and-run.ts";
import { readPlan } from "../read-plan.ts";
import { tellNotCompliant } from "../tell-notices.ts";

export function apply(host: Host, file: string | undefined, options: RunOptions): Promise<number> {
  const open = tellingWorld("apply");
  if (file === undefined) return planAndRun(host, options, undefined, open);
  waitOf(options.wait);
  return open(host, options, async ({ world }, logger) => {
    const plan = await readPlan(host.cwd, file);
    refuseUnnamed(plan, options.allow ?? []);
    tellNotCompliant(plan, logger);
    return runPlan(host, world, plan, options, logger);
  });
}

/**
 * A file can be changed by whoever holds it, and what it asks for follows from no manifest: the person who applies it says
 * the names again.
 */
function refuseUnnamed({ requests }: Plan, allowed: readonly string[]): void {
  const names = [...new Set(requests.map(({ name }) => name))].filter((name) => !allowed.includes(name));
  if (names.length === 0) return;
  throw new KeywrightError("GUARD_REFUSED", `the plan answers a request about ${names.join(", ")}`, {
    hint: `if that is meant, name them: --allow ${names.join(",")}`,
  });
}
