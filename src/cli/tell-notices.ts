/** What an apply tells besides its changes, by the log: keys that break the policy, and notices that could not be sent. */

import type { Facts } from "../core/facts.ts";
import type { Plan } from "../core/plan.ts";
import type { Logger } from "../logger.ts";
import { type NoticeFailure, sendNoticesAlone } from "../reconcile/send-notices.ts";
import type { World } from "../reconcile/world.ts";
import { printable } from "../report/printable.ts";

/** Where the plan itself, which has them among its notices, is not shown. */
export function tellNotCompliant({ notices }: Plan, logger: Logger): void {
  for (const { code, message } of notices.filter((notice) => notice.code === "NOT_COMPLIANT")) {
    logger.warn({ code }, `${code} ${printable(message)}`);
  }
}

export const tellUnsent =
  (logger: Logger) =>
  ({ notice, message }: NoticeFailure): void => {
    const about = notice
      ? `the notice that ${notice.name} expires at ${notice.expiresAt}`
      : "notices of expiry";
    const text = `${about} could not be sent, and will be tried again by the next run: ${message}`;
    logger.warn({ ...(notice && { notice: notice.id, key: notice.name }) }, printable(text));
  };

/** For a run that changes nothing: keys expire all the same. */
export async function tellExpiries(
  world: World,
  facts: Facts,
  logger: Logger,
  { holder, signal }: { readonly holder: string; readonly signal: AbortSignal },
): Promise<void> {
  (await sendNoticesAlone(world, facts, holder, signal)).forEach(tellUnsent(logger));
}
