import { SYSTEM } from "../domain/audit.ts";
import { change } from "../domain/change.ts";
import type { StoreContext } from "../domain/store-context.ts";
import { sweepLapsedKeys } from "../domain/sweep.ts";
import { errorFields } from "../error-fields.ts";
import type { ServerLog } from "../server-log.ts";
import { type Repetition, repeat } from "./repeat.ts";

const PAUSE_MS = 30_000;

/** While the server runs: writes when keys were last used, and revokes the keys whose time is over. */
export function keepHouse(context: StoreContext, log: ServerLog, pauseMs = PAUSE_MS): Repetition {
  const chores = [() => context.usage.flush(), () => change(context, SYSTEM, sweepLapsedKeys)];
  return repeat(async () => {
    for (const chore of chores) {
      await chore().catch((error: unknown) =>
        log.error(errorFields(error), "housekeeping failed; it will be tried again"),
      );
    }
  }, pauseMs);
}
