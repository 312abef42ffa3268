/** What a run tells besides its changes, by the log: keys that break the policy, and people who could not be told. */

import { type ErrorCode, isKeywrightError } from "../core/error.ts";
import type { Plan } from "../core/plan.ts";
import { observeFailure, type TellingCommand } from "../core/telling/run-matters.ts";
import type { Logger } from "../logger.ts";
import { type NoticeFailure, tell } from "../reconcile/tell.ts";
import { printable } from "../report/printable.ts";
import type { Project } from "../wire/read-project.ts";

/** Where the plan itself, which has them among its notices, is not shown. */
export function tellNotCompliant({ notices }: Plan, logger: Logger): void {
  for (const { code, message } of notices.filter((notice) => notice.code === "NOT_COMPLIANT")) {
    logger.warn({ code }, `${code} ${printable(message)}`);
  }
}

export const tellUnsent =
  (logger: Logger) =>
  ({ channel, notification, isSent, message }: NoticeFailure): void => {
    const facts = {
      ...(channel !== undefined && { channel }),
      ...(notification && { notice: notification.id, type: notification.type }),
    };
    logger.warn(facts, printable(`${whatOf(channel, notification, isSent === true)}: ${message}`));
  };

function whatOf(
  channel: string | undefined,
  notification: NoticeFailure["notification"],
  isSent: boolean,
): string {
  if (channel === undefined) return "people could not be told, which the next run tries again";
  if (!notification) {
    if (isSent) return `${channel} shows what stands`;
    return `what stands could not be shown by ${channel}, which the next run tries again`;
  }
  const what = `"${notification.title}"`;
  if (isSent) return `${what} did not reach everybody by ${channel}`;
  return `${what} could not be sent by ${channel}, which the next run tries again`;
}

/** What is no failure of the command: whoever asked is told, and nobody else. */
const UNTOLD: ReadonlySet<ErrorCode> = new Set(["USAGE", "INTERRUPTED", "LEASE_HELD"]);

const hasChannels = ({ config: { notify }, channels = [] }: Project): boolean =>
  notify.length + channels.length > 0;

/** Never throws. */
export async function tellFailure(
  project: Project,
  command: TellingCommand,
  error: unknown,
  signal: AbortSignal,
): Promise<void> {
  if (!isKeywrightError(error) || UNTOLD.has(error.code) || !hasChannels(project)) return;
  const unsent = tellUnsent(project.logger);
  try {
    const { openTelling } = await import("../wire/open-telling.ts");
    const { ports, subject, close } = await openTelling(project);
    try {
      (await tell(ports, subject, observeFailure(command, error), signal)).forEach(unsent);
    } finally {
      await close();
    }
  } catch (fault) {
    unsent({ message: fault instanceof Error ? fault.message : "something was thrown" });
  }
}
