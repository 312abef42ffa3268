import { SYSTEM } from "../domain/audit.ts";
import { change } from "../domain/change.ts";
import type { StoreContext } from "../domain/store-context.ts";
import { sweepLapsedKeys } from "../domain/sweep.ts";
import { errorFields } from "../error-fields.ts";
import type { ServerLog } from "../server-log.ts";
import { type Repetition, repeat } from "./repeat.ts";

const PAUSE_MS = 30_000;

/** While the server runs: writes when keys were last used, and revokes the keys whose time is over. */
export const keepHouse = (context: StoreContext, log: ServerLog, pauseMs = PAUSE_MS): Repetition =>
  repeat(async () => {
    try {
      await context.usage.flush();
      await change(context, SYSTEM, sweepLapsedKeys);
    } catch (error) {
      log.error(errorFields(error), "housekeeping failed; it will be tried again");
    }
  }, pauseMs);
