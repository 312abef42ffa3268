import { SYSTEM } from "./audit.ts";
import { change } from "./change.ts";
import type { StoreContext } from "./store-context.ts";

/** Writes the failed attempts that are due to the audit log; `all`: also those of the running minute. */
export const flushAttempts = (context: StoreContext, scope: "due" | "all"): Promise<void> =>
  context.attempts.flush(context.clock.now(), scope === "all", (records) =>
    change(context, SYSTEM, async ({ record }) => {
      for (const { actor, ...entry } of records) record(entry, actor);
    }),
  );
