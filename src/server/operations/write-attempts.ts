import type { FastifyInstance } from "fastify";
import { flushAttempts } from "../domain/flush-attempts.ts";
import type { StoreContext } from "../domain/store-context.ts";
import type { ServerLog } from "../server-log.ts";
import { errorFields } from "../error-fields.ts";
import { type Repetition, repeat } from "./repeat.ts";

const PAUSE_MS = 5_000;

/** While the app runs, failed attempts go to the audit log every few seconds, and the last of them at its end. */
export function writeAttempts(app: FastifyInstance, context: StoreContext, log: ServerLog): void {
  let repetition: Repetition | undefined;
  const flush = async (scope: "due" | "all"): Promise<void> => {
    try {
      await flushAttempts(context, scope);
    } catch (error) {
      log.error(errorFields(error), "failed attempts could not be written; they will be tried again");
    }
  };
  app.addHook("onReady", async () => {
    repetition = repeat(() => flush("due"), PAUSE_MS);
  });
  app.addHook("onClose", async () => {
    await repetition?.stop();
    await flush("all");
  });
}
