/** The table of modes. */

import type { ActionRun } from "./action-run.ts";
import type { Mode } from "./inputs.ts";

/** Gives the exit code; see `EXIT` in `core/error.ts`. A mode's code is loaded when it runs. */
export const MODE_TABLE: Readonly<Record<Mode, (run: ActionRun) => Promise<number>>> = {
  validate: async (run) => (await import("./modes/validate.ts")).validate(run),
  plan: async (run) => (await import("./modes/plan.ts")).plan(run),
  apply: async (run) => (await import("./modes/apply.ts")).apply(run),
  drift: async (run) => (await import("./modes/drift.ts")).drift(run),
};
